"""Presses a keypad while its power, and in a quarter of the rounds the broker, are cut.

The ledger is what the keypad showed as taken, seen from outside; the far end is a witness that
seals receipts. The far end is away when the broker is killed, and the broker's disk dies with it:
what was only in the broker is gone.
"""

import itertools
import random
import time

from alarm_wire.signal import PANIC
from hardware.emulated_board import BoardError
from witness import Witness


class Ledger:
    """What was taken, what arrived, and in which order."""

    def __init__(self):
        self.taken = []
        self.arrived = []

    def lost(self):
        return [identity for identity in self.taken if identity not in set(self.arrived)]

    def out_of_order(self):
        first = list(dict.fromkeys(self.arrived))
        return sum(later[1] < earlier[1] for earlier, later in itertools.pairwise(first))


def rounds(count, seed, broker, board, *, settle_s=20.0):
    """`count` rounds of pressing and cutting; the ledger after everything had time to arrive."""
    rng = random.Random(seed)
    ledger = Ledger()
    board.watch(
        lambda event: (
            ledger.taken.append((event.data["epoch"], event.data["number"]))
            if event.kind == "hop" and event.data["hop"] == "taken"
            else None
        )
    )
    witness = Witness(broker.port)

    def note():
        ledger.arrived += [(s.epoch, s.number) for s in witness.signals([PANIC])]

    for _ in range(count):
        broker_dies = rng.random() < 0.25
        if broker_dies:
            note()
            witness.stop()
        if not board.running:
            board.start()
        since = len(board.events())
        board.press()
        try:
            board.wait_event(lambda event: event.kind == "hop", 5, since=since)
        except BoardError:
            assert board.running, board.said()
        time.sleep(rng.random() * 0.1)  # when the power goes is the die's choice
        board.cut_power()
        board.release()
        if broker_dies:
            broker.kill()
            for kept in broker._folder.glob("*.db"):
                kept.unlink()  # its disk dies with it: PUBACK was never delivery
            broker.start()
            witness = Witness(broker.port)
    board.start()
    until = time.monotonic() + settle_s
    while time.monotonic() < until:
        arrived = {(s.epoch, s.number) for s in witness.signals([PANIC])}
        if set(ledger.taken) <= arrived | set(ledger.arrived):
            break
        time.sleep(0.05)
    note()
    witness.stop()
    board.stop()
    return ledger

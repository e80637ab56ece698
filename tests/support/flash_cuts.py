"""Cuts the power of a flash ring again and again; its own ledger says what must be there."""

import random

from alarm_wire.frame import WireError, content_of
from alarm_wire.signal import HOLD_UP, PANIC, STARTED, TAMPER, Signal
from keypad.ring import Ring, RingError
from nor import Nor, PowerCutError

KINDS = (HOLD_UP, PANIC, TAMPER, STARTED)
DEVICE = b"keypad01"
MOST = 10**6
"""No run numbers as many; a higher one was made up by damage."""


class Ledger:
    """What `add` and `drop` have returned for, and what went wrong after each cut."""

    def __init__(self):
        self.kept = {}
        self.dropped = set()
        self.doubtful = None
        self.adds = 0
        self.drops = 0
        self.cuts = 0
        self.lost = 0
        self.resurrected = 0
        self.altered = 0
        self.stuck = 0

    def faults(self):
        return self.lost + self.resurrected + self.altered + self.stuck

    def check(self, ring):
        """Compare the ring after a start with the ledger; then believe the ring."""
        found = set(ring.first(MOST))
        self.lost += len(set(self.kept) - found - {self.doubtful})
        self.resurrected += len(found & self.dropped - {self.doubtful})
        for number in found & set(self.kept):
            try:
                self.altered += ring.read(number) != self.kept[number]
            except RingError:
                self.altered += 1
        strange = found - set(self.kept) - {self.doubtful}
        self.altered += len(strange - self.dropped)
        self.altered += ring.last > MOST
        for number in set(self.kept) - found:
            del self.kept[number]
        for number in found:
            self.dropped.discard(number)
            try:
                self.kept[number] = ring.read(number)
            except RingError:
                ring.drop(number)
        self.doubtful = None


def live(ring, ledger, rng, pending_max):
    """Work on the ring until the power fails: presses, receipts, upkeep."""
    while True:
        what = rng.randrange(10)
        if what < 4 and len(ledger.kept) < pending_max:
            number = ring.last + 1
            content = content_of(
                Signal(DEVICE, 1 + number // 50, number, rng.choice(KINDS), pressed_ms=number)
            )
            ledger.doubtful = number
            ledger.dropped.discard(number)
            ring.add(number, content)
            ledger.kept[number] = content
            ledger.doubtful = None
            ledger.adds += 1
        elif what < 8 and ledger.kept:
            number = rng.choice(sorted(ledger.kept))
            ledger.doubtful = number
            ring.drop(number)
            del ledger.kept[number]
            ledger.dropped.add(number)
            ledger.doubtful = None
            ledger.drops += 1
        else:
            ring.tend()


def cut(seed, cuts, *, ring=Ring, flash=Nor, blocks=6, pending_max=40, ops_max=60, chance=None):
    """Cut `cuts` times; the ledger, and the flash with its counts. `chance`: what draws."""
    rng = (chance or random.Random)(seed)
    device = flash(blocks, rng)
    ledger = Ledger()
    while ledger.cuts < cuts:
        device.cut_after = rng.randrange(1, ops_max)
        try:
            kept = ring(device)
            ledger.check(kept)
            live(kept, ledger, rng, pending_max)
        except PowerCutError:
            ledger.cuts += 1
        except (RingError, WireError):
            ledger.stuck += 1
            ledger.cuts += 1
    device.cut_after = None
    ledger.check(ring(device))
    return ledger, device

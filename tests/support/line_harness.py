"""Presses, SIGKILLs and an independent ledger, over the whole line with real parts.

The ledger writes down what the keypad showed as taken, as the world sees it: the identity that it
names when its lamp goes on. The receiver's books are read from its database file, not from its API.
"""

import random
import sqlite3
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from holdfast.line import LineError

PRESS_HELD_S = 0.09
TAKEN_WAIT_S = 2.5
SETTLE_S = 120.0
DOUBLE_SHARE = 0.4
AWAY_SHARE = 0.5
BOOTS_MAX = 20


@dataclass
class Ledger:
    """What was pressed, what the keypad showed as taken, and what was killed."""

    pressed: int = 0
    shown: int = 0
    taken: dict = field(default_factory=dict)
    kills: Counter = field(default_factory=Counter)


@dataclass
class Verdict:
    """The ledger against the receiver's books."""

    lost: set
    doubled: list
    ghosts: set
    stored: int
    arrivals: int
    tickets: int
    unconfirmed: int

    def text(self, ledger):
        return (
            f"pressed {ledger.pressed}, shown as taken {len(ledger.taken)}, stored {self.stored} "
            f"in {self.tickets} tickets, arrivals {self.arrivals}, "
            f"killed {dict(ledger.kills)}: lost {len(self.lost)}, doubled {len(self.doubled)}, "
            f"ghosts {len(self.ghosts)}, still in the keypad {self.unconfirmed}"
        )


class Storm:
    """Presses on a line whose parts die at random; every part is started again soon after."""

    def __init__(self, line, seed, parts=("keypad", "gateway", "receiver", "broker")):
        self.line = line
        self.random = random.Random(seed)
        self.parts = parts
        self.ledger = Ledger()
        line.board.watch(self.see)

    def see(self, event):
        if event.kind == "hop" and event.data["hop"] == "taken":
            self.ledger.taken[event.data["epoch"], event.data["number"]] = event.at

    def run(self, presses, kill_share):
        for place in range(presses):
            doomed = self.doomed() if self.random.random() < kill_share else ()
            killers = [
                threading.Timer(self.random.uniform(0, 0.08), self.kill, [part]) for part in doomed
            ]
            for killer in killers:
                killer.start()
            self.press()
            for killer in killers:
                killer.join()
            for part in self.random.sample(doomed, len(doomed)):
                if self.line.board.running and self.random.random() < AWAY_SHARE:
                    self.press()  # with one part still away, and perhaps another just back
                self.repair(part)
            if place % 10 == 9:
                self.close_tickets()

    def doomed(self):
        """One part, or two at once: a broker that dies while the gateway is away forgets most."""
        count = 2 if self.random.random() < DOUBLE_SHARE else 1
        return self.random.sample(self.parts, count)

    def press(self):
        known = len(self.ledger.taken)
        self.ledger.pressed += 1
        self.line.press()
        until = time.monotonic() + TAKEN_WAIT_S
        held_until = time.monotonic() + PRESS_HELD_S
        while time.monotonic() < until:
            if len(self.ledger.taken) > known or not self.line.board.running:
                break
            time.sleep(0.005)
        time.sleep(max(0.0, held_until - time.monotonic()))
        self.line.board.release()
        time.sleep(self.random.uniform(0.06, 0.12))

    def kill(self, part):
        self.ledger.kills[part] += 1
        if part == "keypad":
            self.line.board.cut_power()
        elif part == "broker":
            self.line.broker.kill()
        else:
            getattr(self.line, part).kill()

    def repair(self, part):
        time.sleep(self.random.uniform(0, 0.5))
        if part == "keypad":
            self.boot()
        elif part == "broker":
            self.line.broker.start()
        elif part == "gateway":
            self.line.start_gateway(wait=False)
        else:
            self.line.start_receiver()

    def close_tickets(self):
        """Work the ticket off now and then, so that a late repeat would have to open another."""
        try:
            for ticket in self.line.tickets(live=True):
                version = ticket["version"]
                if ticket["state"] == "open":
                    version = self.act(ticket, "acknowledge", version)
                self.act(ticket, "close", version, outcome="false_alarm")
        except LineError as error:
            print(f"the next round closes it: {error}"[:160])

    def act(self, ticket, act, version, **more):
        path = f"/v1/tickets/{ticket['id']}/{act}"
        return self.line.call("POST", path, {"version": version, **more})["version"]

    def settle(self):
        """Wait until the receiver's books hold every taken signal, or time is up."""
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            rows = self.books()
            if set(self.ledger.taken) <= {(row[0], row[1]) for row in rows}:
                break
            time.sleep(0.2)
        return self.books()

    def books(self):
        """(epoch, number, arrivals, ticket) of every emergency that the receiver has stored."""
        path = self.line.folder / "receiver" / "receiver.sqlite3"
        books = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return books.execute(
                "SELECT epoch, number, arrivals, ticket FROM signal WHERE device = ? AND kind < 32",
                (self.line.device.hex(),),
            ).fetchall()
        finally:
            books.close()

    def left_in_keypad(self):
        """How many signals the keypad keeps for ever: it must come to none, boot after boot."""
        kept = -1
        for _ in range(BOOTS_MAX):
            self.line.board.cut_power()
            kept, epoch = self.boot()
            if kept == 0:
                break
            # `started` is the only signal of this boot and the last in order
            self.line.wait_journey(
                lambda one, epoch=epoch: one.epoch == epoch and one.complete("stored"), SETTLE_S
            )
        return kept

    def boot(self):
        """Give the keypad power; (how many signals it still keeps, epoch), as it says."""
        places = len(self.line.board.events())
        self.line.board.start()
        said = self.line.board.wait_event(
            lambda event: event.kind == "line" and " pending" in event.text, since=places
        )
        head, tail = said.text.split(",")[:2]
        return int(tail.split()[0]), int(head.split()[-1])

    def verdict(self, *, look_inside):
        rows = self.settle()
        stored = Counter((epoch, number) for epoch, number, _, _ in rows)
        return Verdict(
            lost=set(self.ledger.taken) - set(stored),
            doubled=[identity for identity, count in stored.items() if count > 1],
            ghosts=set(stored) - set(self.ledger.taken),
            stored=len(rows),
            arrivals=sum(row[2] for row in rows),
            tickets=len({row[3] for row in rows}),
            unconfirmed=self.left_in_keypad() if look_inside else 0,
        )

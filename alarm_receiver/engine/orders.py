"""Follows what devices say of their orders, and says which sites have something to fetch.

It promises that what a device said is looked at until it has moved its order, whoever died in
between, and that nothing is sent again to a device that was not heard since: a keypad that is away
finds one piece of work at its broker when it comes back, not a heap of them. It takes roll-outs
further (store.rollouts), over every restart. It runs where devices are heard.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import orders, rollouts
from alarm_receiver.store.waiting import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    from alarm_receiver.store.writer import Writer

EVERY_S = 1.0
REST_S = 0.1
"""The shortest time between two looks, however many signals come."""
COMMIT_S = 30.0
ROLL_REST = 20


class Orders:
    """One thread; `ready` is told the sites whose gateways may fetch something now."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        *,
        now_ms: Callable[[], int],
        heard_ms: Mapping[bytes, int],
        ready: Callable[[frozenset[str]], None],
        log: Callable[..., None],
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._now_ms = now_ms
        self._heard_ms = heard_ms
        self._ready = ready
        self._log = log
        self._look_s = 0.0
        self._newest = 0
        self._seen = rollouts.Look(due=False, open=True, since=0)
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="orders", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look again: something was committed."""
        self._wake.set()

    def stop(self) -> None:
        """End; everything stands in the store."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            with lasting(self._log, "orders"):
                self._turn()
            self._stopping.wait(REST_S)
            self._wake.wait(EVERY_S)

    def _turn(self) -> None:
        self._roll()
        with self._reader.connect() as connection:
            if not orders.any_live(connection):
                self._ready(frozenset())
                return
            told = orders.unheard(connection)
        if told:
            unit = self._writer.submit(
                Lane.STATUS, lambda connection: orders.fold(connection, self._now_ms())
            )
            unit.wait(COMMIT_S)
        with self._reader.connect() as connection:
            due = orders.due(connection, self._now_ms(), self._heard_ms)
        self._ready(frozenset(one.site for one in due))

    def _roll(self) -> None:
        """Take roll-outs further; the record is read only where it has grown, or one is open.

        A look rests ROLL_REST times as long as it took: many keypads take nothing from presses.
        """
        begun_s = time.monotonic()
        if begun_s < self._look_s:
            return
        with self._reader.connect() as connection:
            newest = rollouts.newest(connection)
            if newest != self._newest or self._seen.open:
                self._seen = rollouts.look(connection, self._seen.since)
        self._newest = newest
        if self._seen.due:
            since = self._seen.since
            unit = self._writer.submit(
                Lane.STATUS, lambda connection: rollouts.turn(connection, self._now_ms(), since)
            )
            unit.wait(COMMIT_S)
            self._seen = replace(self._seen, due=False)
        ended_s = time.monotonic()
        self._look_s = ended_s + max(EVERY_S, ROLL_REST * (ended_s - begun_s))

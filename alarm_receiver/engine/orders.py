"""Follows what devices say of their orders, and says which sites have something to fetch.

It promises that what a device said is looked at until it has moved its order, whoever died in
between, and that nothing is sent again to a device that was not heard since: a keypad that is away
finds one piece of work at its broker when it comes back, not a heap of them. It runs where devices
are heard.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import orders
from alarm_receiver.store.waiting import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine

    from alarm_receiver.store.writer import Writer

EVERY_S = 1.0
REST_S = 0.1
"""The shortest time between two looks, however many signals come."""
COMMIT_S = 30.0


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
        with self._reader.connect() as connection:
            # Without this look the next one reads through the signals of a whole flood.
            told = orders.any_live(connection) and orders.unheard(connection)
            if told is False:
                self._ready(frozenset())
                return
        if told:
            unit = self._writer.submit(
                Lane.STATUS, lambda connection: orders.fold(connection, self._now_ms())
            )
            unit.wait(COMMIT_S)
        with self._reader.connect() as connection:
            due = orders.due(connection, self._now_ms(), self._heard_ms)
        self._ready(frozenset(one.site for one in due))

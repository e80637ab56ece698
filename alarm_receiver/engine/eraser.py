"""Erases what is older than its period, a little at a time, under a deed in the chain.

It promises that nothing goes while nobody has confirmed the periods or while the clock may be
wrong, that what another process began is gone on with, and that no alarm waits for it: a piece is
small, goes last in the writer's queue, and rests longer than it took.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from alarm_receiver.domain.retention import DAY_MS
from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import retention
from alarm_receiver.store.waiting import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from alarm_receiver.domain.retention import Periods
    from alarm_receiver.store.writer import Writer

LOOK_S = 60.0
EVERY_MS = DAY_MS
"""How often a new erasing is begun."""
REST = 5.0
"""How long it rests after a piece of work, by the time that the piece took."""
WAIT_S = 1.0
STRANGE_MS = 30 * DAY_MS
"""A newest record as old as this at the start: the clock may be wrong, and people must say."""


class Eraser:
    """One thread that looks once a minute."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        periods: Periods,
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        look_s: float = LOOK_S,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._periods = periods
        self._now_ms = now_ms
        self._log = log
        self._look_s = look_s
        self._more: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="eraser", daemon=True)

    def start(self) -> None:
        """Begin, unless the newest record is so old that the clock may be wrong."""
        with self._reader.connect() as connection:
            newest_ms = retention.newest_ms(connection)
        ahead_ms = self._now_ms() - newest_ms
        if newest_ms and ahead_ms > STRANGE_MS:
            self._log(
                "erasing_waits",
                ahead_ms=ahead_ms,
                remedy="nothing was recorded for so long: check the clock, then restart",
            )
            return
        self._thread.start()

    def stop(self) -> None:
        """End after the current piece; the next process goes on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(self._look_s):
            with lasting(self._log, "eraser"):
                self._turn()

    def _turn(self) -> None:
        """Go on with what was begun, and begin what is due; what was confirmed alone begins."""
        with self._reader.connect() as connection:
            agencies = retention.agencies(connection)
        for agency in agencies:
            number = self._begun(agency)
            while number is not None and not self._stopping.is_set():
                if self._piece(number):
                    number = self._begun(agency)

    def _begun(self, agency: str) -> int | None:
        """The erasing to do now for an agency; None when there is none."""
        with self._reader.connect() as connection:
            number = retention.open_one(connection, agency)
            last_ms = retention.last_ms(connection, agency)
        now_ms = self._now_ms()
        due = agency in self._more or now_ms - last_ms >= EVERY_MS
        if number is not None or not (due and self._periods.confirmed_by):
            return number
        self._more.discard(agency)
        work = self._writer.submit(
            Lane.STATUS,
            lambda connection: retention.begin(connection, agency, self._periods, now_ms),
        )
        begun = work.wait(30)
        if begun is not None:
            self._more.add(agency)
            self._log("erasing", deed=begun, agency=agency)
        return begun

    def _piece(self, number: int) -> bool:
        """Do a piece, then rest; whether the erasing is done."""
        started = time.monotonic()
        work = self._writer.submit(
            Lane.STATUS, lambda connection: retention.step(connection, number, self._now_ms())
        )
        step = work.wait(30)
        if step.done:
            self._log("erased", deed=number)
            return True
        rest_s = WAIT_S if step.waits else REST * (time.monotonic() - started)
        self._stopping.wait(rest_s)
        return False

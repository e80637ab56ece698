"""Brings overdue tickets back: what nobody works on is raised again, for ever.

It promises that a ticket past its deadline gets its next entry within a second, also across a
restart, and that a ticket is raised once per deadline. It keeps no timer of its own: it sleeps
until the earliest deadline in the store, a quarter of a second at most.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from alarm_receiver.domain.escalation import PARK_MS_MAX
from alarm_receiver.domain.ticket import Act, TicketError
from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import tickets

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from alarm_receiver.domain.ticket import Ticket
    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer

AT_ONCE = 100
"""Tickets raised in one transaction; intake must not wait behind a thousand."""
SLEEP_S_MAX = 0.25
"""Also how late a ticket may be raised; looking costs one indexed read."""


class Overdue:
    """One engine in a thread of its own."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        policies: Policies,
    ) -> None:
        self.beat_ms = 0
        self.raised = 0
        self._writer = writer
        self._reader = reader
        self._now_ms = now_ms
        self._log = log
        self._policies = policies
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="overdue", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current turn."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Look again: something was committed."""
        self._wake.set()

    def _run(self) -> None:
        looked_far = False
        while not self._stopping.is_set():
            self._wake.clear()
            sleep_s = SLEEP_S_MAX
            with lasting(self._log, "engine"):
                if not looked_far:
                    self._raise_mistaken()
                    looked_far = True
                sleep_s = self._turn()
                self.beat_ms = self._now_ms()  # not after a turn that failed
            if sleep_s > 0:
                self._wake.wait(sleep_s)

    def _turn(self) -> float:
        """Raise what is due; seconds to sleep."""
        with self._reader.connect() as connection:
            due_ms = tickets.next_due_ms(connection)
        if due_ms is None:
            return SLEEP_S_MAX
        left_ms = due_ms - self._now_ms()
        if left_ms > 0:
            return min(left_ms / 1000, SLEEP_S_MAX)
        self._writer.do(self._raise_due)
        return 0.0

    def _raise_due(self, connection: Connection) -> None:
        now_ms = self._now_ms()
        for one in tickets.overdue(connection, now_ms, AT_ONCE):
            late_ms = now_ms - (one.due_ms or now_ms)
            self._raise(connection, one, now_ms, late_ms=late_ms)

    def _mistaken(self) -> list[Ticket]:
        """Live tickets whose deadline is further off than their policy has any wait.

        The system clock was set back and the machine started anew: nothing says what time it
        was. They come back at once; a step too early wakes somebody, one a day late kills.
        """
        now_ms = self._now_ms()
        with self._reader.connect() as connection:
            return [
                one
                for one in tickets.due_after(connection, now_ms + PARK_MS_MAX)
                if (one.due_ms or 0) - now_ms
                > self._policies.waits(one.agency, one.class_).longest_ms
            ]

    def _raise_mistaken(self) -> None:
        found = self._mistaken()
        for start in range(0, len(found), AT_ONCE):
            some = found[start : start + AT_ONCE]
            self._writer.do(partial(self._raise_all, some))

    def _raise_all(self, some: list[Ticket], connection: Connection) -> None:
        now_ms = self._now_ms()
        for one in some:
            self._raise(connection, one, now_ms, late_ms=0, clock="set back")

    def _raise(self, connection: Connection, one: Ticket, now_ms: int, **more: object) -> None:
        detail: dict[str, object] = {"from": str(one.state), **more}
        if self._policies.unreached(one.agency, one.class_, one.round + 1):
            detail["unreached"] = True
        try:
            tickets.act(
                connection,
                one.id,
                Act.COME_BACK,
                version=one.version,
                now_ms=now_ms,
                actor="engine",
                detail=detail,
                policies=self._policies,
            )
            self.raised += 1
        except TicketError as error:
            self._log("not_raised", ticket=one.id, error=str(error))

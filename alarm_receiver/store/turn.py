"""Whose the one write transaction of a SQLite store is: the writer's thread's or the event loop's.

It promises that only one of them has it, and that where both want it they have it by turns: a flood
of alarms keeps no person's act waiting for longer than one group, nor the other way round. The loop
never waits for it; it is called when its turn has come.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT_S = 0.05
"""So long a turn is kept for a loop that was called; one that has ended never comes."""


class Turn:
    """One turn, asked for by one thread and one event loop."""

    def __init__(self) -> None:
        self._some = threading.Condition()
        self._taken = False
        self._thread_waits = False
        self._kept = False
        self._call: Callable[[], object] | None = None

    def take(self) -> None:
        """Wait for the turn (the thread)."""
        with self._some:
            self._thread_waits = True
            self._some.wait_for(lambda: not (self._taken or self._kept), KEPT_S)
            self._kept = False
            self._some.wait_for(lambda: not self._taken)
            self._thread_waits, self._taken = False, True

    def take_now(self, call: Callable[[], object]) -> bool:
        """Whether the loop has the turn; where it has not, `call` is called when it may ask again.

        `call` comes from another thread, and raises RuntimeError when the loop has ended.
        """
        with self._some:
            if self._taken or (self._thread_waits and not self._kept):
                self._call = call
                return False
            self._kept, self._taken = False, True
            return True

    def give(self) -> None:
        """Let the other one have it."""
        with self._some:
            self._taken = False
            call = None
            if not self._thread_waits:
                call, self._call = self._call, None
                self._kept = call is not None
            self._some.notify_all()
        if call is None:
            return
        try:
            call()
        except RuntimeError:
            with self._some:
                self._kept = False
                self._some.notify_all()

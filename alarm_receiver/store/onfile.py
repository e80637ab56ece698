"""The direct way into a SQLite file: statements by the event loop, the COMMIT by a thread.

It promises what `store.express` does on PostgreSQL. Python's driver gives the interpreter lock away
around every statement, and a thread that writes rows beside a busy event loop waits to have it back
each time: that cost more than the rows. A COMMIT is one statement, and the one that waits for the
disk. The loop never waits for another writer: where one is at work its group takes the long way.
"""

from __future__ import annotations

import sqlite3
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from alarm_receiver.domain.ticket import Stale
from alarm_receiver.store.database import StoreError
from alarm_receiver.store.hot import Hot

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from sqlalchemy import Engine
    from sqlalchemy.pool import PoolProxiedConnection

    from alarm_receiver.domain.intake import Work
    from alarm_receiver.store.turn import Turn


class OnSqlite:
    """An `Express`: on the writer's only connection, in transactions of its own."""

    most = 500
    """Signals in one group: some 6 ms in which the event loop does nothing else."""

    def __init__(
        self, engine: Engine, turn: Turn, *, trouble: Callable[[BaseException], object]
    ) -> None:
        self._engine = engine
        self._turn = turn
        self._trouble = trouble
        self._held: PoolProxiedConnection | None = None
        self._cursor: Any = None
        self._hot: Hot | None = None
        self._begun: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._answer: bool | StoreError | None = None

    @property
    def ready(self) -> bool:
        """Whether something can be sent."""
        return self._held is not None

    def open(self) -> None:
        """Begin to work."""
        if self._held is not None:
            return
        self._held = self._engine.raw_connection()
        self._cursor = self._held.cursor()
        self._hot = Hot(self._cursor, sqlite=True)
        self._thread = threading.Thread(target=self._commit_all, name="commits", daemon=True)
        self._thread.start()

    def mine(self, call: Callable[[], object]) -> bool:
        """Whether a group may be sent now; where not, `call` comes from a thread when it may."""
        return self._turn.take_now(call)

    @staticmethod
    def write(work: Work) -> Work:
        """All of `work`, which `joins_only`, as it will be sent."""
        return work

    def send(self, work: Work, loop: asyncio.AbstractEventLoop, tell: Callable[[], object]) -> None:
        """Write what was `mine` to write; `tell` is called in `loop` when `receive` knows more.

        Raises StoreError when it could not be written; nothing of it is committed then.
        """
        assert self._hot is not None  # noqa: S101 - ready
        try:
            self._cursor.execute("BEGIN IMMEDIATE")
            self._hot.join_tickets(work.moved)
            self._hot.write_entries(work.entries)
            self._hot.write_fresh(work.arrivals)
        except (Stale, sqlite3.IntegrityError):
            self._undo()
            self._turn.give()
            self._answer = False
            loop.call_soon(tell)
        except Exception as error:
            self._trouble(error)
            self._undo()
            self._turn.give()
            raise StoreError(f"not written: {error}") from error
        else:
            self._begun.put(lambda: loop.call_soon_threadsafe(tell))

    def receive(self) -> bool | None:
        """Whether what was sent is committed; None: not known yet, or nothing was sent.

        Raises StoreError when it was not committed.
        """
        answer, self._answer = self._answer, None
        if isinstance(answer, StoreError):
            raise answer
        return answer

    def close(self) -> None:
        """Finish what was begun and give the connection back; the writer's thread has ended."""
        if self._thread is not None:
            self._begun.put(None)
            self._thread.join()
            self._thread = None
        if self._held is not None:
            self._cursor.close()
            self._held.close()
            self._held = None

    def _commit_all(self) -> None:
        """Commit what the loop begins, until `close`."""
        while (tell := self._begun.get()) is not None:
            try:
                self._cursor.execute("COMMIT")
                self._answer = True
            except sqlite3.Error as error:
                self._trouble(error)
                self._undo()
                self._answer = StoreError(f"not committed: {error}")
            self._turn.give()
            try:
                tell()
            except RuntimeError:
                continue  # the loop has ended; nobody waits any more

    def _undo(self) -> None:
        """Leave nothing of what was begun; what cannot be undone now is, when the next begins."""
        try:
            if self._held is not None and self._held.in_transaction:
                self._cursor.execute("ROLLBACK")
        except sqlite3.Error as error:
            self._trouble(error)

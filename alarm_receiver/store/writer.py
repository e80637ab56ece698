"""The one writer: everything that changes the store goes through its thread, in groups.

It promises that a unit of work is resolved only after the COMMIT that holds it; that units
waiting together share one COMMIT; that intake of alarms goes before everything else; that a
commit is never cancelled, whoever stops waiting. When the disk is full it fails the units and
goes on; when the disk lies (an I/O error) it ends the process, because nothing after a failed
fsync can be trusted.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from alarm_receiver.domain.ticket import Stale
from alarm_receiver.store.database import wait_was_cancelled
from alarm_receiver.store.direct import Direct
from alarm_receiver.store.express import OnPostgresql
from alarm_receiver.store.onfile import OnSqlite
from alarm_receiver.store.turn import Turn
from alarm_receiver.store.waiting import (
    GROUP_MAX,
    WAITING_MAX,
    Done,
    Lane,
    Unavailable,
    Unit,
    bulk,
    hand_over,
    runs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection, Engine

    from alarm_receiver.store.express import Express

T = TypeVar("T")
RETRIED = ("40001", "40P01", "23505", "55P03")
"""SQLSTATE of serialization failure, deadlock, unique violation, lock not available."""
ATTEMPTS_MAX = 5
"""Tries of one group when another writer was faster; what it decided is decided anew."""
EXIT_DISK = 74
"""Exit code after an I/O error of the disk (EX_IOERR)."""


class Bulk(Protocol[T]):
    """What is done for many items together, whoever brought them."""

    def __call__(self, connection: Connection, items: list[Any]) -> list[T]:
        """Do it in the writer's transaction; a result for each item."""
        ...

    def committed(self, *, really: bool) -> None:
        """That transaction is over, and was committed or not."""
        ...


class Writer:
    """Runs units of work in its thread, one transaction at a time."""

    def __init__(
        self,
        engine: Engine,
        *,
        log: Callable[..., None],
        on_commit: Callable[[], None] = lambda: None,
        end_process: Callable[[int], Any] = os._exit,
    ) -> None:
        self.on_commit = on_commit
        self.on_join: Callable[[], None] = lambda: None
        """As on_commit, when live tickets got evidence only: no deadline and no page is new."""
        self._commits = 0
        self._engine = engine
        self._turn = Turn()
        self._direct = Direct(self._straight(engine), self._put, log=log, on_join=self._joined)
        self._log = log
        self._end_process = end_process
        self._lanes: tuple[deque[Unit[Any]], ...] = tuple(deque() for _ in Lane)
        self._some = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._direct.open()
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end. What comes later is refused."""
        with self._some:
            self._stopping = True
            self._some.notify()
        self._thread.join()
        self._direct.close()

    @property
    def alive(self) -> bool:
        """Whether the thread runs; /ready asks."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Units that wait now."""
        return sum(map(len, self._lanes)) + self._direct.waiting

    @property
    def commits(self) -> int:
        """Transactions committed so far."""
        return self._commits + self._direct.commits

    def submit(self, lane: Lane, do: Callable[[Connection], T]) -> Unit[T]:
        """Put `do` in `lane`. Raises Unavailable when the writer is stopping or overfull."""
        return self._put(lane, Unit(do).prepare_wait())

    def submit_bulk(
        self, lane: Lane, do: Bulk[T], items: Sequence[Any], done: Done[list[T]]
    ) -> None:
        """Put `items` in `lane`, to be done together with others for the same `do`.

        `done` is called in the running loop after the COMMIT. Raises as `submit`.
        """
        unit: Unit[list[T]] = Unit(do, len(items), items)
        unit.call(asyncio.get_running_loop(), done)
        self._direct.put(lane, unit)

    def _put(self, lane: Lane, unit: Unit[T]) -> Unit[T]:
        with self._some:
            if self._stopping:
                raise Unavailable("the receiver is shutting down; send again to the next one")
            if sum(map(len, self._lanes)) >= WAITING_MAX:
                raise Unavailable(f"{WAITING_MAX} units wait already; send again later")
            self._lanes[lane].append(unit)
            self._some.notify()
        return unit

    def do(self, do: Callable[[Connection], T], timeout_s: float = 30.0) -> T:
        """Do a person's or an engine's unit of work and wait for its COMMIT (threads only)."""
        return self.submit(Lane.PEOPLE, do).wait(timeout_s)

    def _run(self) -> None:
        while True:
            with self._some:
                while not any(self._lanes) and not self._stopping:
                    self._some.wait()
                if not any(self._lanes):
                    break
            self._turn.take()
            try:
                with self._some:
                    group = self._drain()
                self._commit(group)
            finally:
                self._turn.give()

    def _straight(self, engine: Engine) -> Express:
        """The direct way's connection to this store."""
        if engine.dialect.name == "sqlite":
            return OnSqlite(engine, self._turn, trouble=self._end_on_lies)
        return OnPostgresql(engine)

    def _joined(self) -> None:
        self.on_join()

    def _drain(self) -> list[Unit[Any]]:
        group: list[Unit[Any]] = []
        size = 0
        for lane in self._lanes:
            while lane and size < GROUP_MAX:
                unit = lane.popleft()
                group.append(unit)
                size += unit.size
        return group

    def _commit(self, group: list[Unit[Any]]) -> None:
        """Do `group` in one transaction and hand over what came of it."""
        if not group:
            return
        error = self._attempt(group)
        if error is not None and len(group) > 1 and not _disk(error):
            # One poisoned unit must not hold up the rest: each alone.
            for unit in group:
                self._fail([unit], self._attempt([unit]))
        else:
            self._fail(group, error)
        hand_over(group)
        self.on_commit()

    def _attempt(self, group: list[Unit[Any]]) -> BaseException | None:
        """All of `group` in one transaction; the error when nothing of it was committed."""
        for attempt in range(ATTEMPTS_MAX):
            error = self._once(group)
            for one in {unit.do for unit in group if unit.items is not None}:
                cast("Bulk[Any]", one).committed(really=error is None)
            if error is None or not _worth_retrying(error):
                return error
            self._log("retried", attempt=attempt + 1, error=str(error)[:200])
        return error

    def _once(self, group: list[Unit[Any]]) -> BaseException | None:
        try:
            with self._engine.connect() as connection, connection.begin() as transaction:
                for units in runs(group):
                    if units[0].items is None:
                        self._one(connection, units[0])
                    else:
                        bulk(connection, units)
                transaction.commit()
                if wait_was_cancelled(connection):
                    return Unavailable("the wait for the standby was cancelled: not committed")
        except (SQLAlchemyError, sqlite3.Error) as error:
            self._end_on_lies(error)
            return error
        except Exception as error:  # noqa: BLE001 - the writer outlives any unit; its askers are told
            self._log("unit_failed", error=repr(error))
            return error
        self._commits += 1
        return None

    @staticmethod
    def _one(connection: Connection, unit: Unit[Any]) -> None:
        """Run one unit. What it refuses by itself is undone alone; the store's errors end all."""
        unit.error = None
        try:
            with connection.begin_nested():
                unit.result = unit.do(connection)
        except (SQLAlchemyError, sqlite3.Error):
            raise
        except Exception as error:  # noqa: BLE001 - a unit's own error goes to who asked for it
            unit.error = error

    def _end_on_lies(self, error: BaseException) -> None:
        """End the process after an I/O error: nothing after it can be trusted."""
        if _io_error(error):
            self._log("disk_failed", error=str(error), remedy="check the disk; restart on it")
            self._end_process(EXIT_DISK)

    def _fail(self, units: list[Unit[Any]], error: BaseException | None) -> None:
        if error is None:
            return
        self._log("not_committed", units=len(units), error=str(error))
        for unit in units:
            unit.error = Unavailable(f"not committed: {error}") if _disk(error) else error


def _code(error: BaseException) -> int:
    original = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(original, "sqlite_errorcode", 0)
    return int(code) & 0xFF


def _worth_retrying(error: BaseException) -> bool:
    """Whether another writer was faster: read again, decide again. Only on shared stores."""
    if isinstance(error, Stale):
        return True
    original = error.orig if isinstance(error, DBAPIError) else None
    return getattr(original, "sqlstate", None) in RETRIED


def _disk(error: BaseException) -> bool:
    """Whether the store as a whole cannot commit: full, locked, read-only or gone."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, (Unavailable, OperationalError)) and not _code(error):
        return True
    return _code(error) in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_LOCKED,
    )


def _io_error(error: BaseException) -> bool:
    return _code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

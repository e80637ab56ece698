"""What changed on tickets, by commit sequence: for consoles, API streams and waiting gateways.

It promises that a follower sees every change after the sequence it names, in order, whether it
happened before or after it came. The newest are kept in memory; older ones come from the store.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import func, select

from alarm_receiver.store.tables import entry, ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

T = TypeVar("T")
ASKING = 4
"""Threads that look for gateways' receipts."""
KEPT = 1_000
PAGE = 500
REST_S = 0.02
GAP_S = 2.0
LOOK_S = 1.0
"""Other processes may write to the same store: look this often without being woken."""


@dataclass(slots=True)
class Change:
    """One entry as followers see it; `rendered` holds what was made of it, once per use."""

    seq: int
    agency: str
    ticket: str
    number: int
    class_: str
    site: str
    version: int
    act: str
    actor: str
    at_ms: int
    rendered: dict[str, bytes] = field(default_factory=dict)


class Feed:
    """Follows the entry table and wakes who waits."""

    def __init__(self, reader: Engine, log: Callable[..., None]) -> None:
        self.newest = 0
        self.followed: Callable[[], bool] = lambda: True
        self._reader = reader
        self._log = log
        self._kept: deque[Change] = deque(maxlen=KEPT)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._gaps = reader.dialect.name != "sqlite"
        self._gap = 0
        self._looked_at = 0.0
        self._gap_since = 0.0
        self._waiting = 0
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="feed")
        self._asking = ThreadPoolExecutor(ASKING, thread_name_prefix="receipts")

    async def _apart(self, read: Callable[..., T], *what: int) -> T:
        """What `read` gives, in a thread of our own: the shared ones may all be waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, read, *what)

    async def for_gateways(self, read: Callable[..., T], *what: object) -> T:
        """What `read` gives, in a thread for what gateways ask."""
        return await asyncio.get_running_loop().run_in_executor(self._asking, read, *what)

    async def start(self) -> None:
        """Begin to follow at the newest entry."""
        self._loop = asyncio.get_running_loop()
        self.newest = await self._apart(self._last)
        self._task = asyncio.create_task(self._run(), name="feed")

    async def stop(self) -> None:
        """Follow no longer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for threads in (self._threads, self._asking):
            await asyncio.to_thread(threads.shutdown)

    def wake(self) -> None:
        """Something was committed; called from any thread."""
        if self._loop is not None and (self._waiting or self.followed()):
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake.set)

    def release(self) -> None:
        """Let everyone who waits look again, because the receiver is stopping."""
        self._moved.set()

    async def wait_beyond(self, seq: int, timeout_s: float) -> None:
        """Return when there is a change after `seq`, or after `timeout_s` at the latest."""
        if self.newest > seq:
            return
        moved = self._moved
        self._waiting += 1
        self._wake.set()  # while nobody waited, nobody looked
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(moved.wait(), timeout_s)
        finally:
            self._waiting -= 1

    async def after(self, seq: int) -> list[Change]:
        """At most PAGE changes after `seq`, in order."""
        if seq >= self.newest:
            return []
        if self._kept and self._kept[0].seq <= seq + 1:
            return [change for change in self._kept if change.seq > seq][:PAGE]
        return await self._apart(self._read, seq)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            # Under load one look serves many commits; a lone one is not held up.
            rest_s = self._looked_at + REST_S - time.monotonic()
            if rest_s > 0:
                await asyncio.sleep(rest_s)
            self._wake.clear()
            self._looked_at = time.monotonic()
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - consoles must go on after any trouble here
                self._log("feed_failed", error=repr(error))
                await asyncio.sleep(LOOK_S)

    async def _look(self) -> None:
        if not self.followed():
            # Nobody looks: only the sequence is needed, for gateways that wait and pages to come.
            await self._skip()
            return
        while changes := self._settled(await self._apart(self._read, self.newest)):
            self._kept.extend(changes)
            self.newest = changes[-1].seq
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    async def _skip(self) -> None:
        newest = await self._apart(self._whole, self.newest)
        if newest is None:
            changes = self._settled(await self._apart(self._read, self.newest))
            newest = changes[-1].seq if changes else self.newest
        if newest != self.newest:
            self._kept.clear()
            self.newest = newest
            moved, self._moved = self._moved, asyncio.Event()
            moved.set()

    def _settled(self, changes: list[Change]) -> list[Change]:
        """The changes before the first gap that may still be filled.

        Several writers of one store take sequences in one order and commit in another: what is
        missing may be on its way. After GAP_S it was rolled back, and the gap stays.
        """
        if not self._gaps:
            return changes
        expected = self.newest + 1
        for place, change in enumerate(changes):
            if change.seq != expected:
                if self._gap != expected:
                    self._gap, self._gap_since = expected, time.monotonic()
                if time.monotonic() - self._gap_since < GAP_S:
                    asyncio.get_running_loop().call_later(GAP_S / 4, self._wake.set)
                    return changes[:place]
            expected = change.seq + 1
        return changes

    def _last(self) -> int:
        with self._reader.connect() as connection:
            return connection.execute(select(func.max(entry.c.seq))).scalar() or 0

    def _whole(self, seq: int) -> int | None:
        """The newest sequence; None when one after `seq` is missing and may be on its way."""
        if not self._gaps:
            return self._last()
        later = select(func.max(entry.c.seq), func.count()).where(entry.c.seq > seq)
        with self._reader.connect() as connection:
            newest, count = connection.execute(later).one()
        if not count:
            return seq
        return int(newest) if newest - seq == count else None

    def _read(self, seq: int) -> list[Change]:
        query = (
            select(
                entry.c.seq,
                ticket.c.agency,
                entry.c.ticket,
                ticket.c.number,
                ticket.c.class_,
                ticket.c.site,
                entry.c.version,
                entry.c.act,
                entry.c.actor,
                entry.c.at_ms,
            )
            .join(ticket, ticket.c.id == entry.c.ticket)
            .where(entry.c.seq > seq)
            .order_by(entry.c.seq)
            .limit(PAGE)
        )
        with self._reader.connect() as connection:
            return [Change(*row) for row in connection.execute(query)]

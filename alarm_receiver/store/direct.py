"""The direct way: signals that join known tickets, from the event loop to PostgreSQL and back.

It promises what the writer promises (told only after COMMIT; nothing is ever cancelled; whoever
cannot go this way takes the long one) with no thread between: a lone signal waits for no hand-over
and a flood for no interpreter lock. One statement is under way at a time; what arrives meanwhile is
the next group, sent before the last one is told. It belongs to one event loop.
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from psycopg import Error, OperationalError
from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.store.database import StoreError
from alarm_receiver.store.express import OnPostgresql
from alarm_receiver.store.waiting import (
    GROUP_MAX,
    WAITING_MAX,
    Lane,
    Unavailable,
    Unit,
    resolve_all,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from sqlalchemy import Engine

    from alarm_receiver.store.taking import Proposal, Taking

Group = list[tuple[Lane, Unit[Any]]]
HALVED_OVER = 32
"""Where more signals wait than this, half of them go: database and door then work at the same
time. All at once they take turns, and each waits for the other."""
AGAIN_S = 1.0
"""How long a connection that could not be opened is left alone; meanwhile all take the long way."""


class Direct:
    """The units of one `taking`, in one event loop."""

    def __init__(
        self,
        engine: Engine,
        long_way: Callable[[Lane, Unit[Any]], object],
        *,
        log: Callable[..., None],
        on_join: Callable[[], None],
    ) -> None:
        self.commits = 0
        self._express = OnPostgresql(engine)
        self._long_way = long_way
        self._log = log
        self._on_join = on_join
        self._lanes: tuple[deque[Unit[Any]], ...] = tuple(deque() for _ in Lane)
        self._signals = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._going = False
        self._under_way: tuple[Proposal, Group] | None = None
        self._watched: int | None = None
        self._opening = False
        self._closed = False
        self._tried_at = -AGAIN_S

    @property
    def waiting(self) -> int:
        """Units that wait here now."""
        return sum(map(len, self._lanes))

    def put(self, lane: Lane, unit: Unit[Any]) -> None:
        """Take `unit` along with the next group. Raises Unavailable when too much waits."""
        if self.waiting >= WAITING_MAX:
            raise Unavailable(f"{WAITING_MAX} units wait already; send again later")
        loop = unit.loop
        if loop is not self._loop:
            self._begin(loop)
        self._lanes[lane].append(unit)
        self._signals += unit.size
        if loop is not None and not self._going and self._under_way is None:
            self._going = True
            loop.call_soon(self._go)  # what else arrived in this turn goes along

    def open(self) -> None:
        """Connect; blocks. Where that fails all take the long way, and it is tried again."""
        try:
            self._express.open()
        except (StoreError, SQLAlchemyError, Error) as error:
            self._log("direct_way_closed", error=str(error)[:200])
        finally:
            self._opening = False

    def close(self) -> None:
        """Give the connection back; whoever is still under way is not told, and asks again."""
        self._closed = True
        self._express.close()

    def _go(self) -> None:
        """Send the next group, unless one is under way."""
        self._going = False
        while self._under_way is None and (group := self._drain()):
            if not self._express.ready:
                self._reopen()
                self._leave(group)
                continue
            self._send(group)

    def _drain(self) -> Group:
        group: Group = []
        size = 0
        most = GROUP_MAX
        if self._signals > HALVED_OVER:
            most = min(most, (self._signals + 1) // 2)
        for lane in Lane:
            waiting = self._lanes[lane]
            while waiting and size < most:
                if group and waiting[0].do is not group[0][1].do:
                    break
                unit = waiting.popleft()
                group.append((lane, unit))
                size += unit.size
        self._signals -= size
        return group

    def _send(self, group: Group) -> None:
        taking = cast("Taking", group[0][1].do)
        try:
            proposal = taking.propose([unit.items or () for _, unit in group])
        except Exception as error:  # noqa: BLE001 - the long way finds who it is, and answers all
            self._log("not_proposed", units=len(group), error=repr(error)[:200])
            proposal = None
        if proposal is None:
            self._leave(group)
            return
        left = [one for one, goes in zip(group, proposal.chosen, strict=True) if not goes]
        gone = [one for one, goes in zip(group, proposal.chosen, strict=True) if goes]
        self._leave(left)
        try:
            whole = self._express.send(proposal.work)
        except Exception as error:  # noqa: BLE001 - likewise; nothing of it is committed
            self._lose(error, proposal, gone)
            return
        self._under_way = (proposal, gone)
        self._watch(writing=not whole)

    def _watch(self, *, writing: bool) -> None:
        """Look for the answer on the connection's socket, and for room to write if need be."""
        loop, number = self._loop, self._express.fileno()
        assert loop is not None  # noqa: S101 - set by put
        if self._watched != number:
            loop.add_reader(number, self._readable)
            self._watched = number
        if writing:
            loop.add_writer(number, self._writable)

    def _unwatch(self) -> None:
        if self._watched is not None and self._loop is not None:
            self._loop.remove_reader(self._watched)
            self._loop.remove_writer(self._watched)
        self._watched = None

    def _writable(self) -> None:
        try:
            if self._express.flush() and self._loop is not None and self._watched is not None:
                self._loop.remove_writer(self._watched)
        except OperationalError as error:
            self._broken(error)

    def _readable(self) -> None:
        try:
            committed = self._express.receive()
        except (OperationalError, StoreError) as error:
            self._broken(error)
            return
        if committed is None or self._under_way is None:
            return
        (proposal, gone), self._under_way = self._under_way, None
        verdicts = proposal.taking.settle(proposal, committed=committed)
        if not committed:
            self._leave(gone)
            self._go()
            return
        self._go()  # the database works while we tell
        self.commits += 1
        for (_, unit), share in zip(gone, verdicts, strict=True):
            unit.result = share
        if self._loop is not None:
            resolve_all(self._loop, [unit for _, unit in gone])
        self._on_join()

    def _broken(self, error: BaseException) -> None:
        """The connection or its promise broke. Perhaps it was committed: the long way looks."""
        if self._under_way is None:
            self._part(error)
            return
        (proposal, gone), self._under_way = self._under_way, None
        self._lose(error, proposal, gone)
        self._go()

    def _lose(self, error: BaseException, proposal: Proposal, gone: Group) -> None:
        self._log("not_at_once", units=len(gone), error=str(error)[:200])
        if not isinstance(error, StoreError):
            self._part(error)
        proposal.taking.settle(proposal, committed=False)
        self._leave(gone)

    def _part(self, error: BaseException) -> None:
        """This connection is no more; the next one is made at once."""
        self._log("direct_way_lost", error=str(error)[:200])
        self._unwatch()
        self._express.close()
        self._reopen()

    def _leave(self, group: Group) -> None:
        """Let `group` take the long way; where that is overfull they are told so."""
        for lane, unit in group:
            try:
                self._long_way(lane, unit)
            except Unavailable as error:
                unit.error = error
                if self._loop is not None:
                    resolve_all(self._loop, [unit])

    def _reopen(self) -> None:
        """Connect again, in a thread, now and then."""
        since_s = time.monotonic() - self._tried_at
        if self._opening or self._closed or since_s < AGAIN_S or self._loop is None:
            return
        self._opening = True
        self._tried_at = time.monotonic()
        self._loop.run_in_executor(None, self.open)

    def _begin(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Work for `loop`; whatever another one left under way is not told by us."""
        if self._under_way is not None:
            self._express.close()
        self._loop, self._under_way, self._watched, self._going = loop, None, None, False

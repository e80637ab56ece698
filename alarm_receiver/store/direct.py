"""The direct way: signals that join known tickets, from the event loop to the store and back.

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

from alarm_receiver.domain.intake import together
from alarm_receiver.store.database import StoreError
from alarm_receiver.store.waiting import (
    WAITING_MAX,
    Lane,
    Unavailable,
    Unit,
    resolve_all,
)

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from alarm_receiver.domain.intake import Work
    from alarm_receiver.store.express import Express
    from alarm_receiver.store.taking import Proposal, Taking

PIECE = 8
"""So many signals that wait are decided while a group is under way, rather than when it is over."""
LEAST = 16
"""Of more signals than this half go and half are decided meanwhile: database and door then work at
the same time. All at once they take turns, and each waits for the other."""
SIGNAL_S = 150e-6
"""About twice what a signal costs the door. Where a COMMIT takes longer than that a signal of half
a group, as on a slow disk, more go together: the disk takes as long for many as for one."""
_LANES = tuple(Lane)
"""Walking through an enumeration takes longer than deciding a signal."""
AGAIN_S = 1.0
"""How long a connection that could not be opened is left alone; meanwhile all take the long way."""


class Group:
    """Requests that are committed together, decided piece by piece as they came."""

    def __init__(self) -> None:
        self.proposals: list[Proposal] = []
        self.units: list[tuple[Lane, Unit[Any]]] = []
        self.size = 0
        self.written: Any = None
        """As it goes to the database, once nothing more comes to it."""

    @property
    def work(self) -> Work:
        """All that is to be written."""
        return together([one.work for one in self.proposals])

    def add(self, proposal: Proposal, units: list[tuple[Lane, Unit[Any]]]) -> None:
        """Take along what was decided for `units`."""
        self.proposals.append(proposal)
        self.units += units
        self.size += sum(unit.size for _, unit in units)

    def settle(self, *, committed: bool) -> None:
        """Give each unit its verdicts, or let what was expected be forgotten."""
        shares = [
            share for one in self.proposals for share in one.taking.settle(one, committed=committed)
        ]
        for (_, unit), share in zip(self.units, shares, strict=True):
            unit.result = share


class Direct:
    """The units of one `taking`, in one event loop."""

    def __init__(
        self,
        express: Express,
        long_way: Callable[[Lane, Unit[Any]], object],
        *,
        log: Callable[..., None],
        on_join: Callable[[], None],
    ) -> None:
        self.commits = 0
        self._express = express
        self._long_way = long_way
        self._log = log
        self._on_join = on_join
        self._lanes: tuple[deque[Unit[Any]], ...] = tuple(deque() for _ in Lane)
        self._signals = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._going = False
        self._next = Group()
        self._under_way: Group | None = None
        self._least = LEAST
        self._sent_s = 0.0
        self._opening = False
        self._closed = False
        self._tried_at = -AGAIN_S

    @property
    def waiting(self) -> int:
        """Units that wait here now."""
        return sum(map(len, self._lanes)) + len(self._next.units)

    def put(self, lane: Lane, unit: Unit[Any]) -> None:
        """Take `unit` along with the next group. Raises Unavailable when too much waits."""
        if self.waiting >= WAITING_MAX:
            raise Unavailable(f"{WAITING_MAX} units wait already; send again later")
        loop = unit.loop
        if loop is not self._loop:
            self._begin(loop)
        self._lanes[lane].append(unit)
        self._signals += unit.size
        if self._going or loop is None:
            return
        if self._under_way is None or self._signals >= PIECE:
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
        """Decide what waits; send it, unless a group is under way."""
        self._going = False
        self._decide()
        while self._under_way is None and self._may_send():
            self._send()
            self._decide()

    def _may_send(self) -> bool:
        """Whether there is a next group, written out, and the turn is ours."""
        if self._next.units and self._next.written is None:
            self._write()
        return bool(self._next.units) and self._express.mine(self._again)

    def _decide(self) -> None:
        """Let the next group have what waits, up to its size.

        It is decided as if what is under way were committed; if it is not, see `_take_back`.
        """
        if not self._signals:
            return
        if not self._express.ready:
            self._reopen()
            self._leave(self._drain(self._signals))
            return
        while (room := self._room()) > 0 and (some := self._drain(room)):
            self._propose(some)
        if room <= 0 and self._under_way is not None and self._next.written is None:
            self._write()

    def _room(self) -> int:
        """How many signals more the next group may have."""
        under_way = 0 if self._under_way is None else self._under_way.size
        half = (under_way + self._next.size + self._signals + 1) // 2
        return min(self._express.most, max(self._least, half)) - self._next.size

    def _drain(self, most: int) -> list[tuple[Lane, Unit[Any]]]:
        some: list[tuple[Lane, Unit[Any]]] = []
        size = 0
        for lane, waiting in zip(_LANES, self._lanes, strict=True):
            while waiting and size < most:
                if some and waiting[0].do is not some[0][1].do:
                    break
                unit = waiting.popleft()
                some.append((lane, unit))
                size += unit.size
        self._signals -= size
        return some

    def _propose(self, some: list[tuple[Lane, Unit[Any]]]) -> None:
        taking = cast("Taking", some[0][1].do)
        try:
            proposal = taking.propose([unit.items or () for _, unit in some])
        except Exception as error:  # noqa: BLE001 - the long way finds who it is, and answers all
            self._log("not_proposed", units=len(some), error=repr(error)[:200])
            proposal = None
        if proposal is None:
            self._leave(some)
            return
        self._leave([one for one, goes in zip(some, proposal.chosen, strict=True) if not goes])
        gone = [one for one, goes in zip(some, proposal.chosen, strict=True) if goes]
        self._next.add(proposal, gone)
        self._next.written = None

    def _write(self) -> None:
        """Write the next group out, so that it can go the moment that the other is over."""
        try:
            self._next.written = self._express.write(self._next.work)
        except Exception as error:  # noqa: BLE001 - likewise; nothing of it was sent
            group, self._next = self._next, Group()
            self._log("not_written", units=len(group.units), error=repr(error)[:200])
            group.settle(committed=False)
            self._leave(group.units)

    def _send(self) -> None:
        """Send the next group, which `_may_send`."""
        group, self._next = self._next, Group()
        assert self._loop is not None  # noqa: S101 - set by put
        try:
            self._express.send(group.written, self._loop, self._answered)
        except Exception as error:  # noqa: BLE001 - likewise; nothing of it is committed
            self._lose(error, group)
            return
        self._under_way = group
        self._sent_s = time.monotonic()

    def _again(self) -> None:
        """Go on, now that the turn is ours; called from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._go)

    def _answered(self) -> None:
        try:
            committed = self._express.receive()
        except (OperationalError, StoreError) as error:
            self._broken(error)
            return
        if committed is None or self._under_way is None:
            return
        group, self._under_way = self._under_way, None
        self._least = max(LEAST, int((time.monotonic() - self._sent_s) / SIGNAL_S))
        group.settle(committed=committed)
        if not committed:
            self._take_back()
            self._leave(group.units)
            self._go()
            return
        if not self._next.units:
            self._decide()
        if self._may_send():
            self._send()  # the database works while we tell
        self.commits += 1
        if self._loop is not None:
            resolve_all(self._loop, [unit for _, unit in group.units])
        self._on_join()
        self._go()

    def _broken(self, error: BaseException) -> None:
        """The connection or its promise broke. Perhaps it was committed: the long way looks."""
        if self._under_way is None:
            self._part(error)
            return
        group, self._under_way = self._under_way, None
        self._lose(error, group)
        self._go()

    def _lose(self, error: BaseException, group: Group) -> None:
        self._log("not_at_once", units=len(group.units), error=str(error)[:200])
        if not isinstance(error, StoreError):
            self._part(error)
        group.settle(committed=False)
        self._take_back()
        self._leave(group.units)

    def _take_back(self) -> None:
        """What was decided on top of a group that failed waits again, to be decided anew."""
        group, self._next = self._next, Group()
        for one in group.proposals:
            one.taking.withdraw(one)
        for lane, unit in reversed(group.units):
            self._lanes[lane].appendleft(unit)
            self._signals += unit.size

    def _part(self, error: BaseException) -> None:
        """This connection is no more; the next one is made at once."""
        self._log("direct_way_lost", error=str(error)[:200])
        self._express.close()
        self._reopen()

    def _leave(self, units: list[tuple[Lane, Unit[Any]]]) -> None:
        """Let `units` take the long way; where that is overfull they are told so."""
        for lane, unit in units:
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
        self._take_back()
        self._loop, self._under_way, self._going = loop, None, False

"""One receiver: orders up its lanes, receipts and pieces down long polls, each path polled.

It promises that an alarm has a connection that heartbeats keep warm but never fill, and that an
order which fails on one path goes over the next at once. What to send and when again is the
relay's to say; which path first, and how often each is polled, is for `paths`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import TYPE_CHECKING, Protocol, TypeVar

from alarm_wire.batch import pack, unpack
from alarm_wire.frame import WireError
from gateway.client import Client
from gateway.errors import AnswerError, LinkError
from gateway.relay import ALARMS, BEATS, LANES
from gateway.writer import monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.acts import Act, Order
    from gateway.client import Answer
    from gateway.config import Receiver
    from gateway.paths import Paths
    from gateway.relay import Relay

ANSWER_S = {ALARMS: 5.0, BEATS: 5.0}
ANSWER_S_MAX = 15.0
POLL_ANSWER_S = 5.0
CONNECTIONS = len(LANES) + 1
"""Over each path: one for each lane and one for our own heartbeat; none waits for another's."""
RECEIPTS_S = 25
"""How long the receiver may hold our question for receipts open."""
PAUSE_S_MIN = 0.1
PAUSE_S_MAX = 10.0
FETCH_PAUSE_S_MAX = 60.0
"""A receiver that has no pieces to give (an older one answers 404) is asked this seldom."""

Read = TypeVar("Read")


class Owner(Protocol):
    """Who does what the acts say, and seals."""

    def act(self, link: Link | None, acts: list[Act]) -> None:
        """Do these, in order."""

    def frames(self, order: Order) -> list[bytes]:
        """The bytes of an order, as sent now."""

    def path(self, path: int, why: str) -> None:
        """The path stands ('' as why) or has failed."""

    def asking(self) -> bytes:
        """A heartbeat of ours, sealed: it proves who asks."""

    def heard(self, path: int, asked: bytes, answers: list[bytes]) -> None:
        """The answer to our own heartbeat came by this path."""

    async def receipts(self, link: Link, receipts: list[bytes], answer: Answer) -> bool:
        """Hand these on; whether all were, so that the sequence may move on."""

    async def pieces(self, link: Link, pieces: list[bytes]) -> bool:
        """Hand these on; False when some were left."""


class Link:
    """Receiver number `index`, its ways being `paths` from number `first` on."""

    def __init__(  # noqa: PLR0917 - its place, its paths, and whom it serves
        self, index: int, first: int, receiver: Receiver, relay: Relay, paths: Paths, owner: Owner
    ) -> None:
        self.index = index
        self.name = receiver.name
        self.sequence = 0
        self.confirmed = 0
        self._relay = relay
        self._paths = paths
        self._owner = owner
        ways = list(enumerate(receiver.ways, first))
        self._clients = {path: Client(way, CONNECTIONS) for path, way in ways}
        self._pollers = {path: Client(way, 1) for path, way in ways}
        self._fetchers = {path: Client(way, 1) for path, way in ways}
        self._wake = {lane: asyncio.Event() for lane in LANES}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start the lanes, the polls of the paths and the long polls."""
        loop = asyncio.get_running_loop()
        for lane in LANES:
            self._tasks.append(loop.create_task(self._lane(lane), name=f"{self.name} lane {lane}"))
        for path in self._clients:
            self._tasks.append(loop.create_task(self._poll(path), name=f"{self.name} path {path}"))
        self._tasks.append(loop.create_task(self._receipts(), name=f"{self.name} receipts"))
        self._tasks.append(loop.create_task(self._fetch(), name=f"{self.name} pieces"))

    async def stop(self) -> None:
        """End the tasks; what was under way is owed still."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for clients in (self._clients, self._pollers, self._fetchers):
            for client in clients.values():
                await client.close()

    def wake(self, *lanes: int) -> None:
        """Something new may be due."""
        for lane in lanes or LANES:
            self._wake[lane].set()

    def ends_s(self) -> list[int]:
        """When the certificates end that this receiver has shown, in seconds since 1970."""
        return [client.ends_s for client in self._clients.values() if client.ends_s]

    def failed_tasks(self) -> list[BaseException]:
        """What ended a task that should not have ended."""
        return [
            task.exception() or RuntimeError(f"{task.get_name()} ended")
            for task in self._tasks
            if task.done() and not task.cancelled()
        ]

    async def _lane(self, lane: int) -> None:
        while True:
            order = self._relay.next(self.index, lane, monotonic_ms())
            if order is not None:
                await self._send(order)
                continue
            wait_ms = self._relay.wait_ms(self.index, lane, monotonic_ms())
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if wait_ms is None else wait_ms / 1000):
                    await self._wake[lane].wait()
            self._wake[lane].clear()

    async def _send(self, order: Order) -> None:
        body = pack(self._owner.frames(order))
        wait_s = ANSWER_S.get(order.lane, ANSWER_S_MAX)

        def read(answer: Answer) -> list[Act]:
            return self._relay.answered(order, _frames(answer), monotonic_ms())

        try:
            acts = await self._ask(self._clients, "/v1/signals", body, wait_s, read)
        except (LinkError, AnswerError) as error:
            self._relay.failed(
                order,
                monotonic_ms(),
                random.random(),  # noqa: S311 - spreads retries, guards nothing
                retry_after_ms=getattr(error, "retry_after_ms", None),
                smaller=getattr(error, "smaller", False),
            )
            return
        self._owner.act(self, acts)
        self.wake()

    async def _ask(
        self,
        clients: dict[int, Client],
        where: str,
        body: bytes,
        wait_s: float,
        read: Callable[[Answer], Read],
    ) -> Read:
        """One POST by the best path, read; by the next at once when either fails.

        An answer says nothing of the path but that it could be read: anybody can answer 200. That a
        path stands is proven by the sealed answer to our own heartbeat alone.
        """
        best = self._paths.best(self.index)
        for path in best:
            try:
                return read(await clients[path].post(where, body, wait_s))
            except (LinkError, AnswerError) as error:
                self._owner.path(path, str(error))
                if path == best[-1] or getattr(error, "reached", False):
                    raise
        raise AssertionError  # the last path returns or raises

    async def _poll(self, path: int) -> None:
        """Our own heartbeat by this path, so that its loss is known and its connection warm."""
        while True:
            asked = self._owner.asking()
            try:
                answer = await self._clients[path].post("/v1/signals", pack([asked]), POLL_ANSWER_S)
                self._owner.heard(path, asked, _frames(answer))
            except (LinkError, AnswerError) as error:
                self._owner.path(path, str(error))
            else:
                self._owner.path(path, "")
                self._relay.hurry(self.index)
                self.wake()
            due_s = self._paths.poll_ms(path) / 1000
            began = monotonic_ms()
            while monotonic_ms() - began < due_s * 1000:  # stepping up shortens it meanwhile
                await asyncio.sleep(min(due_s, 1.0))
                due_s = self._paths.poll_ms(path) / 1000

    async def _receipts(self) -> None:
        pause_s = PAUSE_S_MIN
        while True:
            where = f"/v1/receipts?after={self.sequence}&wait_s={RECEIPTS_S}"
            receipts: list[bytes] = []
            moved = False
            try:
                body = pack([self._owner.asking()])
                wait_s = RECEIPTS_S + ANSWER_S_MAX
                receipts, answer = await self._ask(
                    self._pollers, where, body, wait_s, lambda answer: (_frames(answer), answer)
                )
                moved = answer.sequence >= 0 and await self._owner.receipts(self, receipts, answer)
            except (LinkError, AnswerError):
                pass  # its path has been told; here only patience is asked for
            if moved:
                self.sequence = answer.sequence
                pause_s = PAUSE_S_MIN
                if receipts:
                    continue
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311 - as above
            pause_s = PAUSE_S_MIN if moved else min(2 * pause_s, PAUSE_S_MAX)

    async def _fetch(self) -> None:
        """Pieces for keypads, by a connection of their own; a failure here says nothing of a path.

        Nothing is lost with one: the receiver gives a piece again until the keypad has answered.
        """
        pause_s = PAUSE_S_MIN
        while True:
            client = self._fetchers[self._paths.best(self.index)[0]]
            where = f"/v1/pieces?wait_s={RECEIPTS_S}"
            try:
                body = pack([self._owner.asking()])
                answer = await client.post(where, body, RECEIPTS_S + ANSWER_S_MAX)
                done = await self._owner.pieces(self, _frames(answer))
            except (LinkError, AnswerError):
                done = False
            pause_s = PAUSE_S_MIN if done else min(2 * pause_s, FETCH_PAUSE_S_MAX)
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311 - as above


def _frames(answer: Answer) -> list[bytes]:
    try:
        return unpack(answer.body)
    except WireError as error:
        raise AnswerError(f"answered no batch: {error}; is this a receiver?") from error

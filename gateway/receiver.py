"""One receiver over HTTP: orders up its lanes, receipts down a long poll.

It promises that an alarm has a connection that heartbeats keep warm but never fill, that a reused
connection which died meanwhile is tried again at once on a new one, and that no answer is read
beyond its bound. What to send and when again is the relay's to say.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import ssl
from typing import TYPE_CHECKING, Protocol

import httpx

from alarm_wire.batch import BATCH_BYTES_MAX, pack, unpack
from alarm_wire.frame import WireError
from gateway.errors import AnswerError, LinkError
from gateway.relay import ALARMS, BEATS, LANES
from gateway.writer import monotonic_ms

if TYPE_CHECKING:
    from gateway.config import Receiver
    from gateway.relay import Act, Order, Relay

BODY_TYPE = "application/vnd.holdfast.batch"
CONNECT_S = 3.0
ANSWER_S = {ALARMS: 5.0, BEATS: 5.0}
ANSWER_S_MAX = 15.0
POLL_S = 25
POLL_PAUSE_S_MAX = 10.0
IDLE_S = 86_400.0
NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
TOO_MUCH = (400, 413, 500)
"""Answers that a smaller body may not get."""
BUSY = (429, 503)
OK = 200


class Owner(Protocol):
    """Who does what the acts say, and seals."""

    def act(self, link: Link, acts: list[Act]) -> None:
        """Do these, in order."""

    def frames(self, order: Order) -> list[bytes]:
        """The bytes of an order, as sent now."""

    def path(self, link: Link, why: str) -> None:
        """The path stands ('' as why) or has fallen."""

    def asking(self) -> bytes:
        """A heartbeat of ours that proves who asks for receipts."""

    def receipts(self, link: Link, receipts: list[bytes], sequence: int) -> bool:
        """Hand these on; whether all were, so that the sequence may move on."""


class Link:
    """Receiver number `index`; runs as asyncio tasks between `start` and `stop`."""

    def __init__(self, index: int, receiver: Receiver, relay: Relay, owner: Owner) -> None:
        self.index = index
        self.name = receiver.name
        self.url = receiver.url
        self.sequence = 0
        self._relay = relay
        self._owner = owner
        self._receiver = receiver
        self._wake = {lane: asyncio.Event() for lane in LANES}
        self._tasks: list[asyncio.Task[None]] = []
        self._client = self._made(len(LANES))
        self._poller = self._made(1)

    def start(self) -> None:
        """Start the lanes and the long poll."""
        loop = asyncio.get_running_loop()
        for lane in LANES:
            self._tasks.append(loop.create_task(self._lane(lane), name=f"{self.name}-{lane}"))
        self._tasks.append(loop.create_task(self._poll(), name=f"{self.name}-poll"))

    async def stop(self) -> None:
        """End the tasks; what was under way is owed still."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()
        await self._poller.aclose()

    def wake(self, *lanes: int) -> None:
        """Something new may be due."""
        for lane in lanes or LANES:
            self._wake[lane].set()

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
        try:
            answers = await self._post(order)
            acts = self._relay.answered(order, answers)
        except (LinkError, AnswerError) as error:
            self._relay.failed(
                order,
                monotonic_ms(),
                random.random(),  # noqa: S311 - spreads retries, guards nothing
                retry_after_ms=getattr(error, "retry_after_ms", None),
                smaller=getattr(error, "smaller", False),
            )
            self._owner.path(self, str(error))
            return
        self._owner.path(self, "")
        self._owner.act(self, acts)
        self.wake()

    async def _post(self, order: Order) -> list[bytes]:
        body = pack(self._owner.frames(order))
        wait_s = ANSWER_S.get(order.lane, ANSWER_S_MAX)
        _, answer = await self._ask(self._client, "/v1/signals", body, wait_s)
        try:
            return unpack(answer)
        except WireError as error:
            raise AnswerError(f"{self.url}: answered no batch: {error}") from error

    async def _poll(self) -> None:
        pause_s = 0.1
        while True:
            where = f"/v1/receipts?after={self.sequence}&wait_s={POLL_S}"
            try:
                body = pack([self._owner.asking()])
                headers, answer = await self._ask(self._poller, where, body, POLL_S + ANSWER_S_MAX)
                sequence = int(headers.get("holdfast-sequence", ""))
                receipts = unpack(answer)
            except (LinkError, AnswerError, WireError, ValueError):
                pass  # the lanes tell of the path; here only patience is asked for
            else:
                if sequence >= 0 and self._owner.receipts(self, receipts, sequence):
                    self.sequence = sequence
                    pause_s = 0.1
                    if receipts:
                        continue
            await asyncio.sleep(pause_s * (0.5 + random.random() / 2))  # noqa: S311 - as above
            pause_s = min(2 * pause_s, POLL_PAUSE_S_MAX)

    async def _ask(
        self, client: httpx.AsyncClient, where: str, body: bytes, wait_s: float
    ) -> tuple[httpx.Headers, bytes]:
        """One POST. A reused connection that died meanwhile gets one more try, at once."""
        timeout = httpx.Timeout(wait_s, connect=CONNECT_S)
        for last in (False, True):
            try:
                async with client.stream(
                    "POST",
                    self.url + where,
                    content=body,
                    headers={"Content-Type": BODY_TYPE},
                    timeout=timeout,
                ) as response:
                    return response.headers, await self._read(response)
            except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError) as error:
                if last:
                    raise LinkError(f"{self.url}: {type(error).__name__} {error}") from error
            except httpx.HTTPError as error:
                raise LinkError(f"{self.url}: {type(error).__name__} {error}") from error
        raise AssertionError  # the loop returns or raises

    async def _read(self, response: httpx.Response) -> bytes:
        if response.status_code != OK:
            raise LinkError(
                f"{self.url}: answered {response.status_code}; see the receiver's own log",
                retry_after_ms=retry_after_ms(response.headers.get("retry-after", "")),
                smaller=response.status_code in TOO_MUCH,
            )
        answer = b""
        async for part in response.aiter_raw():
            answer += part
            if len(answer) > BATCH_BYTES_MAX:
                raise AnswerError(f"{self.url}: answered more than {BATCH_BYTES_MAX} bytes")
        return answer

    def _made(self, connections: int) -> httpx.AsyncClient:
        verify: ssl.SSLContext | bool = False
        if self.url.startswith("https:"):
            verify = ssl.create_default_context(cafile=self._receiver.ca_file or None)
        transport = httpx.AsyncHTTPTransport(
            verify=verify,
            trust_env=False,
            limits=httpx.Limits(
                max_connections=connections,
                max_keepalive_connections=connections,
                keepalive_expiry=IDLE_S,
            ),
            socket_options=NO_DELAY,
        )
        return httpx.AsyncClient(transport=transport, trust_env=False)


def retry_after_ms(text: str) -> int | None:
    """A Retry-After in seconds as milliseconds; None for none, or for a date."""
    return int(text) * 1000 if text.isascii() and text.isdigit() and len(text) < 6 else None  # noqa: PLR2004

"""A receiver of another maker, by SIA DC-09 over TCP or UDP: it gets every signal as well.

It promises one frame at a time, each repeated with its own sequence number until it is
acknowledged; the receiver's time after a NAK; a NULL when nothing was said for a while, so that the
line is supervised. An acknowledgement of theirs is no receipt of ours: it never reaches a keypad.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from typing import TYPE_CHECKING, Protocol

from alarm_wire.frame import WireError, signal_of
from gateway.dc09 import NULL, SEQUENCE_MAX, Answer, decode, encode, event
from gateway.errors import AnswerError, GatewayError, LinkError
from gateway.relay import ALARMS, OTHERS
from gateway.writer import monotonic_ms

if TYPE_CHECKING:
    from gateway.acts import Act, Frame, Order
    from gateway.outsiders import Outsider as Config
    from gateway.relay import Relay

ANSWER_S = 5.0
TRIES = 3
"""Sendings of one frame before its line counts as failed."""
SKEW_S_MAX = 86_400
"""A receiver that says it is further away than that is not believed."""
_FRAME_BYTES_MAX = 1_024


class Owner(Protocol):
    """Who does what the acts say."""

    def act(self, link: OutsiderLink | None, acts: list[Act]) -> None:
        """Do these, in order."""

    def path(self, path: int, why: str) -> None:
        """The path stands ('' as why) or has failed."""

    def forwarded(self, frame: Frame, receiver: str) -> None:
        """A signal is on its way."""


class DuhError(GatewayError):
    """The receiver understands the frame's form but not what it is about."""


class OutsiderLink:
    """Number `index` among the relay's receivers, reached by path `path`."""

    def __init__(self, index: int, path: int, config: Config, relay: Relay, owner: Owner) -> None:
        self.index = index
        self.name = config.name
        self._path = path
        self._config = config
        self._relay = relay
        self._owner = owner
        self._wake = asyncio.Event()
        self._wire: _Wire | None = None
        self._sequence = 0
        self._skew_s = 0.0
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the one task: one frame at a time."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """End it; what was under way is owed still."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._close()

    def wake(self, *lanes: int) -> None:
        """Something new may be due."""
        del lanes
        self._wake.set()

    def failed_tasks(self) -> list[BaseException]:
        """What ended the task, which should not have ended."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return []
        return [self._task.exception() or RuntimeError(f"{self.name} ended")]

    async def _run(self) -> None:
        quiet_ms = 0  # a NULL at once tells whether anybody is there
        while True:
            order = self._next()
            if order is not None:
                await self._send(order)
                quiet_ms = monotonic_ms() + self._config.poll_s * 1000
                continue
            waits = [
                self._relay.wait_ms(self.index, lane, monotonic_ms()) for lane in (ALARMS, OTHERS)
            ]
            if monotonic_ms() >= quiet_ms:
                await self._supervise()
                quiet_ms = monotonic_ms() + self._config.poll_s * 1000
                continue
            due_ms = min([quiet_ms - monotonic_ms(), *(wait for wait in waits if wait is not None)])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, due_ms / 1000)):
                    await self._wake.wait()
            self._wake.clear()

    def _next(self) -> Order | None:
        for lane in (ALARMS, OTHERS):
            order = self._relay.next(self.index, lane, monotonic_ms(), limit=1)
            if order is not None:
                return order
        return None

    async def _send(self, order: Order) -> None:
        (frame,) = order.frames
        try:
            signal = signal_of(frame.content)
            self._owner.forwarded(frame, self.name)
            await self._say(self._config.line.token, event(signal, self._config.line.token))
        except (GatewayError, WireError) as error:
            self._relay.failed(
                order,
                monotonic_ms(),
                random.random(),  # noqa: S311 - spreads retries, guards nothing
                smaller=isinstance(error, (DuhError, WireError)),
            )
            self._owner.path(self._path, str(error))
            return
        self._owner.path(self._path, "")
        self._owner.act(self, self._relay.accepted(order))

    async def _supervise(self) -> None:
        try:
            await self._say(NULL, "")
        except GatewayError as error:
            self._owner.path(self._path, str(error))
        else:
            self._owner.path(self._path, "")
            self._relay.hurry(self.index)

    async def _say(self, token: str, data: str) -> None:
        """One frame and its acknowledgement. Raises LinkError, AnswerError or DuhError."""
        if token == NULL:
            sequence = 0
        else:
            self._sequence = sequence = self._sequence % SEQUENCE_MAX + 1
        line = self._config.line
        failure: GatewayError = LinkError("")
        for _ in range(TRIES):
            raw = encode(line, token, sequence, data, time.time() + self._skew_s, os.urandom(16))
            try:
                answer = decode(await self._exchange(raw), line)
                if answer.kind == "ACK" and answer.sequence == sequence:
                    return
                failure = self._unhappy(answer)
            except (LinkError, AnswerError) as error:
                self._close()
                failure = error
            if isinstance(failure, DuhError):
                break
        raise failure

    def _unhappy(self, answer: Answer) -> GatewayError:
        where = f"{self.name} {self._config.host}:{self._config.port}"
        if answer.kind == "DUH":
            return DuhError(f"{where}: DUH, it cannot take this signal; others go on")
        if answer.kind == "NAK" and answer.utc_s is not None:
            skew_s = answer.utc_s - time.time()
            if abs(skew_s) < SKEW_S_MAX:
                self._skew_s = skew_s
            return AnswerError(
                f"{where}: NAK; its clock differs by {skew_s:.0f} s, or the key does"
            )
        return AnswerError(f"{where}: {answer.kind} {answer.sequence}; account and key right?")

    async def _exchange(self, raw: bytes) -> bytes:
        where = f"{self._config.host}:{self._config.port}"
        try:
            async with asyncio.timeout(ANSWER_S):
                if self._wire is None:
                    self._wire = await _Wire.opened(self._config)
                return await self._wire.exchange(raw)
        except TimeoutError as error:
            raise LinkError(f"{self.name} {where}: no answer in {ANSWER_S:.0f} s") from error
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            raise LinkError(f"{self.name} {where}: {error}; is the receiver running?") from error

    def _close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


class _Wire(asyncio.DatagramProtocol):
    """TCP or UDP: one frame out, one frame back."""

    def __init__(self) -> None:
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._datagrams: asyncio.Queue[bytes] = asyncio.Queue(16)
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def opened(cls, config: Config) -> _Wire:
        wire = cls()
        if config.transport == "tcp":
            wire._reader, wire._writer = await asyncio.open_connection(
                config.host, config.port, limit=_FRAME_BYTES_MAX
            )
        else:
            loop = asyncio.get_running_loop()
            wire._transport, _ = await loop.create_datagram_endpoint(
                lambda: wire, remote_addr=(config.host, config.port)
            )
        return wire

    async def exchange(self, raw: bytes) -> bytes:
        if self._reader is not None and self._writer is not None:
            self._writer.write(raw)
            await self._writer.drain()
            answer = await self._reader.readuntil(b"\r")
            return answer[answer.rfind(b"\n") :] if b"\n" in answer else answer
        assert self._transport is not None  # noqa: S101 - `opened` made one of the two
        while not self._datagrams.empty():
            self._datagrams.get_nowait()  # an answer to a frame that we have given up
        self._transport.sendto(raw)
        return await self._datagrams.get()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """An answer; too many at once are dropped, the frame is sent again."""
        del addr
        with contextlib.suppress(asyncio.QueueFull):
            self._datagrams.put_nowait(data[:_FRAME_BYTES_MAX])

    def error_received(self, exc: Exception) -> None:
        """A port that nobody listens on; silence says the same."""
        del exc

"""HTTP connections on which requests arrive in time, or that are closed; and the way past ASGI.

It promises that nobody holds a connection for nothing: a request's head has HEAD_S to arrive, its
body BODY_S more (a batch of signals BODY_S_MAX), counted from the first byte and not anew with each
one. Idle connections between requests keep the server's own limit.

A batch of signals goes from the parser straight to the intake door and its answer straight to the
socket: no task, no copy of the request, nothing that waits but its place. Whatever is unusual about
one (pipelined behind another, HTTP/1.0, Expect, a reader that does not read) takes the ASGI way to
the same door.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from alarm_receiver.web import intake
from alarm_receiver.web.answers import as_bytes, broken, full, problem, too_long, too_slow
from alarm_receiver.web.room import Room
from alarm_wire.batch import BATCH_BYTES_MAX

if TYPE_CHECKING:
    from alarm_receiver.web.answers import Answer
    from alarm_receiver.web.intake import Intake

HEAD_S = 10.0
BODY_S = 60.0


class Batch(RequestResponseCycle):
    """A batch of signals between its head and its answer, where uvicorn has its ASGI cycle."""

    message_event = asyncio.Event()  # nobody waits for it

    def __init__(self, *, keep_alive: bool) -> None:
        self.body = bytearray()
        self.more_body = True
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False


class Hurried(HttpToolsProtocol):
    """uvicorn's protocol with a deadline for what comes in; `door` takes batches of signals."""

    door: ClassVar[Intake | None] = None
    room: ClassVar[Room] = Room()
    _new = True
    _arriving = True
    _headed = False
    _stage_s = 0.0
    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a request."""
        super().connection_made(transport)
        self._expect(HEAD_S)
        if not self.room.enter(self):
            transport.write(as_bytes(full(), last=True))
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._expect(0)
        self.room.left(self)
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """The first byte of a request is here."""
        self._arriving, self._headed = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is here."""
        self._headed = True
        if self.url == b"/v1/signals" and self._usual():
            self.cycle = Batch(keep_alive=self.parser.should_keep_alive())
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of its body is here."""
        super().on_body(body)
        cycle = self.cycle
        if type(cycle) is Batch and len(cycle.body) > BATCH_BYTES_MAX:
            self._answer(cycle, problem(too_long()))

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._arriving = False
        super().on_message_complete()
        cycle = self.cycle
        if type(cycle) is Batch and not cycle.response_complete and self.door is not None:
            answered = partial(self._answer, cycle)
            try:
                self.door.begin(bytes(cycle.body), answered)
            except Exception:
                self.logger.exception("the intake door failed")
                answered(broken())

    def data_received(self, data: bytes) -> None:
        """Parse, then see what is still owed."""
        super().data_received(data)
        if self._arriving:
            stage_s = HEAD_S if not self._headed else BODY_S if self._batch is None else _batch_s()
        else:
            # Bytes that begin no request ended uvicorn's wait for the next one.
            answered = self.cycle is not None and self.cycle.response_complete
            stage_s = HEAD_S if answered and self.timeout_keep_alive_task is None else 0
        if stage_s != self._stage_s:
            self._expect(stage_s)

    def on_response_complete(self) -> None:
        """One request was answered."""
        if self._new:
            self._new = False
            self.room.asked(self)
        super().on_response_complete()

    def rests(self) -> bool:
        """Whether no request is under way; one whose head drips is not yet one (room.Guest)."""
        return self.cycle is None or self.cycle.response_complete

    def leave(self) -> None:
        """Make room for another (room.Guest)."""
        self.transport.abort()

    @property
    def _batch(self) -> Batch | None:
        """The batch whose body is arriving."""
        cycle = self.cycle
        if type(cycle) is Batch and cycle.more_body and not cycle.response_complete:
            return cycle
        return None

    def _usual(self) -> bool:
        """Whether the batch that begins may take the way past ASGI."""
        return (
            self.door is not None
            and (self.cycle is None or self.cycle.response_complete)
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and not self.expect_100_continue
            and not self.parser.should_upgrade()
            and not self.flow.write_paused
        )

    def _answer(self, cycle: Batch, answer: Answer) -> None:
        """Answer the batch of `cycle`, unless it has been, or nobody is there any more."""
        if cycle.response_complete:
            return
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return
        self.transport.write(as_bytes(answer, last=not cycle.keep_alive))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _expect(self, stage_s: float) -> None:
        """Close the connection after `stage_s`; 0: no more."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._stage_s = stage_s
        if stage_s:
            self._due = self.loop.call_later(stage_s, self._too_slow)

    def _too_slow(self) -> None:
        self._due = None
        batch = self._batch
        if batch is not None:
            self._answer(batch, too_slow())
            self._expect(BODY_S)
        elif not self.transport.is_closing():
            self.transport.abort()


def hurried(door: Intake | None) -> type[Hurried]:
    """The protocol of a receiver with this intake door, or with none."""
    return type("Hurried", (Hurried,), {"door": door, "room": Room()})


def _batch_s() -> float:
    return intake.BODY_S_MAX

"""What the intake door answers: receipts, or a problem document that says what was wrong.

It promises one form for both ways out: the ASGI callable's and the bytes of `web.hurry`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from alarm_wire import batch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alarm_receiver.store.waiting import Unavailable


class HttpError(Exception):
    """An answer other than 200: status, title and detail of a problem document."""

    def __init__(self, status: int, title: str, detail: str, **more: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.detail = detail
        self.more = more


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way out: status, type and body, and headers beside type and length."""

    status: int
    type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


async def send_answer(send: Callable[[dict[str, Any]], Awaitable[None]], answer: Answer) -> None:
    """Answer an ASGI request."""
    headers = [
        (b"content-type", answer.type),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def as_bytes(answer: Answer, *, last: bool) -> bytes:
    """`answer` as HTTP/1.1 has it on the wire; the `last` one of its connection says so."""
    return b"".join(
        (
            STATUS_LINE[answer.status],
            b"content-type: ",
            answer.type,
            b"\r\ncontent-length: %d\r\n" % len(answer.body),
            *(b"%s: %s\r\n" % header for header in answer.headers),
            b"connection: close\r\n\r\n" if last else b"\r\n",
            answer.body,
        )
    )


def problem(error: HttpError, *headers: tuple[bytes, bytes]) -> Answer:
    """`error` as a problem document."""
    body = {"type": "about:blank", "title": error.title, "status": error.status}
    body |= {"detail": error.detail, **error.more}
    return Answer(error.status, b"application/problem+json", json.dumps(body).encode(), headers)


def unavailable(error: Unavailable) -> Answer:
    """Nothing was committed; ask again."""
    why = HttpError(503, "Service Unavailable", str(error))
    return problem(why, (b"retry-after", b"1"))


def full() -> Answer:
    """Every place for a connection is taken by one that is at work."""
    why = HttpError(503, "Service Unavailable", "too many connections at work; ask again")
    return problem(why, (b"retry-after", b"1"))


def too_slow() -> Answer:
    """A body that did not arrive within BODY_S_MAX."""
    return problem(HttpError(408, "Request Timeout", "the body came too slowly"))


def too_long() -> HttpError:
    """A body that no batch can have."""
    return HttpError(
        413, "Content Too Large", f"more than {batch.BATCH_BYTES_MAX} bytes in a batch"
    )


def broken() -> Answer:
    """A fault of ours. Perhaps it was committed: whoever sends again does no harm."""
    return problem(HttpError(500, "Internal Server Error", "the intake door failed; send again"))

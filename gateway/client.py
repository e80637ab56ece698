"""HTTP over one path: one POST, its answer within bounds, one retry for a connection that died.

It promises that a reused connection which the receiver closed meanwhile costs no wait, that no
answer is read beyond its bound nor waited for beyond its time, however it drips, and that every
failure is a LinkError that says what and where.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpcore

from alarm_wire.batch import BATCH_BYTES_MAX
from gateway.errors import AnswerError, LinkError
from gateway.trust import distrust, trusting
from gateway.wires import Wires

if TYPE_CHECKING:
    from gateway.config import Way

BODY_TYPE = b"application/vnd.holdfast.batch"
CONNECT_S = 3.0
IDLE_S = 86_400.0
NUMBER_MAX = 2**63 - 1
OK = 200
TOO_MUCH = (400, 413, 500)
"""Answers that a smaller body may not get."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200: its body, and the numbers of two headers (-1 when there was none).

    `sequence` is of the receipts' long poll; `confirmed` changes when the receiver's store is an
    older one that was put back.
    """

    body: bytes
    sequence: int
    confirmed: int = -1


class Client:
    """Connections to one receiver over one path, at most `connections` at once.

    `ends_s`: when the certificate ends that it showed last, in seconds since 1970; 0 without one.
    """

    def __init__(self, way: Way, connections: int) -> None:
        self.url = way.url
        self.ends_s = 0
        self._seen: object = None
        context = None
        if way.url.startswith("https:"):
            context = trusting(way.ca_file)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=IDLE_S,
            network_backend=Wires(way.interface),
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()

    async def post(self, where: str, body: bytes, wait_s: float) -> Answer:
        """The answer to one POST, whole in `wait_s`. Raises LinkError or AnswerError."""
        try:
            async with asyncio.timeout(CONNECT_S + wait_s):
                return await self._twice(where, body, wait_s)
        except TimeoutError as error:
            text = f"{self.url}: no whole answer in {wait_s} s; is it overloaded, or the way there?"
            raise LinkError(text) from error

    async def _twice(self, where: str, body: bytes, wait_s: float) -> Answer:
        try:
            return await self._once(where, body, wait_s)
        except (httpcore.RemoteProtocolError, httpcore.ReadError, httpcore.WriteError):
            pass  # most likely a kept connection that the receiver had closed: at once again
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            raise self._failed(error) from error
        try:
            return await self._once(where, body, wait_s)
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
        ) as error:
            raise self._failed(error) from error

    async def _once(self, where: str, body: bytes, wait_s: float) -> Answer:
        timeout = {"connect": CONNECT_S, "read": wait_s, "write": wait_s, "pool": wait_s}
        async with self._pool.stream(
            "POST",
            self.url + where,
            headers=[(b"Content-Type", BODY_TYPE), (b"Content-Length", b"%d" % len(body))],
            content=body,
            extensions={"timeout": timeout},
        ) as response:
            self._look(response.extensions["network_stream"].get_extra_info("ssl_object"))
            headers = {name.lower(): value for name, value in response.headers}
            if response.status != OK:
                raise LinkError(
                    f"{self.url}: answered {response.status}; see the receiver's own log",
                    retry_after_ms=retry_after_ms(headers.get(b"retry-after", b"")),
                    smaller=response.status in TOO_MUCH,
                    reached=True,
                )
            answer = b""
            async for part in response.aiter_stream():
                answer += part
                if len(answer) > BATCH_BYTES_MAX:
                    raise AnswerError(f"{self.url}: answered more than {BATCH_BYTES_MAX} bytes")
        return Answer(
            answer,
            number(headers.get(b"holdfast-sequence", b"")),
            number(headers.get(b"holdfast-confirmed", b"")),
        )

    def _look(self, secured: ssl.SSLObject | None) -> None:
        """Note when the receiver's certificate ends; once for each connection."""
        if secured is None or secured is self._seen:
            return
        self._seen = secured
        shown = secured.getpeercert() or {}
        self.ends_s = int(ssl.cert_time_to_seconds(str(shown["notAfter"])))

    def _failed(self, error: Exception) -> LinkError:
        untrusted = distrust(error)
        if untrusted:
            return LinkError(f"{self.url}: {untrusted}")
        what = f"{type(error).__name__} {error}".strip()
        return LinkError(f"{self.url}: {what}; is the receiver running and the network up?")


def number(text: bytes) -> int:
    """A number from a header; -1 for none, or for one that SQLite could not keep."""
    found = int(text) if text.isdigit() and len(text) < 20 else -1  # noqa: PLR2004 - 64 bits
    return found if found <= NUMBER_MAX else -1


def retry_after_ms(text: bytes) -> int | None:
    """A Retry-After in seconds as milliseconds; None for none, or for a date."""
    return int(text) * 1000 if text.isdigit() and len(text) < 6 else None  # noqa: PLR2004 - days

"""HTTP to addresses that somebody typed in: where it leads is checked, how long it takes bounded.

It promises that a name is resolved once and that the address which was checked is the one
connected to, so that a name that changes its mind in between gains nothing; that no redirect is
followed and no proxy of the environment is asked; and that a request ends after `TOTAL_S`,
however slowly the other side drips.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

import httpcore

from alarm_receiver.domain.outward import refused
from alarm_receiver.within import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from alarm_receiver.domain.outward import Network

TOTAL_S = 10.0
SHOWN_MAX = 1_000
_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    OSError,
    ValueError,
)


class Forbidden(OSError):
    """The name leads to no address that may be connected to; the text says why."""


class NotAnswered(Exception):
    """No whole answer came; the text says why."""


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that may be connected to, and to no name."""

    def __init__(self, allowed: Iterable[Network], resolve: Callable[..., Any]) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as in the class above; the whole is bounded
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that passes and answers."""
        why: Exception = Forbidden(f"{host} has no address")
        for address in await self._addresses(host, port):
            said = refused(address, self._allowed)
            if said:
                why = Forbidden(said)
                continue
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                why = error
        raise why

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            None, partial(self._resolve, host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(one[4][0]) for one in found))


class Outward:
    """POSTs, each over a connection of its own.

    `shown`: by host and port, when the certificate ends that was shown there, in ms since 1970.
    """

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        resolve: Callable[..., Any] | None = None,
    ) -> None:
        self.shown: dict[str, int] = {}
        self._trust = ssl.create_default_context()
        self._ways = _Checked(allowed, resolve or socket.getaddrinfo)

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; its body is not read. Raises NotAnswered."""
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"Content-Length", str(len(body)).encode()))
        try:
            target = httpcore.URL(url)
            raw.append((b"Host", _host_header(target)))
            return within(TOTAL_S, self._ask(target, body, raw))
        except _ERRORS as error:
            raise NotAnswered(f"{type(error).__name__}: {_innermost(error)}") from error

    def reach(self, url: str, total_s: float) -> str:
        """Connect, and encrypt; nothing is posted. How far it went. Raises NotAnswered."""
        try:
            return within(total_s, self._connect(httpcore.URL(url)))
        except _ERRORS as error:
            raise NotAnswered(f"{type(error).__name__}: {_innermost(error)}") from error

    async def _connect(self, target: httpcore.URL) -> str:
        host, secured = target.host.decode(), target.scheme == b"https"
        stream = await self._ways.connect_tcp(host, target.port or (443 if secured else 80))
        if secured:
            stream = await stream.start_tls(self._trust, host)
        try:
            inner = stream.get_extra_info("ssl_object")
            return f"{inner.version() if inner else 'no TLS'}; only the connection was tried"
        finally:
            await stream.aclose()

    async def _ask(
        self, target: httpcore.URL, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> int:
        async with (
            httpcore.AsyncConnectionPool(
                ssl_context=self._trust, max_keepalive_connections=0, network_backend=self._ways
            ) as pool,
            pool.stream("POST", target, headers=headers, content=body) as answer,
        ):
            self._look(target, answer.extensions["network_stream"])
            return answer.status

    def _look(self, target: httpcore.URL, stream: httpcore.AsyncNetworkStream) -> None:
        secured = stream.get_extra_info("ssl_object")
        if secured is None:
            return
        ends_s = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
        if len(self.shown) >= SHOWN_MAX:
            self.shown.clear()
        self.shown[f"{target.host.decode()}:{target.port or 443}"] = int(ends_s) * 1000


def _innermost(error: BaseException) -> BaseException:
    """What the system said, beneath what was made of it on the way up."""
    while error.__cause__ is not None and str(error.__cause__):
        error = error.__cause__
    return error


def _host_header(url: httpcore.URL) -> bytes:
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    usual = {b"http": 80, b"https": 443}.get(url.scheme)
    return host if url.port in (None, usual) else host + b":%d" % url.port

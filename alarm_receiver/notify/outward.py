"""HTTP to addresses that somebody typed in: where it leads is checked, how long it takes bounded.

It promises that a name is resolved once and that the address which was checked is the one
connected to, so that a name that changes its mind in between gains nothing; that no redirect is
followed and no proxy of the environment is asked; and that a request ends after `TOTAL_S`,
however slowly the other side drips.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

import httpcore

from alarm_receiver.domain.outward import refused

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


class _Bounded(httpcore.NetworkStream):
    """A connection that ends at `until`, whatever each single read or write may take."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def _left_s(self, timeout: float | None) -> float:
        left_s = self._until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout(f"no whole answer in {TOTAL_S:.0f} s")
        return left_s if timeout is None else min(left_s, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the stream within reads."""
        return self._stream.read(max_bytes, self._left_s(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the stream within writes."""
        self._stream.write(buffer, self._left_s(timeout))

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        """The same, encrypted; the certificate is checked against the name in the URL."""
        inner = self._stream.start_tls(ssl_context, server_hostname, self._left_s(timeout))
        return _Bounded(inner, self._until)

    def get_extra_info(self, info: str) -> Any:
        """What the stream within knows."""
        return self._stream.get_extra_info(info)


class _Checked(httpcore.NetworkBackend):
    """Connects to addresses that may be connected to, and to no name."""

    def __init__(self, allowed: Iterable[Network], resolve: Callable[..., Any]) -> None:
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that passes and answers."""
        until = time.monotonic() + TOTAL_S
        why: Exception = Forbidden(f"{host} has no address")
        for address in self._addresses(host, port):
            said = refused(address, self._allowed)
            if said:
                why = Forbidden(said)
                continue
            try:
                stream = self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                why = error
                continue
            return _Bounded(stream, until)
        raise why

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        found = self._resolve(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(one[4][0]) for one in found))


class Outward:
    """POSTs, each over a connection of its own.

    `shown`: by host and port, when the certificate ends that was shown there, in ms since 1970.
    """

    def __init__(
        self,
        allowed: Iterable[Network] = (),
        resolve: Callable[..., Any] = socket.getaddrinfo,
    ) -> None:
        self.shown: dict[str, int] = {}
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_keepalive_connections=0,
            network_backend=_Checked(allowed, resolve),
        )

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; its body is not read. Raises NotAnswered."""
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), TOTAL_S)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"Content-Length", str(len(body)).encode()))
        try:
            target = httpcore.URL(url)
            raw.append((b"Host", _host_header(target)))
            with self._pool.stream(
                "POST", target, headers=raw, content=body, extensions={"timeout": timeouts}
            ) as answer:
                self._look(target, answer.extensions["network_stream"])
                return answer.status
        except _ERRORS as error:
            raise NotAnswered(f"{type(error).__name__}: {error}") from error

    def _look(self, target: httpcore.URL, stream: httpcore.NetworkStream) -> None:
        secured = stream.get_extra_info("ssl_object")
        if secured is None:
            return
        ends_s = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
        if len(self.shown) >= SHOWN_MAX:
            self.shown.clear()
        self.shown[f"{target.host.decode()}:{target.port or 443}"] = int(ends_s) * 1000

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()


def _host_header(url: httpcore.URL) -> bytes:
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    usual = {b"http": 80, b"https": 443}.get(url.scheme)
    return host if url.port in (None, usual) else host + b":%d" % url.port

"""TCP for HTTP: sockets bound to a network interface before they connect, without delay.

httpcore sets options only after it has connected, which is too late to choose an interface; this
backend opens the socket itself and promises TCP_NODELAY, so that an alarm of 80 bytes leaves at
once, and a keep-alive probe that finds a dead path while nothing is said.
"""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

PROBE_S = 20
PROBES = 3


class Wire(httpcore.AsyncNetworkStream):
    """One TCP connection, with TLS over it when asked."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's interface
        """Up to `max_bytes`; b'' at the end. Raises httpcore's ReadError or ReadTimeout."""
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(f"nothing came for {timeout} s") from error
        except OSError as error:
            raise httpcore.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - likewise
        """Send all of it. Raises httpcore's WriteError or WriteTimeout."""
        if not buffer:
            return
        try:
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError as error:
            raise httpcore.WriteTimeout(f"nothing was taken for {timeout} s") from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error

    async def aclose(self) -> None:
        """Close at once; nobody waits for what was not read."""
        self._writer.transport.abort()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> httpcore.AsyncNetworkStream:
        """The same connection under TLS. Raises httpcore's ConnectError or ConnectTimeout."""
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("no TLS in time") from error
        except OSError as error:  # ssl.SSLError is one
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks: the TLS object, and whether the other end has closed."""
        if info == "is_readable":
            return self._reader.at_eof() or self._writer.is_closing()
        if info == "ssl_object":
            return self._writer.get_extra_info("ssl_object")
        return None


class Wires(httpcore.AsyncNetworkBackend):
    """Opens connections over `interface`, or over whichever the routes say ('')."""

    def __init__(self, interface: str) -> None:
        self._interface = interface

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A new connection. Raises httpcore's ConnectError or ConnectTimeout."""
        del local_address, socket_options  # the interface says it all
        try:
            async with asyncio.timeout(timeout):
                return await self._connect(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(
                f"no connection to {host}:{port} in {timeout} s"
            ) from error
        except UnicodeError as error:  # a name that cannot be one
            raise httpcore.ConnectError(f"{host}: {error}") from error
        except OSError as error:
            raise httpcore.ConnectError(f"{error.strerror or error}") from error

    async def _connect(self, host: str, port: int) -> Wire:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError = OSError(f"{host} has no address")
        for family, kind, protocol, _, address in found:
            connection = socket.socket(family, kind, protocol)
            try:
                connection.setblocking(False)
                self._prepare(connection)
                await loop.sock_connect(connection, address)
                reader, writer = await asyncio.open_connection(sock=connection)
            except BaseException as error:
                connection.close()
                if not isinstance(error, OSError):
                    raise
                failure = error
            else:
                return Wire(reader, writer)
        raise failure

    def _prepare(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, PROBE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, PROBE_S)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, PROBES)
        if self._interface:
            name = self._interface.encode() + b"\0"
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, name)

"""Where others look in: a socket in the gateway's folder for `status`, HTTP for Prometheus.

Both only show; nothing that comes in changes anything, and what comes in is bounded in size and
time. The HTTP side listens on 127.0.0.1 and only when it is configured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from typing import TYPE_CHECKING

from gateway.status import metrics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.status import State

SOCKET = "status.sock"
LOOK_S = 2.0
ANSWER_S = 5.0
REQUEST_BYTES_MAX = 4096


def state_of(folder: Path) -> State:
    """What the gateway that runs on `folder` shows. Raises OSError or ValueError when none does."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_S)
        connection.connect(str(folder / SOCKET))
        state: State = json.loads(connection.makefile("rb").read())
    return state


class Window:
    """Shows what `look()` returns: on `folder`/status.sock, and on `port` unless that is 0."""

    def __init__(self, folder: Path, port: int, look: Callable[[], State]) -> None:
        self._path = folder / SOCKET
        self._port = port
        self._look = look
        self._servers: list[asyncio.Server] = []

    async def open(self) -> list[str]:
        """Open both; what could not be opened, and why. Carrying alarms goes on without."""
        failures = []
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            server = await asyncio.start_unix_server(self._state, str(self._path))
            self._path.chmod(0o600)
            self._servers.append(server)
        except OSError as error:
            failures.append(f"status {self._path}: {error.strerror}")
        if self._port:
            try:
                self._servers.append(
                    await asyncio.start_server(
                        self._metrics, "127.0.0.1", self._port, limit=REQUEST_BYTES_MAX
                    )
                )
            except OSError as error:
                failures.append(
                    f"metrics 127.0.0.1:{self._port}: {error.strerror}; choose another metrics.port"
                )
        return failures

    def close(self) -> None:
        """Close both."""
        for server in self._servers:
            server.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    async def _state(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _finish(writer, json.dumps(self._look()).encode() + b"\n")

    async def _metrics(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(LOOK_S):
                request = await reader.readuntil(b"\r\n\r\n")
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            writer.transport.abort()
            return
        found = request.startswith((b"GET /metrics ", b"GET / "))
        body = metrics(self._look()).encode() if found else b"there is /metrics\n"
        head = (
            f"HTTP/1.1 {'200 OK' if found else '404 Not Found'}\r\n"
            "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        await _finish(writer, head.encode() + body)


async def _finish(writer: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(OSError, TimeoutError):
        writer.write(data)
        async with asyncio.timeout(LOOK_S):
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            return
    writer.transport.abort()

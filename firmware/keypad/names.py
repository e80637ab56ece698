"""Looks up names without ever standing still: its own small resolver over UDP, and a memory.

MicroPython's own look-up blocks everything until it is answered, and a dead name server must not
hold up a press. So the address that was good last is kept in the NVS and used first; a name server
is asked only when there is none or it has just failed, and everything else goes on meanwhile. An
answer proves nothing: TLS proves the broker. Loaded only when a host of the settings is a name.
"""

import asyncio
import errno
import json
import os
import socket

from esp32 import NVS

from keypad.dns import answer, question
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

NAMESPACE = "holdfast"
_KEY = "addresses"
_PORT = const(53)
_TRIES = const(3)
_ANSWER_MS = const(800)
_LOOK_MS = const(20)
_ANSWER_BYTES = const(512)
_MEMORY_BYTES = const(600)


class Names:
    """Name -> dotted address. `server()` says whom to ask."""

    def __init__(self, server: "Callable[[], str]") -> None:
        self._server = server
        self._doubted: "list[str]" = []
        self._known: "dict[str, str]" = {}
        buffer = bytearray(_MEMORY_BYTES)
        try:
            length = NVS(NAMESPACE).get_blob(_KEY, buffer)
            self._known = json.loads(bytes(buffer[:length]))
        except (OSError, ValueError):
            pass  # none was good yet

    async def find(self, host: str) -> str:
        """An address to try: the last good one, or a fresh answer. OSError when there is none."""
        known = self._known.get(host)
        if known is not None and host not in self._doubted:
            return known
        try:
            return await self._ask(host)
        except OSError:
            if known is None:
                raise
            return known

    def good(self, host: str, address: str) -> None:
        """The broker was reached at `address`: remember it, durably if that is news."""
        if host in self._doubted:
            self._doubted.remove(host)
        if self._known.get(host) != address:
            self._known[host] = address
            nvs = NVS(NAMESPACE)
            nvs.set_blob(_KEY, json.dumps(self._known).encode())
            nvs.commit()

    def bad(self, host: str) -> None:
        """The broker was not reached there: ask before the next attempt."""
        if host not in self._doubted:
            self._doubted.append(host)

    async def _ask(self, host: str) -> str:
        server = self._server()
        if not server or server == "0.0.0.0":  # noqa: S104  # how a card says that it has none
            raise OSError(errno.EHOSTUNREACH)
        wire: "Any" = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            wire.setblocking(False)
            # connected: what comes from elsewhere is not ours
            wire.connect(socket.getaddrinfo(server, _PORT)[0][-1])
            for _ in range(_TRIES):
                mark = int.from_bytes(os.urandom(2), "big")
                wire.send(question(host, mark))
                for _ in range(_ANSWER_MS // _LOOK_MS):
                    await asyncio.sleep_ms(_LOOK_MS)
                    try:
                        body = wire.recv(_ANSWER_BYTES)
                    except OSError as error:
                        if error.errno == errno.EAGAIN:
                            continue
                        raise
                    address = answer(body, mark)
                    if address is not None:
                        return address
        finally:
            wire.close()
        raise OSError(errno.ETIMEDOUT)

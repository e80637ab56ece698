"""Wakes the other processes of a store when something was committed: a hint, never a promise.

Whoever waits looks by himself as well, four times a second (engines) or once (consoles): a bell
that is not heard costs that time and nothing else. On PostgreSQL it is NOTIFY, on SQLite a datagram
to each other process of the same data folder. It rings at once, then rests, however many commits
come.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import socket
import threading
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from alarm_receiver.store.database import engine_url

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

REST_S = 0.05
"""The shortest time between two rings: 20 a second are no load, and nobody notices the wait."""
AGAIN_S = 2.0
LISTEN_S = 0.5
CHANNEL = "holdfast"
FOLDER = "bells"
COMMITTED, JOINED = "!", "+"
"""What a ring tells: something was committed; or signals that joined live tickets and nothing else,
which is news for those who watch, and makes nothing due."""


class Wire(Protocol):
    """A way to the other processes."""

    def tell(self, what: str) -> None:
        """Ring theirs, with COMMITTED or JOINED. Raises OSError or SQLAlchemyError."""

    def hear(self) -> str:
        """Wait a moment for one of them; COMMITTED, JOINED, or nothing. Raises likewise."""

    def close(self) -> None:
        """Listen no longer."""


class Bell:
    """Calls `ringing` when this or another process of the store committed something.

    It is given COMMITTED or JOINED.
    """

    def __init__(
        self, wire: Callable[[], Wire], ringing: Callable[[str], None], log: Callable[..., None]
    ) -> None:
        self._wire = wire
        self._ringing = ringing
        self._log = log
        self._rung = threading.Event()
        self._here = False
        self._stopping = threading.Event()
        self._mute = False
        self._threads = [
            threading.Thread(target=self._run, args=(one,), name=name, daemon=True)
            for one, name in ((self._tell, "bell"), (self._hear, "bell-ear"))
        ]

    def start(self) -> None:
        """Begin."""
        for one in self._threads:
            one.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._rung.set()
        for one in self._threads:
            one.join()

    def ring(self, *, here: bool = True) -> None:
        """Something was committed here; called from any thread, and never waits.

        Without `here` only the other processes are told, that signals have joined.
        """
        if here:
            self._here = True
        if not self._rung.is_set():
            self._rung.set()

    def _run(self, use: Callable[[Wire], None]) -> None:
        while not self._stopping.is_set():
            try:
                with contextlib.closing(self._wire()) as wire:
                    while not self._stopping.is_set():
                        use(wire)
                        self._mute = False
            except (OSError, SQLAlchemyError) as error:
                if not self._mute:
                    self._log("bell_mute", error=str(error)[:200])
                self._mute = True
                self._stopping.wait(AGAIN_S)

    def _tell(self, wire: Wire) -> None:
        self._rung.wait()
        self._rung.clear()
        if self._stopping.is_set():
            return
        what = JOINED
        if self._here:
            self._here, what = False, COMMITTED
            self._ringing(what)
        wire.tell(what)
        self._stopping.wait(REST_S)

    def _hear(self, wire: Wire) -> None:
        if what := wire.hear():
            self._ringing(what)


class Sockets:
    """One datagram socket a process, all in a folder beside the SQLite store.

    The folder is reached through its descriptor: a socket's path has 107 bytes, a folder's any.
    """

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        self._name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._folder)
        try:
            self._socket.bind(self._path(name))
        except OSError:
            self.close()
            raise

    def tell(self, what: str) -> None:
        """A byte to every other socket of the folder; those that nobody listens to are removed."""
        for name in os.listdir(self._folder):  # noqa: PTH208 - pathlib knows no descriptors
            if name.partition(".")[0] == self._name.partition(".")[0] or name.endswith(".tell"):
                continue
            try:
                self._socket.sendto(what.encode(), socket.MSG_DONTWAIT, self._path(name))
            except (ConnectionRefusedError, FileNotFoundError):
                with contextlib.suppress(OSError):
                    os.unlink(name, dir_fd=self._folder)
            except BlockingIOError:
                pass  # it has rung already and will look

    def hear(self) -> str:
        """Wait a moment for a byte, then take all that came."""
        heard = ""
        if self._poll.poll(LISTEN_S * 1000):
            with contextlib.suppress(BlockingIOError):
                while one := self._socket.recv(1):
                    heard += one.decode("latin-1")
        return _most(heard)

    def close(self) -> None:
        """Take our socket away."""
        self._socket.close()
        with contextlib.suppress(OSError):
            os.unlink(self._name, dir_fd=self._folder)
        os.close(self._folder)

    def _path(self, name: str) -> str:
        return f"/proc/self/fd/{self._folder}/{name}"


class Notify:
    """LISTEN and NOTIFY, on a connection of its own outside every transaction that counts."""

    def __init__(self, url: str, name: str) -> None:
        self._name = name
        self._engine = create_engine(
            engine_url(url),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 5},
        )
        self._connection: Connection = self._engine.connect()
        self._listens = False

    def tell(self, what: str) -> None:
        """Ring, signed: our own ring is not news to us."""
        query = text(f"SELECT pg_notify('{CHANNEL}', :name)")
        self._connection.execute(query, {"name": self._name + what})

    def hear(self) -> str:
        """Wait a moment for a ring of somebody else."""
        if not self._listens:
            self._connection.execute(text(f"LISTEN {CHANNEL}"))
            self._listens = True
        driver = self._connection.connection.driver_connection
        assert driver is not None  # noqa: S101 - an open connection has one
        try:
            found = list(driver.notifies(timeout=LISTEN_S, stop_after=1))
        except driver_errors() as error:
            raise OSError(str(error)) from error
        others = (one.payload for one in found if not one.payload.startswith(self._name))
        return _most("".join(one[-1:] for one in others))

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()
        self._engine.dispose()


def _most(heard: str) -> str:
    """The ring that tells most of those that were heard; a word that nobody knows tells all."""
    return COMMITTED if heard.strip(JOINED) else heard[:1]


def driver_errors() -> type[Exception]:
    """What the driver raises when its connection is gone."""
    import psycopg

    return psycopg.Error


def wire_of(
    url: str, data: Path, preferred: Callable[[str], str] = lambda url: url
) -> Callable[[], Wire]:
    """How the processes of this store reach one another; one wire for each thread that asks."""
    me = secrets.token_hex(8)
    if not engine_url(url).startswith("sqlite"):
        return lambda: Notify(preferred(url), me)

    def sockets() -> Wire:
        telling = threading.current_thread().name == "bell"
        return Sockets(data / FOLDER, f"{me}.tell" if telling else f"{me}.hear")

    return sockets

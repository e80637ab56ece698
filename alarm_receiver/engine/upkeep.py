"""What has to be done now and then: link the audit, learn what other processes changed.

It promises that a device revoked through another process is believed no longer than two seconds,
and that the audit's head is logged once a minute, for whoever keeps it elsewhere. It also beats
in the store, together with whom this process heard: another one notices when it is dead, and after
a restart no old heartbeat counts again.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sqlite3
import threading
import time
import uuid
from typing import TYPE_CHECKING

from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import audit, health, heard, parts
from alarm_receiver.store.waiting import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from alarm_receiver.domain.hearing import Hearing
    from alarm_receiver.store.lately import Lately
    from alarm_receiver.store.signer import Signed
    from alarm_receiver.store.writer import Writer

EVERY_S = 1.0
REST = 6.0
"""How long linking rests after a piece of work, by the time that the piece took."""
HEAD_MS = 60_000
TWICE = "23505"
"""PostgreSQL's word for a key that is there already."""
KEPT_AT_ONCE = 2_000
"""Heartbeats kept in one transaction; a gateway in 20 s makes 500/s of 10,000 of them."""


class Upkeep:
    """One thread that does it all, every second."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        learn: Callable[[], None],
        hearing: Hearing,
        sign: Callable[[audit.Head, int], Signed],
        saw: Callable[[audit.Head, int], None] = lambda _head, _now_ms: None,
        part: str = "all",
        lately: Lately | None = None,
    ) -> None:
        self.me = parts.Where(str(uuid.uuid4()), part, socket.gethostname()[:80], os.getpid())
        self._hearing = hearing
        self._lately = lately
        self._seals = part in parts.ENGINES
        self._writer = writer
        self._reader = reader
        self._now_ms = now_ms
        self._log = log
        self._learn = learn
        self._sign = sign
        self._saw = saw
        self._headed_ms = 0
        self._headed = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Beat at once, so that nobody buries who died here and was started again as us."""
        with lasting(self._log, "upkeep"):
            self._writer.do(lambda connection: self._beat(connection, []))
        self._thread.start()

    def stop(self) -> None:
        """End after the current turn; this part is not dead but gone."""
        self._stopping.set()
        self._thread.join()
        kept = False
        with lasting(self._log, "upkeep"):
            self._note()
            self._writer.do(self._leave)
            kept = True
        if self._lately:
            self._lately.end(kept=kept)

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            with lasting(self._log, "upkeep"):
                self._turn()

    def _turn(self) -> None:
        self._learn()
        self._note()
        some = self._hearing.unkept(KEPT_AT_ONCE)
        self._writer.submit(Lane.STATUS, lambda connection: self._beat(connection, some)).wait(30)
        self._hearing.kept(some)
        while self._seals and not self._stopping.is_set() and self._seal() >= audit.AT_ONCE:
            pass
        now_ms = self._now_ms()
        with self._reader.connect() as connection:
            if now_ms - self._headed_ms >= HEAD_MS:
                self._headed_ms = now_ms
                last = audit.head(connection)
                if last.seq != self._headed:
                    self._headed = last.seq
                    signed = str(self._sign(last, now_ms))
                    self._log("audit_head", seq=last.seq, hash=last.hash.hex(), signed=signed)
                    with contextlib.suppress(OSError):  # a full disk says so elsewhere
                        self._saw(last, now_ms)

    def _note(self) -> None:
        """Whom we heard, beside the store: it outlives us, and costs no commit."""
        rows = self._hearing.lately()
        if self._lately:
            self._lately.note(rows, self._hearing.since_kept)

    def _seal(self) -> int:
        """Link some rows, then rest: whoever floods us must not wait for the record of it."""
        started = time.monotonic()
        with self._reader.connect() as connection:
            links = audit.prepare(connection, self._now_ms())
        if not links.rows:
            return 0
        unit = self._writer.submit(Lane.STATUS, lambda connection: audit.append(connection, links))
        try:
            count = unit.wait(30)
        except Exception as error:
            if not _was_quicker(error):
                raise
            count = 0  # another process has linked these rows meanwhile
        self._stopping.wait(REST * (time.monotonic() - started))
        return count

    def _beat(self, connection: Connection, some: list[heard.Kept]) -> None:
        """What was heard and that we live, in one transaction: who sees the beat sees both."""
        heard.keep(connection, some)
        health.keep(connection, self._hearing.said(some))
        now_ms = self._now_ms()
        if parts.beat(connection, self.me, now_ms):
            parts.forget(connection, now_ms)
            self._replace(connection)

    def _replace(self, connection: Connection) -> None:
        """Who died on this host and was started again as us is not missing."""
        for one in parts.everyone(connection):
            same = one.host == self.me.host and one.part == self.me.part and one.id != self.me.id
            if same and not _lives(one.pid):
                parts.leave(connection, one.id)

    def _leave(self, connection: Connection) -> None:
        heard.keep(connection, self._hearing.since_kept())
        parts.leave(connection, self.me.id)


def _was_quicker(error: Exception) -> bool:
    """Whether the database refused a link because one of that number is there already."""
    sqlstate = getattr(getattr(error, "orig", error), "sqlstate", "")
    return sqlstate == TWICE or isinstance(error, sqlite3.IntegrityError)


def _lives(pid: int) -> bool:
    """Whether a process of this host is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

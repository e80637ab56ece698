"""What has to be done now and then: link the audit, learn what other processes changed.

It promises that a device revoked through another process is believed no longer than two seconds,
and that the audit's head is logged once a minute, for whoever keeps it elsewhere. It also beats
in the store, so that a second engine notices when this one is dead.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.store import audit
from alarm_receiver.store.database import StoreError
from alarm_receiver.store.desk import engine_beat
from alarm_receiver.store.writer import Lane

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from alarm_receiver.store.writer import Writer

EVERY_S = 1.0
HEAD_MS = 60_000
DEAD_MS = 10_000
"""An engine silent for so long is dead; it is named once, and after an hour forgotten."""
FORGOTTEN_MS = 3_600_000


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
    ) -> None:
        self.id = str(uuid.uuid4())
        self.dead: set[str] = set()
        self._writer = writer
        self._reader = reader
        self._now_ms = now_ms
        self._log = log
        self._learn = learn
        self._headed_ms = 0
        self._headed = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current turn; this engine is not dead but gone."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(EVERY_S):
            try:
                self._turn()
            except (StoreError, SQLAlchemyError) as error:
                self._log("upkeep_waits", error=str(error)[:300])

    def _turn(self) -> None:
        self._learn()
        self._writer.submit(Lane.STATUS, self._beat).wait(30)
        while self._writer.submit(Lane.STATUS, self._seal).wait(30) >= audit.AT_ONCE:
            if self._stopping.is_set():
                return
        now_ms = self._now_ms()
        with self._reader.connect() as connection:
            self._look(connection, now_ms)
            if now_ms - self._headed_ms >= HEAD_MS:
                self._headed_ms = now_ms
                last = audit.head(connection)
                if last.seq != self._headed:
                    self._headed = last.seq
                    self._log("audit_head", seq=last.seq, hash=last.hash.hex())

    def _seal(self, connection: Connection) -> int:
        return audit.seal(connection, self._now_ms())

    def _beat(self, connection: Connection) -> None:
        now_ms = self._now_ms()
        result = connection.execute(
            update(engine_beat).where(engine_beat.c.id == self.id).values(beat_ms=now_ms)
        )
        if result.rowcount == 0:
            connection.execute(insert(engine_beat).values(id=self.id, beat_ms=now_ms, late_ms=0))

    def _look(self, connection: Connection, now_ms: int) -> None:
        """Name engines that have fallen silent."""
        query = select(engine_beat.c.id).where(
            engine_beat.c.beat_ms < now_ms - DEAD_MS,
            engine_beat.c.beat_ms > now_ms - FORGOTTEN_MS,
        )
        dead = set(connection.execute(query).scalars())
        for one in dead - self.dead:
            self._log("engine_dead", engine=one, remedy="restart it, or see why it fell silent")
        self.dead = dead

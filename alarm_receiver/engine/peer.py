"""Tells the other receiver what people did here, so that it need not do it again.

Both receivers get every signal and derive the same ticket id; neither needs the other to commit.
It promises no more than speed: while the link or the other side is down, both show the ticket and
two people may work on it. Silence would be worse (fail open toward people).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.store.tables import entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

LOOK_S = 0.25
PAGE = 100
TIMEOUT_S = 5.0
TOLD = ("acknowledge", "note", "answer", "call", "dispatch", "park", "transfer", "close")


class Peer:
    """Follows the entries of people and agencies, and posts them to the other receiver."""

    def __init__(self, reader: Engine, *, url: str, secret: str, log: Callable[..., None]) -> None:
        self._reader = reader
        self._url = url.rstrip("/") + "/v1/peer/acts"
        self._http = httpx.Client(timeout=TIMEOUT_S, headers={"Authorization": f"Bearer {secret}"})
        self._log = log
        self._seq = 0
        self._down = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="peer", daemon=True)

    def start(self) -> None:
        """Begin with what happens from now on."""
        with self._reader.connect() as connection:
            self._seq = connection.execute(select(func.max(entry.c.seq))).scalar() or 0
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()
        self._http.close()

    def _run(self) -> None:
        wait_s = LOOK_S
        while not self._stopping.wait(wait_s):
            try:
                self._turn()
                wait_s, self._down = LOOK_S, False
            except (httpx.HTTPError, SQLAlchemyError) as error:
                if not self._down:
                    self._log("peer_away", url=self._url, error=repr(error))
                wait_s, self._down = 1.0, True

    def _turn(self) -> None:
        query = select(entry).where(entry.c.seq > self._seq).order_by(entry.c.seq).limit(PAGE)
        with self._reader.connect() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            if row.act in TOLD and row.actor.startswith(("operator:", "agency:")):
                self._tell(row)
            self._seq = row.seq

    def _tell(self, row: Any) -> None:
        said = {"ticket": row.ticket, "act": row.act, "actor": row.actor}
        if row.act == "close":
            said["outcome"] = row.detail["outcome"]
        answer = self._http.post(self._url, json=said)
        if answer.status_code >= 500:  # noqa: PLR2004 - its trouble, not ours
            answer.raise_for_status()

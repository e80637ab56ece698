"""Sends pages: claims them under a lease, hands them to their channel, notes how far they got.

It promises at least once: a sender that dies leaves a lease that runs out, and another one sends
the page again under the same id. A page that cannot be sent never holds up another one: a mail
relay that hangs no SMS, an agency's system that hangs no other agency's. When its tries have ended
its ticket says so.
"""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.store import pages, paging, undelivered
from alarm_receiver.store.database import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine

    from alarm_receiver.domain.paged import Channel
    from alarm_receiver.store.writer import Writer

AT_ONCE = 64
"""Pages on their way at once."""
LANE_MAX = 4
"""So many of one lane, and no further one is begun: who hangs takes no more than twice that."""
SLEEP_S_MAX = 0.25


class Sender:
    """One sender in threads of its own."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        channels: Mapping[str, Channel],
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
    ) -> None:
        self.owner = str(uuid.uuid4())
        self.counts: Counter[tuple[str, str]] = Counter()
        """Tries by channel and how they ended."""
        self._writer = writer
        self._reader = reader
        self._channels = channels
        self._now_ms = now_ms
        self._log = log
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._flying: list[tuple[pages.Lane, Future[None]]] = []
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="sender")
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look again: something was committed."""
        self._wake.set()

    def stop(self) -> None:
        """End; what is being sent keeps its lease and is sent again by the next sender."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                busy = self._turn()
            except (StoreError, SQLAlchemyError) as error:
                self._log("sender_waits", error=str(error))
                busy = False
            if not busy:
                self._wake.wait(SLEEP_S_MAX)

    def _turn(self) -> bool:
        """Send what is due; whether there was anything."""
        self._flying = [one for one in self._flying if not one[1].done()]
        room = min(LANE_MAX, AT_ONCE - len(self._flying))
        if room <= 0:
            return False
        lanes = Counter(lane for lane, _ in self._flying)
        full = [lane for lane, count in lanes.items() if count >= LANE_MAX]
        with self._reader.connect() as connection:
            due_ms = pages.next_due_ms(connection, full)
        if due_ms is None or due_ms > self._now_ms():
            return False
        claimed = self._writer.do(
            lambda connection: pages.claim(connection, self.owner, self._now_ms(), room, full=full)
        )
        # Nobody waits for the slowest of them: the next pages go out beside it.
        self._flying += [
            (pages.lane_of(page), self._pool.submit(self._send, page)) for page in claimed
        ]
        return bool(claimed)

    def _send(self, page: pages.Page) -> None:
        state, detail = "", ""
        try:
            with self._reader.connect() as connection:
                paged = paging.read(connection, page, self._now_ms())
            channel = self._channels.get(page.channel)
            if channel is None:
                detail = f"no {page.channel} is set up here"
            else:
                state = channel.send(paged)
        except NotSent as error:
            detail = str(error)
        except Exception as error:  # noqa: BLE001 - one bad page must not end the sender
            detail = repr(error)
        try:
            self._writer.do(lambda connection: self._settle(connection, page, state, detail))
        except (StoreError, SQLAlchemyError) as error:
            self._log("page_unsettled", page=page.id, error=str(error))
        self.counts[page.channel, state or "failed"] += 1
        self._log("page", page=page.id, channel=page.channel, state=state or "failed", why=detail)

    def _settle(self, connection: Connection, page: pages.Page, state: str, detail: str) -> None:
        if state:
            pages.done(connection, page, self.owner, state, detail)
        elif pages.failed(connection, page, self.owner, detail, self._now_ms()):
            undelivered.note(connection, page.id, self._now_ms())

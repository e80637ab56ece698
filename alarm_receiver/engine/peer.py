"""Asks the other receiver what its people have taken or closed, and holds that here for them.

Both receivers get every signal, and neither needs the other to commit. It promises that what is
so over there is so here within a second of the link standing, however long it did not: it asks
about every live ticket again and again and remembers nothing. A duress word that was said over
there is one that was said here. While the link or the other side is down it changes nothing: both
then show what nobody here has taken (fail open toward people).
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import httpx

from alarm_receiver.domain.pair import Duress, Over, Word
from alarm_receiver.domain.ticket import TicketError
from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import pair
from alarm_receiver.store.tickets import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from alarm_receiver.domain.ticket import Act
    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer

REST_S = 0.25
"""Between two rounds of questions; a round that takes longer is followed by as long a rest."""
IDLE_S = 0.5
"""Between two rounds while nothing is live here: a duress word may have been said over there."""
AWAY_S = 1.0
TIMEOUT_S = 5.0
"""Of one question and its whole answer: a receiver that sends a byte now and then is away too."""
_AWAY = (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError)


class Peer:
    """Asks about all live tickets, round after round, in a thread of its own."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        *,
        url: str,
        secret: str,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        policies: Policies,
    ) -> None:
        self._writer = writer
        self._reader = reader
        self._url = url.rstrip("/") + "/v1/peer/claims"
        self._secret = secret
        self._now_ms = now_ms
        self._log = log
        self._policies = policies
        self._down = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="peer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the current question."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = REST_S
        with asyncio.Runner() as loop:
            line = _Line(loop, self._secret)
            while not self._stopping.wait(wait_s):
                started, wait_s = time.monotonic(), AWAY_S
                with lasting(self._log, "peer"):
                    try:
                        rest_s = REST_S if self._round(line) else IDLE_S
                        wait_s, self._down = max(rest_s, time.monotonic() - started), False
                    except _AWAY as error:
                        if not self._down:
                            self._log("peer_away", url=self._url, error=repr(error)[:300])
                        self._down = True
            line.close()

    def _round(self, line: _Line) -> bool:
        """Ask about every live ticket once, and for duress words; whether there was a ticket."""
        after = ""
        while not self._stopping.is_set():
            with self._reader.connect() as connection:
                asked = pair.questions(connection, after)
            if not asked and after:
                break
            told, words = _ask(line, self._url, asked)
            for one, said in zip(asked, told, strict=True):
                self._heed(one.ticket, said)
            for word in words:
                self._hear(word)
            if not asked:
                break
            after = asked[-1].ticket
        return bool(after)

    def _hear(self, told: Duress) -> None:
        with self._reader.connect() as connection:
            if pair.unheard(connection, told) is None:
                return
        now_ms = self._now_ms()
        id_ = self._writer.do(
            lambda connection: pair.hear(connection, told, policies=self._policies, now_ms=now_ms)
        )
        if id_ is not None:
            self._log("peer_duress_heard", ticket=id_, by=told.by)

    def _heed(self, id_: str, said: Word) -> None:
        def do(connection: Connection) -> list[Act]:
            return pair.heed(connection, id_, said, policies=self._policies, now_ms=self._now_ms())

        try:
            with self._reader.connect() as connection:
                wanted = pair.wanted(
                    connection, id_, said, policies=self._policies, now_ms=self._now_ms()
                )
            acts = self._writer.do(do) if wanted else []
        except (TicketError, Unknown) as error:
            self._log("peer_not_followed", ticket=id_, error=str(error)[:300])
            return
        if acts:
            self._log("peer_followed", ticket=id_, acts=[str(one) for one in acts], by=said.by)


class _Line:
    """One connection to the other receiver, in an event loop of the thread that asks."""

    def __init__(self, loop: asyncio.Runner, secret: str) -> None:
        self._loop = loop
        authorized = {"Authorization": f"Bearer {secret}"}
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, headers=authorized)

    def ask(self, url: str, question: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        """The answer, whole. Raises TimeoutError after TIMEOUT_S, ValueError, httpx.HTTPError."""
        answer = self._loop.run(self._talk(url, question))
        answer.raise_for_status()
        body: dict[str, list[dict[str, Any]]] = answer.json()
        return body

    def close(self) -> None:
        """Let the connection go."""
        self._loop.run(self._http.aclose())

    async def _talk(self, url: str, question: dict[str, Any]) -> httpx.Response:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._http.post(url, json=question)
        except TimeoutError as error:
            raise TimeoutError(f"no whole answer in {TIMEOUT_S:g} s") from error


def _ask(line: _Line, url: str, asked: list[pair.Question]) -> tuple[list[Word], list[Duress]]:
    body = line.ask(url, {"tickets": [asdict(one) for one in asked]})
    told = [Word(Over(one["over"]), one["by"], one["outcome"]) for one in body["tickets"]]
    # A receiver of an older version tells no words.
    words = [Duress(**one | {"devices": tuple(one["devices"])}) for one in body.get("words", [])]
    return told, words

"""Learns when certificates end, and puts those that end within two weeks before people.

It promises that what a device told of its certificate is known a few seconds later, that an end
which is near is on the technical ticket of its site once, and that a renewal takes it off again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alarm_receiver.domain.expiry import TICKET_MS, days_left
from alarm_receiver.engine.lasting import Turning
from alarm_receiver.store import certificates, troubles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection, Engine

    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer

EVERY_S = 5.0
AT_ONCE = 100
"""Written in one transaction; intake must not wait behind a thousand."""
KIND = "certificate_ends"


class Expiry(Turning):
    """One watcher in a thread of its own. `shown`: what servers showed, by origin, in ms."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        shown: Mapping[str, int],
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        policies: Policies,
    ) -> None:
        super().__init__("expiry", EVERY_S, log)
        self._writer = writer
        self._reader = reader
        self._shown = shown
        self._now_ms = now_ms
        self._policies = policies

    def _turn(self) -> None:
        now_ms = self._now_ms()
        with self._reader.connect() as connection:
            told = certificates.unread(connection)
            other = [
                (id_, ends_ms)
                for id_, url, known_ms in certificates.endpoints(connection)
                if (ends_ms := self._shown.get(origin(url), known_ms)) != known_ms
            ]
        if told:
            self._writer.do(lambda connection: self._fold(connection, now_ms))
        if other:
            self._writer.do(lambda connection: certificates.seen(connection, other))
        with self._reader.connect() as connection:
            due = certificates.due(connection, now_ms + TICKET_MS, AT_ONCE)
        if due:
            self._writer.do(lambda connection: self._tell(connection, due, now_ms))

    def _fold(self, connection: Connection, now_ms: int) -> None:
        for device in certificates.fold(connection):
            said: dict[str, object] = {"who": _who(device), "kind": KIND}
            site = certificates.whose(connection, device)
            troubles.restore(connection, site, said, policies=self._policies, now_ms=now_ms)
            self._log("certificate_renewed", device=device)

    def _tell(self, connection: Connection, due: list[Any], now_ms: int) -> None:
        for one in due:
            if not certificates.tell(connection, one.device, one.ends_ms, now_ms):
                continue
            days = days_left(one.ends_ms, now_ms)
            said: dict[str, object] = {
                "who": _who(one.device),
                "kind": KIND,
                "part": one.part,
                "ends_ms": one.ends_ms,
                "days": days,
            }
            troubles.silence(
                connection, one.agency, one.site, said, policies=self._policies, now_ms=now_ms
            )
            self._log("certificate_ends", device=one.device, part=one.part, days=days)


def origin(url: str) -> str:
    """Host and port of a URL: whose certificate it is."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 443}"


def _who(device: str) -> str:
    return f"certificate:{device}"

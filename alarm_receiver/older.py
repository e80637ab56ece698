"""A store that is older than what this receiver has seen is not served until somebody confirms it.

A backup that was put back, a machine that was set back, a failover that lost commits: the store is
whole and lacks the newest records, receipted ones among them. It promises that such a store is
told by what lies beside it and in no backup of it (the mark of `restore`, and the head of the
audit's chain as this receiver last saw it), that a folder in which nothing lies takes no store
that was served elsewhere and that nobody serves now, and that a confirmation is a deed, is on a
ticket, makes the gateways send again what they have sent lately, and lets no ticket have a number
that one of the missing tickets had.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from alarm_receiver.config import Misconfigured
from alarm_receiver.store import audit, troubles
from alarm_receiver.store.desk import audit as links
from alarm_receiver.store.desk import deed
from alarm_receiver.store.duty import engine_beat
from alarm_receiver.store.fence import write_safely
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.registry import OWN, make_agency
from alarm_receiver.store.tables import agency, entry, signal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

SEEN = "seen.json"
RESTORED = "restored.json"
CLOCK = "clock.json"
"""Every receiver that ever started in a folder has left it there."""
CONFIRMED = "confirm_store"
WHO = "store:restored"
ALIVE_MS = 60_000
"""A process that has beaten so lately serves the store: it is the newest one."""
NUMBERS = 1_000
"""Tickets' numbers go on at a full count of so many beyond what may have been lost."""


class Memory:
    """What lies in the data folder beside the store."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def saw(self, head: audit.Head, now_ms: int) -> None:
        """The head of the chain as it is in the store now."""
        self._write(SEEN, {"seq": head.seq, "hash": head.hash.hex(), "at_ms": now_ms})

    @contextmanager
    def restoring(self, source: Path, now_ms: int) -> Iterator[None]:
        """Mark what the block puts in the place of the store; before it: a crash bares nothing."""
        made = not self._folder.exists()
        self._folder.mkdir(parents=True, exist_ok=True)
        before = self._read(RESTORED)
        self._write(RESTORED, {"source": str(source), "at_ms": now_ms})
        try:
            yield
        except BaseException:
            if before:
                self._write(RESTORED, before)
            else:
                (self._folder / RESTORED).unlink(missing_ok=True)
            if made:
                with suppress(OSError):
                    self._folder.rmdir()
            raise

    def confirmed(self, head: audit.Head, now_ms: int) -> None:
        """Somebody has confirmed the store as it is."""
        self.saw(head, now_ms)
        (self._folder / RESTORED).unlink(missing_ok=True)

    def why(self, connection: Connection, now_ms: int) -> dict[str, Any]:
        """What is to be confirmed; empty when nothing is. Raises Misconfigured."""
        restored, seen = self._read(RESTORED), self._read(SEEN)
        if seen and _holds(connection, seen):
            seen = {}
        if not restored and not seen and not self._is_strange(connection, now_ms):
            return {}
        return {
            "source": restored.get("source", ""),
            "newest_ms": newest_ms(connection),
            "seen_ms": seen.get("at_ms", 0),
            "links": max(0, seen.get("seq", 0) - audit.head(connection).seq),
        }

    def _is_strange(self, connection: Connection, now_ms: int) -> bool:
        """Whether others served this store, nobody does now, and this folder never saw it."""
        if any((self._folder / one).exists() for one in (SEEN, CLOCK)):
            return False
        last = connection.execute(select(func.max(engine_beat.c.beat_ms))).scalar() or 0
        return audit.head(connection).seq > 0 and last < now_ms - ALIVE_MS

    def _write(self, name: str, what: dict[str, Any]) -> None:
        write_safely(self._folder / name, json.dumps(what))

    def _read(self, name: str) -> dict[str, Any]:
        path = self._folder / name
        if not path.exists():
            return {}
        try:
            found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Misconfigured(
                f"{path} cannot be read ({error}); look whether the store is the newest one, and "
                "remove this file when it is"
            ) from error
        return found


def set_back(connection: Connection) -> dict[str, Any]:
    """What is to be confirmed when store and folder were set back together; nothing tells it."""
    found = {"source": "", "newest_ms": newest_ms(connection), "seen_ms": 0, "links": 0}
    return found | {"set_back": True}


def in_words(why: dict[str, Any]) -> str:
    """What is to be confirmed, for people."""
    said = f"this store is the backup {why['source']}, put back" if why["source"] else ""
    if why.get("set_back"):
        said = "this store was set back together with its data folder"
    elif not said and not why["seen_ms"]:
        said = (
            "this data folder has never seen this store, which was served elsewhere and is not "
            "now: it may be an old one"
        )
    if why["seen_ms"]:
        lacks = f"{why['links']} records" if why["links"] else "records that differ"
        said = f"{said}; it" if said else "this store"
        said += f" lacks what this receiver saw until {_moment(why['seen_ms'])} ({lacks})"
    newest = _moment(why["newest_ms"]) if why["newest_ms"] else "none"
    return f"{said}. Its newest record: {newest}. What may have come after it is in no store"


def refuse(why: dict[str, Any], folder: Path) -> None:
    """Raise Misconfigured unless nothing is to be confirmed."""
    if why:
        raise Misconfigured(
            f"{in_words(why)}; gateways hold some of it and send it again once the store is "
            f"confirmed. When it is the right one: holdfast receiver confirm-store --data {folder} "
            "--by NAME, then start. Else put the right one there. See docs/operate.md, Backup"
        )


def confirm(connection: Connection, why: dict[str, Any], by: str, now_ms: int) -> None:
    """Write down who confirmed it, and put before people what is missing. Never commits."""
    make_agency(connection, OWN, "Own agency")
    row = {"agency": OWN, "at_ms": now_ms, "actor": f"command:{by}"[:80], "what": CONFIRMED}
    goes_on = _skip_numbers(connection, why["links"])
    detail = why | {"numbers_from": goes_on}
    connection.execute(insert(deed).values(row | {"subject": "store", "detail": detail}))
    policies = Policies(0)
    policies.refresh(connection, now_ms)
    said = {"who": WHO, "kind": "records_missing", **why}
    house = troubles.house(connection, now_ms)
    troubles.silence(connection, OWN, house, said, policies=policies, now_ms=now_ms)


def _skip_numbers(connection: Connection, links: int) -> int:
    """Let new tickets have numbers that no missing one had; each had a link. The highest begin."""
    begin = 1
    for row in connection.execute(select(agency.c.id, agency.c.next_number)).all():
        fresh = -(-(row.next_number + max(links, NUMBERS)) // NUMBERS) * NUMBERS + 1
        connection.execute(update(agency).where(agency.c.id == row.id).values(next_number=fresh))
        begin = max(begin, fresh)
    return begin


def confirmed_ms(connection: Connection) -> int:
    """When the store was confirmed last, 0 for never; told to gateways, which then send again."""
    query = select(func.max(deed.c.at_ms)).where(deed.c.what == CONFIRMED)
    return connection.execute(query).scalar() or 0


def newest_ms(connection: Connection) -> int:
    """The moment of the newest record."""
    moments = (entry.c.at_ms, signal.c.received_ms, deed.c.at_ms)
    return max(connection.execute(select(func.max(one))).scalar() or 0 for one in moments)


def _holds(connection: Connection, seen: dict[str, Any]) -> bool:
    """Whether the chain in the store has the link that was seen."""
    if not seen["seq"]:
        return True
    found = connection.execute(select(links.c.hash).where(links.c.seq == seen["seq"])).scalar()
    return found is not None and bytes(found).hex() == seen["hash"]


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

"""What people do beside tickets, written down in the same transaction. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from alarm_receiver.store.desk import deed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator


def write(
    connection: Connection,
    who: Operator,
    what: str,
    subject: str,
    now_ms: int,
    **detail: Any,
) -> None:
    """Record that `who` did `what` to `subject`. Details hold no secret."""
    connection.execute(
        insert(deed).values(
            agency=who.agency,
            at_ms=now_ms,
            actor=f"operator:{who.name}"[:80],
            what=what,
            subject=subject[:80],
            detail=detail,
        )
    )


SCANNED_MAX = 20_000
"""Deeds that one search looks through; the next page goes on from there."""
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is for: a text in actor, deed or subject, and moments (from, until)."""

    text: str = ""
    from_ms: int = 0
    until_ms: int = 2**62
    below: int | None = None


def search(
    connection: Connection, agency: str, wanted: Wanted, count: int
) -> tuple[list[dict[str, Any]], int | None]:
    """At most `count` deeds that fit, newest first, and where the next page begins.

    Texts are compared without case in every script, which the databases do not do alike.
    """
    found: list[dict[str, Any]] = []
    below, scanned, said = wanted.below, 0, wanted.text.strip().casefold()
    while scanned < SCANNED_MAX:
        query = select(deed).where(
            deed.c.agency == agency, deed.c.at_ms >= wanted.from_ms, deed.c.at_ms < wanted.until_ms
        )
        if below is not None:
            query = query.where(deed.c.seq < below)
        rows = connection.execute(query.order_by(deed.c.seq.desc()).limit(_AT_ONCE)).all()
        for row in rows:
            below = row.seq
            if said in f"{row.actor} {row.what} {row.subject}".casefold():
                found.append(dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's public name
                if len(found) == count:
                    return found, below
        scanned += len(rows)
        if len(rows) < _AT_ONCE:
            return found, None
    return found, below


def newest(
    connection: Connection, agency: str, count: int, below: int | None = None
) -> list[dict[str, Any]]:
    """The `count` newest deeds of an agency, newest first, below sequence `below`."""
    query = select(deed).where(deed.c.agency == agency).order_by(deed.c.seq.desc()).limit(count)
    if below is not None:
        query = query.where(deed.c.seq < below)
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name

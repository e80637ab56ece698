"""What people do beside tickets, written down in the same transaction. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from alarm_receiver.store.desk import deed
from alarm_receiver.store.listing import Listing, Part, read

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
    note(connection, (who.agency, f"operator:{who.name}"), what, subject, now_ms, **detail)


def note(
    connection: Connection,
    actor: tuple[str, str],
    what: str,
    subject: str,
    now_ms: int,
    **detail: Any,
) -> None:
    """The same of `actor`, the agency whose record it is and who: `command:Jo` has no account."""
    connection.execute(
        insert(deed).values(
            agency=actor[0],
            at_ms=now_ms,
            actor=actor[1][:80],
            what=what,
            subject=subject[:80],
            detail=detail,
        )
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a search is for: a text in actor, deed or subject, and moments (from, until)."""

    text: str = ""
    from_ms: int = 0
    until_ms: int = 2**62
    below: int | None = None


def list_of(agency: str, wanted: Wanted) -> Listing:
    """The deeds of an agency in the moments that are wanted, newest first."""
    query = select(deed).where(
        deed.c.agency == agency, deed.c.at_ms >= wanted.from_ms, deed.c.at_ms < wanted.until_ms
    )
    if wanted.below is not None:
        query = query.where(deed.c.seq < wanted.below)
    about = (agency, wanted.text, str(wanted.from_ms), str(wanted.until_ms), str(wanted.below))
    return Listing("deeds", query, (deed.c.seq,), about, falling=True)


def search(
    connection: Connection, agency: str, wanted: Wanted, count: int, cursor: str = ""
) -> Part:
    """At most `count` deeds that fit, newest first. Raises BadCursor."""
    said = wanted.text.strip().casefold()

    def fits(row: dict[str, Any]) -> bool:
        return said in f"{row['actor']} {row['what']} {row['subject']}".casefold()

    return read(connection, list_of(agency, wanted), cursor, count, fits)

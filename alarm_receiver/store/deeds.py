"""What people do beside tickets, written down in the same transaction. Never commits."""

from __future__ import annotations

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


def newest(
    connection: Connection, agency: str, count: int, below: int | None = None
) -> list[dict[str, Any]]:
    """The `count` newest deeds of an agency, newest first, below sequence `below`."""
    query = select(deed).where(deed.c.agency == agency).order_by(deed.c.seq.desc()).limit(count)
    if below is not None:
        query = query.where(deed.c.seq < below)
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name

"""Tickets of revision 0001 get the kind that their timeline says; a deed names them.

Revision 0002 gave the column `kind` its default, "security", and `silent` its own, also to tickets
whose signals said otherwise: their screens showed a warning where a panic was, and `audit verify`
called them false. The timeline is in the audit's chain, the row is not: the row follows. A row that
differs in anything else is left as it is, for `audit verify` to name.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from alembic import op
from sqlalchemy import Connection, text

from alarm_receiver.domain.ticket import Act, Entry, Ticket, TicketError, fold

revision = "0024"
down_revision = "0023"
AT_ONCE = 200
SAME = (
    *("id", "agency", "site", "number", "state", "version", "round", "opened_ms", "due_ms"),
    *("closed_ms", "holder", "outcome"),
)
MADE = ("kind", "silent", "confirmed", "transfers")
SOME = (
    "SELECT * FROM ticket WHERE kind = 'security' AND NOT silent AND NOT confirmed "
    "AND transfers = 0 AND id > :after ORDER BY id LIMIT :some"
)
LINES = (
    "SELECT ticket, version, at_ms, actor, act, due_ms, detail FROM entry WHERE ticket = :id "
    "ORDER BY version"
)
CHANGE = (
    "UPDATE ticket SET kind = :kind, silent = :silent, confirmed = :confirmed, "
    "transfers = :transfers WHERE id = :id"
)
DEED = (
    "INSERT INTO deed (agency, at_ms, actor, what, subject, detail) "
    "VALUES (:agency, :at_ms, 'migration:0024', 'fold_tickets', 'ticket', :detail)"
)


def upgrade() -> None:
    """Bring the rows in step, with the trigger away that keeps closed tickets as they are."""
    connection = op.get_bind()
    after = ""
    while rows := connection.execute(text(SOME), {"after": after, "some": AT_ONCE}).all():
        after = rows[-1].id
        made = [one for row in rows if (one := _made(connection, row)) is not None]
        if made:
            _put(connection, made)


def _made(connection: Connection, row: Any) -> Ticket | None:
    """What a row's timeline makes of it, when nothing but what 0002 added differs; or None."""
    entries = [
        Entry(one.ticket, one.version, one.at_ms, one.actor, Act(one.act), one.due_ms, said)
        for one in connection.execute(text(LINES), {"id": row.id})
        for said in (json.loads(one.detail) if isinstance(one.detail, str) else one.detail,)
    ]
    try:
        made = fold(entries)
    except (TicketError, KeyError, ValueError, TypeError):
        return None
    before = row._mapping  # noqa: SLF001 - SQLAlchemy's public name
    same = made.class_ == before["class"] and all(getattr(made, n) == before[n] for n in SAME)
    return made if same and any(getattr(made, n) != before[n] for n in MADE) else None


def _put(connection: Connection, made: list[Ticket]) -> None:
    """Change these rows, and write down which they were and what they are now."""
    values = [{"id": one.id} | {name: getattr(one, name) for name in MADE} for one in made]
    for _ in _unwatched(connection):
        connection.execute(text(CHANGE), values)
    at_ms = time.time_ns() // 1_000_000
    for agency in sorted({one.agency for one in made}):
        told = {str(one.number): one.kind for one in made if one.agency == agency}
        detail = json.dumps({"before": "security", "kinds": told})
        connection.execute(text(DEED), {"agency": agency, "at_ms": at_ms, "detail": detail})


def _unwatched(connection: Connection) -> Iterator[None]:
    """Once, without the trigger `ticket_moves_on`; it is back afterwards as it was."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE ticket DISABLE TRIGGER ticket_moves_on"))
        yield
        connection.execute(text("ALTER TABLE ticket ENABLE TRIGGER ticket_moves_on"))
        return
    query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'ticket_moves_on'"
    trigger = str(connection.execute(text(query)).scalar_one())
    connection.execute(text("DROP TRIGGER ticket_moves_on"))
    yield
    connection.exec_driver_sql(trigger)

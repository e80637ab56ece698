"""Tickets as people look at them: with site, signals and timeline, of one agency only.

It promises as many statements for a page of tickets as for one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from alarm_receiver.store import signals
from alarm_receiver.store.tables import site, ticket
from alarm_receiver.store.tickets import COLUMNS, Unknown, ticket_of, timelines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarm_receiver.domain.ticket import Entry, Ticket


@dataclass(slots=True)
class Board:
    """One ticket, whole."""

    ticket: Ticket
    site_name: str
    account: str
    jurisdiction: str
    police_response: str
    signals: list[dict[str, Any]]
    entries: list[Entry]


def one(connection: Connection, agency: str, id_: str) -> Board:
    """The ticket `id_`. Raises Unknown, also when it belongs to another agency."""
    query = _query(agency).where(ticket.c.id == id_)
    found = _boards(connection, connection.execute(query))
    if not found:
        raise Unknown(f"no ticket {id_}")
    return found[0]


def page(
    connection: Connection,
    agency: str,
    *,
    states: Sequence[str] = (),
    classes: Sequence[str] = (),
    site_id: str | None = None,
    below: int | None = None,
    count: int = 50,
) -> list[Board]:
    """At most `count` tickets, newest first, with numbers below `below`."""
    query = _query(agency).order_by(ticket.c.number.desc()).limit(count)
    if states:
        query = query.where(ticket.c.state.in_(states))
    if classes:
        query = query.where(ticket.c.class_.in_(classes))
    if site_id is not None:
        query = query.where(ticket.c.site == site_id)
    if below is not None:
        query = query.where(ticket.c.number < below)
    return _boards(connection, connection.execute(query))


def heads(
    connection: Connection, agency: str, *, below: int | None = None, count: int = 500
) -> list[Board]:
    """Tickets without signals and timeline, newest first: the register."""
    query = _query(agency).order_by(ticket.c.number.desc()).limit(count)
    if below is not None:
        query = query.where(ticket.c.number < below)
    return [_board(row, [], []) for row in connection.execute(query)]


def check_agency(connection: Connection, agency: str, id_: str) -> None:
    """Raise Unknown unless the ticket belongs to `agency`."""
    found = connection.execute(select(ticket.c.agency).where(ticket.c.id == id_)).scalar()
    if found != agency:
        raise Unknown(f"no ticket {id_}")


def jurisdiction(connection: Connection, site_id: str) -> str:
    """The jurisdiction of a site."""
    query = select(site.c.jurisdiction).where(site.c.id == site_id)
    return str(connection.execute(query).scalar_one())


def _query(agency: str) -> Any:
    return (
        select(*COLUMNS, site.c.name, site.c.account, site.c.jurisdiction, site.c.police_response)
        .join(site, site.c.id == ticket.c.site)
        .where(ticket.c.agency == agency)
    )


def _boards(connection: Connection, rows: Any) -> list[Board]:
    found = rows.all()
    ids = [row[0] for row in found]
    said, done = signals.on_tickets(connection, ids), timelines(connection, ids)
    return [_board(row, said[row[0]], done[row[0]]) for row in found]


def _board(row: Any, signals_: list[dict[str, Any]], entries_: list[Entry]) -> Board:
    name, account, jurisdiction, police_response = row[len(COLUMNS) :]
    one = ticket_of(row[: len(COLUMNS)])
    return Board(one, name, account, jurisdiction, police_response, signals_, entries_)

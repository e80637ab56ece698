"""Live tickets as the desk lists them: one line each, with what their signals add up to.

It promises a bounded number of statements however many signals a flood has put on a ticket: the
database counts, and only the first and the newest signal of each ticket are read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, and_, case, func, or_, select

from alarm_receiver.store.tables import entry, signal, site, ticket, zone
from alarm_receiver.store.tickets import COLUMNS, ticket_of
from alarm_wire.signal import DURESS, SILENT, kind_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from alarm_receiver.domain.ticket import Ticket

LINES_MAX = 1_000
"""More live tickets than this are not listed; the most urgent are."""
CHUNK = 500
DURESS_NAME = kind_name(DURESS)


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket on the desk. `kind` is its first signal's, `zone` and `place` its newest's.

    Once somebody is under duress, by code or by word, that is its kind.
    """

    ticket: Ticket
    site_name: str
    account: str
    jurisdiction: str
    kind: str
    zone: int | None
    place: str
    presses: int
    silent: bool
    late: bool


def live(connection: Connection, agency: str) -> list[Line]:
    """The live tickets of `agency`, the most urgent first, at most LINES_MAX."""
    query = _tickets(agency).where(ticket.c.state != "closed", _shown(connection))
    query = query.order_by(*_urgency()).limit(LINES_MAX)
    return _lines(connection, connection.execute(query).all())


def some(connection: Connection, agency: str, ids: Iterable[str]) -> dict[str, Line]:
    """The lines of the tickets `ids` of `agency`, live or closed."""
    wanted = list(ids)
    found: list[Line] = []
    for start in range(0, len(wanted), CHUNK):
        query = _tickets(agency).where(ticket.c.id.in_(wanted[start : start + CHUNK]))
        found += _lines(connection, connection.execute(query).all())
    return {one.ticket.id: one for one in found}


def versions(connection: Connection, agency: str) -> dict[str, int]:
    """The version of each live ticket of `agency`: what a console compares itself with."""
    query = (
        select(ticket.c.id, ticket.c.version)
        .where(ticket.c.agency == agency, ticket.c.state != "closed", _shown(connection))
        .order_by(*_urgency())
        .limit(LINES_MAX)
    )
    return {row.id: row.version for row in connection.execute(query)}


def parked(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """Why tickets are put aside: those whose newest act is to park."""
    newest = (
        select(func.max(entry.c.seq).label("seq"))
        .where(entry.c.ticket.in_(list(ids)[:LINES_MAX]))
        .group_by(entry.c.ticket)
        .subquery()
    )
    query = select(entry).join(newest, newest.c.seq == entry.c.seq).where(entry.c.act == "park")
    return {row.ticket: str(row.detail["reason"]) for row in connection.execute(query)}


def next_open(connection: Connection, agency: str) -> Ticket | None:
    """The most urgent ticket that waits: emergencies first, then the oldest."""
    for class_ in ("emergency", "technical", "test"):
        query = (
            select(*COLUMNS)
            .where(ticket.c.agency == agency, ticket.c.state == "open", ticket.c.class_ == class_)
            .where(_shown(connection))
            .order_by(ticket.c.opened_ms, ticket.c.number)
            .limit(1)
        )
        row = connection.execute(query).one_or_none()
        if row is not None:
            return ticket_of(row)
    return None


def held(connection: Connection, one: Ticket) -> bool:
    """Whether the other receiver has its turn first: ours comes when nobody took it there."""
    return one.state == "open" and one.round < _first_shown(connection)


def _first_shown(connection: Connection) -> int:
    """The first round that is shown here: behind another receiver, the one after its head start."""
    return min(int(connection.get_execution_options().get("position", 0)), 1)


def _shown(connection: Connection) -> Any:
    """The condition that leaves out tickets which the other receiver still has to itself."""
    return or_(ticket.c.state != "open", ticket.c.round >= _first_shown(connection))


def _urgency() -> tuple[Any, ...]:
    """Emergencies, then technical alarms, then tests; waiting before taken; then the oldest."""
    classes = case({"emergency": 0, "technical": 1}, value=ticket.c.class_, else_=2)
    taken = case({"open": 0}, value=ticket.c.state, else_=1)
    return classes, taken, ticket.c.opened_ms, ticket.c.number


def _tickets(agency: str) -> Any:
    return (
        select(*COLUMNS, site.c.name, site.c.account, site.c.jurisdiction)
        .join(site, site.c.id == ticket.c.site)
        .where(ticket.c.agency == agency)
    )


def _lines(connection: Connection, rows: Sequence[Any]) -> list[Line]:
    width = len(COLUMNS)
    said = _signals(connection, [row[0] for row in rows])
    lines = []
    for row in rows:
        one = ticket_of(row[:width])
        # Without a signal it is about a forged or reused frame, or about somebody's silence.
        found = said.get(one.id, (one.kind, None, "", 0, False, False))
        line = Line(one, row[width], row[width + 1], row[width + 2], *found)
        if one.kind == DURESS_NAME:  # perhaps by a word on the phone: no signal says so
            line = replace(line, kind=one.kind, silent=line.silent or one.silent)
        lines.append(line)
    return lines


def _signals(
    connection: Connection, ids: list[str]
) -> dict[str, tuple[str, int | None, str, int, bool, bool]]:
    """Per ticket: first kind, newest zone and its name, count, whether any was silent or late."""
    found: dict[str, tuple[str, int | None, str, int, bool, bool]] = {}
    for start in range(0, len(ids), CHUNK):
        counted = (
            select(
                signal.c.ticket,
                func.min(signal.c.seq).label("first"),
                func.max(signal.c.seq).label("newest"),
                func.count().label("presses"),
                func.max(signal.c.flags.bitwise_and(SILENT)).label("silent"),
                func.max(signal.c.late.cast(Integer)).label("late"),
            )
            .where(signal.c.ticket.in_(ids[start : start + CHUNK]))
            .group_by(signal.c.ticket)
            .subquery()
        )
        first, newest = signal.alias("a"), signal.alias("z")
        query = (
            select(
                counted.c.ticket,
                first.c.kind,
                newest.c.zone,
                zone.c.name,
                counted.c.presses,
                counted.c.silent,
                counted.c.late,
            )
            .join(first, first.c.seq == counted.c.first)
            .join(newest, newest.c.seq == counted.c.newest)
            .outerjoin(zone, and_(zone.c.site == newest.c.site, zone.c.number == newest.c.zone))
        )
        for row in connection.execute(query):
            found[row[0]] = (
                kind_name(row[1]),
                row[2],
                row[3] or "",
                row[4],
                bool(row[5]),
                bool(row[6]),
            )
    return found

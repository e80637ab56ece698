"""Tickets and their timelines: read, and moved by acts. Never commits.

It promises that an act is written against the version that it was decided on, together with the
entry that records it; with the receipts that say so when an operator takes the ticket; and with
the pages of the step that it begins when the ticket goes back to the desk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.ticket import (
    BEGINS,
    Act,
    Entry,
    Stale,
    State,
    Ticket,
    TicketClass,
    act_on,
    check_version,
)
from alarm_receiver.store import pages
from alarm_receiver.store.database import lock_order
from alarm_receiver.store.tables import entry, receipt, signal, site, ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from alarm_receiver.store.policies import Policies

COLUMNS = (
    ticket.c.id,
    ticket.c.agency,
    ticket.c.site,
    ticket.c.class_,
    ticket.c.number,
    ticket.c.state,
    ticket.c.version,
    ticket.c.round,
    ticket.c.opened_ms,
    ticket.c.due_ms,
    ticket.c.closed_ms,
    ticket.c.holder,
    ticket.c.outcome,
    ticket.c.kind,
    ticket.c.silent,
    ticket.c.confirmed,
    ticket.c.transfers,
)


class Unknown(Exception):
    """There is no such ticket (or none that the one who asks may see)."""


def ticket_of(row: Any) -> Ticket:
    """The ticket in a row that begins with COLUMNS."""
    return Ticket(
        row[0],
        row[1],
        row[2],
        TicketClass(row[3]),
        row[4],
        State(row[5]),
        row[6],
        row[7],
        row[8],
        due_ms=row[9],
        closed_ms=row[10],
        holder=row[11],
        outcome=row[12],
        kind=row[13],
        silent=row[14],
        confirmed=row[15],
        transfers=row[16],
    )


def entry_of(row: Any) -> Entry:
    """The entry in a row of the entry table."""
    return Entry(
        row.ticket, row.version, row.at_ms, row.actor, Act(row.act), row.due_ms, row.detail
    )


def read(connection: Connection, id_: str) -> Ticket:
    """The ticket `id_`. Raises Unknown."""
    row = connection.execute(select(*COLUMNS).where(ticket.c.id == id_)).one_or_none()
    if row is None:
        raise Unknown(f"no ticket {id_}")
    return ticket_of(row)


def entries(connection: Connection, id_: str, after: int = 0) -> list[Entry]:
    """The timeline of `id_` beyond version `after`, in order."""
    rows = connection.execute(
        select(entry)
        .where(entry.c.ticket == id_, entry.c.version > after)
        .order_by(entry.c.version)
    )
    return [entry_of(row) for row in rows]


def timelines(connection: Connection, ids: Sequence[str]) -> dict[str, list[Entry]]:
    """The timelines of some tickets, each in order: one statement, whatever their number."""
    query = select(entry).where(entry.c.ticket.in_(ids)).order_by(entry.c.ticket, entry.c.version)
    found: dict[str, list[Entry]] = {id_: [] for id_ in ids}
    for row in connection.execute(query):
        found[row.ticket].append(entry_of(row))
    return found


def live(connection: Connection, sites: Iterable[str]) -> list[Ticket]:
    """The live tickets of `sites`."""
    query = select(*COLUMNS).where(ticket.c.site.in_(list(sites)), ticket.c.state != "closed")
    return [ticket_of(row) for row in connection.execute(query)]


def overdue(connection: Connection, now_ms: int, count: int) -> list[Ticket]:
    """The `count` most overdue live tickets at `now_ms`."""
    query = select(*COLUMNS).where(ticket.c.due_ms <= now_ms).order_by(ticket.c.due_ms).limit(count)
    query = query.with_for_update(skip_locked=True)
    return [ticket_of(row) for row in connection.execute(query)]


def due_after(connection: Connection, moment_ms: int) -> list[Ticket]:
    """The live tickets whose deadline is after `moment_ms`."""
    query = select(*COLUMNS).where(ticket.c.due_ms > moment_ms)
    return [ticket_of(row) for row in connection.execute(query)]


def next_due_ms(connection: Connection) -> int | None:
    """The earliest deadline of all live tickets."""
    query = select(ticket.c.due_ms).where(ticket.c.due_ms.is_not(None))
    found: int | None = connection.execute(query.order_by(ticket.c.due_ms).limit(1)).scalar()
    return found


def write(
    connection: Connection, tickets: Sequence[Ticket], entries_: Sequence[Entry], new: Iterable[str]
) -> None:
    """Write tickets as they are now, and the entries that brought them there.

    Each row is updated only if it still is at the version before its first entry here; otherwise
    Stale is raised and nothing of the transaction may stay.
    """
    new = set(new)
    first: dict[str, int] = {}
    for written in entries_:
        first.setdefault(written.ticket, written.version)
    rows = [_row(one) for one in tickets if one.id in new]
    if rows:
        connection.execute(insert(ticket), rows)
    for one in tickets:
        if one.id not in new:
            _move(connection, one, first[one.id] - 1)
    if entries_:
        connection.execute(insert(entry), [_entry_row(one) for one in entries_])


def act(
    connection: Connection,
    id_: str,
    act_: Act,
    *,
    version: int | None,
    now_ms: int,
    actor: str,
    detail: dict[str, object] | None = None,
    policies: Policies | None = None,
    check: Callable[[Ticket], None] | None = None,
) -> Ticket:
    """Do `act_` as `actor`, who saw `version`. Raises Unknown, Refused or Stale.

    `check` may refuse it for what the table does not know: the plan, the interview.
    """
    before = read(connection, id_)
    if version is not None and version != before.version:
        check_version(before, act_, version, entries(connection, id_, version))
    if check is not None:
        check(before)
    waits = policies.waits(before.agency, before.class_) if policies else None
    after, written = act_on(before, act_, now_ms=now_ms, actor=actor, detail=detail, waits=waits)
    write(connection, [after], [written], ())
    if act_ is Act.ACKNOWLEDGE:
        queue_receipts(connection, id_, now_ms)
    if act_ in BEGINS and policies:
        pages.queue(connection, after, policies, now_ms, began=after.version)
    return after


def release(
    connection: Connection,
    agency: str,
    holder: str,
    *,
    actor: str,
    reason: str,
    policies: Policies,
    now_ms: int,
) -> list[int]:
    """Hand back to the desk what `holder` has in his hands; the numbers of those tickets."""
    held = and_(ticket.c.agency == agency, ticket.c.holder == holder, ticket.c.state != "closed")
    query = select(ticket.c.id).where(held).order_by(ticket.c.id).with_for_update()
    return sorted(
        act(
            connection,
            id_,
            Act.HAND_BACK,
            version=None,
            now_ms=now_ms,
            actor=actor,
            detail={"reason": reason},
            policies=policies,
        ).number
        for id_ in connection.execute(query).scalars().all()
    )


def queue_receipts(connection: Connection, id_: str, now_ms: int) -> None:
    """Queue "acknowledged" for every signal on the ticket that was not told so yet."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    sites = list(connection.execute(select(ticket.c.site).where(ticket.c.id == id_)).scalars())
    lock_order(connection, site, site.c.id, sites)  # so that sequences commit in order
    told = select(
        signal.c.device,
        signal.c.epoch,
        signal.c.number,
        signal.c.site,
        signal.c.ticket,
        literal(now_ms),
    ).where(signal.c.ticket == id_)
    connection.execute(
        dialect.insert(receipt)
        .from_select(["device", "epoch", "number", "site", "ticket", "made_ms"], told)
        .on_conflict_do_nothing()
    )


def _move(connection: Connection, one: Ticket, version: int) -> None:
    row = _row(one)
    result = connection.execute(
        update(ticket)
        .where(and_(ticket.c.id == one.id, ticket.c.version == version))
        .values({name: row[name] for name in _MOVES})
    )
    if result.rowcount != 1:
        raise Stale(version, [])


_MOVES = (
    "state",
    "version",
    "round",
    "due_ms",
    "closed_ms",
    "holder",
    "outcome",
    "kind",
    "silent",
    "confirmed",
    "transfers",
)


def _row(one: Ticket) -> dict[str, object]:
    return {column.key: getattr(one, column.key) for column in COLUMNS}


def _entry_row(one: Entry) -> dict[str, object]:
    return {
        "ticket": one.ticket,
        "version": one.version,
        "at_ms": one.at_ms,
        "actor": one.actor,
        "act": str(one.act),
        "due_ms": one.due_ms,
        "detail": one.detail,
    }

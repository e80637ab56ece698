"""Whether each ticket is what its timeline makes of it. Reads only.

It promises that a ticket whose row says something else than its entries is named, with what
differs. Entries that were erased under a deed are no fault; what is left of such a timeline must
still agree. A ticket and its entries are read by one statement, so that work in between is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, exists, func, select

from alarm_receiver.domain.ticket import Act, Entry, State, Ticket, TicketError, fold
from alarm_receiver.store.desk import deed
from alarm_receiver.store.tables import entry, ticket
from alarm_receiver.store.tickets import COLUMNS, ticket_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

AT_ONCE = 200
"""Tickets that one statement reads, with their timelines."""
_ENTRY = (
    entry.c.ticket,
    entry.c.version,
    entry.c.at_ms,
    entry.c.actor,
    entry.c.act,
    entry.c.due_ms,
    entry.c.detail,
)


@dataclass(frozen=True, slots=True)
class Differs:
    """A ticket that is not what its timeline makes of it, and in what."""

    id: str
    number: int
    what: str

    def __str__(self) -> str:
        return f"ticket #{self.number} ({self.id}): {self.what}"


def verify(
    connection: Connection, *, tell: Callable[[int], object] = lambda _: None
) -> Differs | None:
    """The first ticket that differs from its timeline, or None; `tell` hears how many are done."""
    erasing = connection.execute(select(exists().where(deed.c.what == "erase"))).scalar_one()
    for count, (found, timeline) in enumerate(_timelines(connection), 1):
        if not count % AT_ONCE:
            tell(count)
        what = _fault(found, timeline, erasing=bool(erasing))
        if what is not None:
            return Differs(found.id, found.number, what)
    return None


def count(connection: Connection) -> int:
    """How many tickets there are to be looked at."""
    return connection.execute(select(func.count()).select_from(ticket)).scalar_one()


def _timelines(connection: Connection) -> Iterator[tuple[Ticket, list[Any]]]:
    """Every ticket with the rows of its entries, in order."""
    last = ""
    while True:
        rows = connection.execute(_some(last)).all()
        if not rows:
            return
        for _, mine in groupby(rows, key=lambda row: row[0]):
            lines = list(mine)
            last = lines[0][0]
            yield (
                ticket_of(lines[0]),
                [one[len(COLUMNS) :] for one in lines if one[len(COLUMNS)] is not None],
            )


def _some(after: str) -> Select[Any]:
    some = select(ticket.c.id).where(ticket.c.id > after).order_by(ticket.c.id).limit(AT_ONCE)
    return (
        select(*COLUMNS, *_ENTRY)
        .outerjoin(entry, entry.c.ticket == ticket.c.id)
        .where(ticket.c.id.in_(some.scalar_subquery()))
        .order_by(ticket.c.id, entry.c.version)
    )


def _fault(found: Ticket, rows: list[Any], *, erasing: bool) -> str | None:
    """What is wrong with a ticket, or None."""
    try:
        timeline = [
            Entry(row[0], row[1], row[2], row[3], Act(row[4]), row[5], row[6]) for row in rows
        ]
        if [one.version for one in timeline] != list(range(1, found.version + 1)):
            return _left(found, timeline, erasing=erasing)
        made = fold(timeline)
    except (TicketError, KeyError, ValueError, TypeError) as error:
        return f"its timeline cannot be followed: {error}"
    for name in Ticket.__struct_fields__:
        says, does = getattr(found, name), getattr(made, name)
        if says != does:
            return f"{name} is {_said(says)}; its timeline makes it {_said(does)}"
    return None


def _left(found: Ticket, timeline: list[Entry], *, erasing: bool) -> str | None:
    """The same of a timeline that is not whole: erased under a deed, or a fault."""
    versions = [one.version for one in timeline]
    if versions and versions[-1] > found.version:
        return f"version is {found.version}; its timeline goes to {versions[-1]}"
    if not erasing or found.state is not State.CLOSED:
        return f"entries are missing: there are {len(versions)} of {found.version}"
    if versions and versions[-1] == found.version:
        last = timeline[-1]
        if last.act is not Act.CLOSE:
            return f"state is {_said(found.state)}; its timeline ends with {last.act}"
        if last.at_ms != found.closed_ms or last.detail.get("outcome") != found.outcome:
            return (
                f"outcome is {_said(found.outcome)}; its timeline makes it "
                f"{_said(last.detail.get('outcome'))}, or at another moment"
            )
    return None


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)

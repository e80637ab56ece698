"""Pages that did not arrive: those that still fail, and those that were given up. Never commits.

It promises that a page whose tries have ended, or that its carrier reports as not delivered, is
told on its ticket while that is live, and is listed until a person sends it again or ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, or_, select, update

from alarm_receiver.domain.ticket import Act, Refused, State
from alarm_receiver.store import tickets
from alarm_receiver.store.desk import page
from alarm_receiver.store.listing import Listing
from alarm_receiver.store.registry import NotFound, Taken
from alarm_receiver.store.tables import site, ticket

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

ACTOR = "receiver"
FAILING, FAILED = "failing", "failed"
STANDINGS = (FAILING, FAILED)
"""A page that is tried again by itself, after it failed at least once; one that is not."""
_STATES = {FAILING: ("queued", "sending"), FAILED: ("failed",)}


@dataclass(frozen=True, slots=True)
class Word:
    """What a person says of a page: send it `again`, or end it; and who, and why."""

    agency: str
    actor: str
    now_ms: int
    reason: str = ""


def list_of(agency: str, standing: str = "") -> Listing:
    """Undelivered pages of an agency, oldest first, with their tickets and sites."""
    query = (
        select(
            *(page.c.id, page.c.ticket, page.c.round, page.c.target, page.c.channel),
            *(page.c.attempts, page.c.made_ms, page.c.due_ms, page.c.detail),
            case((page.c.state == FAILED, FAILED), else_=FAILING).label("standing"),
            (page.c.state == "sending").label("sending"),
            ticket.c.number,
            ticket.c.class_.label("class"),
            ticket.c.state,
            *(site.c.id.label("site"), site.c.name.label("site_name")),
        )
        .join(ticket, ticket.c.id == page.c.ticket)
        .join(site, site.c.id == ticket.c.site)
        .where(page.c.agency == agency, _undelivered())
    )
    if standing:
        query = query.where(page.c.state.in_(_STATES[standing]))
    keys = (page.c.made_ms, page.c.id)
    return Listing("undelivered", query, keys, (agency, standing))


def counts(connection: Connection, agency: str = "") -> dict[str, int]:
    """How many pages of an agency, or of all, still fail and how many were given up."""
    query = select(page.c.state, func.count()).where(_undelivered()).group_by(page.c.state)
    if agency:
        query = query.where(page.c.agency == agency)
    found = dict.fromkeys(STANDINGS, 0)
    for state, count in connection.execute(query):
        found[FAILED if state == FAILED else FAILING] += count
    return found


def note(connection: Connection, id_: str, now_ms: int) -> None:
    """Write on its ticket that a page was given up, and why; a closed ticket is left alone."""
    row = connection.execute(select(page).where(page.c.id == id_)).one()
    _write(connection, row, ACTOR, now_ms, {"page_failed": row.detail, "attempts": row.attempts})


def again(connection: Connection, id_: str, word: Word) -> dict[str, Any]:
    """Send it once more, at once, with as many tries as at first. Raises NotFound, Taken."""
    row = _one(connection, id_, word)
    waits = select(ticket.c.state).where(ticket.c.id == row.ticket, ticket.c.state == State.OPEN)
    if connection.execute(waits).scalar() is None:
        raise Taken("its ticket was taken or closed: it is sent to nobody; end the page instead")
    values = {"state": "queued", "due_ms": word.now_ms, "ended_ms": None, "ended_by": None}
    _change(connection, row, values | {"attempts": 0})
    _write(connection, row, word.actor, word.now_ms, {"page_again": True})
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def end(connection: Connection, id_: str, word: Word) -> dict[str, Any]:
    """Send it no more, and list it no more. Raises NotFound, Taken."""
    row = _one(connection, id_, word)
    ended = {"state": FAILED, "due_ms": None, "ended_ms": word.now_ms, "ended_by": word.actor}
    _change(connection, row, ended)
    _write(
        connection, row, word.actor, word.now_ms, {"page_ended": True, "reason": word.reason[:400]}
    )
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _undelivered() -> ColumnElement[bool]:
    failing = page.c.state.in_(_STATES[FAILING]) & (page.c.detail != "")
    return or_(page.c.state == FAILED, failing) & page.c.ended_ms.is_(None)


def _one(connection: Connection, id_: str, word: Word) -> Any:
    query = select(page).where(page.c.id == id_, page.c.agency == word.agency, _undelivered())
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no undelivered page {id_}")
    return row


def _change(connection: Connection, row: Any, values: dict[str, Any]) -> None:
    """Write it, unless the page has moved on or is being sent just now. Raises Taken."""
    result = connection.execute(
        update(page)
        .where(
            page.c.id == row.id,
            page.c.state == row.state,
            page.c.state != "sending",
            page.c.ended_ms.is_(None),
        )
        .values(**values)
    )
    if result.rowcount != 1:
        raise Taken("the page is being sent just now, or somebody was quicker; look again")


def _write(
    connection: Connection, row: Any, actor: str, now_ms: int, detail: dict[str, object]
) -> None:
    # Whoever holds the row writes the next version: an act at the same moment waits for this one.
    connection.execute(select(ticket.c.id).where(ticket.c.id == row.ticket).with_for_update())
    about = {"page": row.id, "paged": row.target, "channel": row.channel, "round": row.round}
    try:
        tickets.act(
            connection,
            row.ticket,
            Act.PAGE,
            version=None,
            now_ms=now_ms,
            actor=actor,
            detail=about | detail,
        )
    except Refused:
        return  # a closed ticket takes no entry; the list has the page

"""Pages: one attempt to reach one person on one channel, durable until it is done. Never commits.

It promises that a page of a step exists once, whoever computes it; that a page is sent under a
lease, so that a dead sender's page is sent by the next one (at least once, never lost); that
nobody is sent the page of a ticket that somebody has taken or closed: it is superseded; and that
queued, sent, accepted, delivered and acknowledged stay apart.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.paged import TOLD
from alarm_receiver.domain.ticket import State
from alarm_receiver.store.desk import page
from alarm_receiver.store.listing import Listing, every
from alarm_receiver.store.tables import ticket as ticket_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement, Connection

    from alarm_receiver.domain.ticket import Ticket
    from alarm_receiver.store.policies import Policies

LEASE_MS = 30_000
RETRY_MS = (5_000, 15_000, 60_000)
ATTEMPTS_MAX = 12
LOOKS_MAX = 50
"""How often one claim looks past pages whose ticket is over; the next claim goes on."""
_NAMESPACE = uuid.UUID("0f4e2a94-32a5-5d1a-8a0e-6fd3a1b1a9ee")


Lane = tuple[str, str]
"""What hangs together: a channel, and of webhooks the address."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page under our lease. `id` is the idempotency key toward the carrier."""

    id: str
    agency: str
    ticket: str
    round: int
    target: str
    channel: str
    address: str
    attempts: int


def lane_of(one: Page) -> Lane:
    """Which of them a page waits in: each agency's own system by itself, else the channel's."""
    return one.channel, one.address if one.channel == "webhook" else ""


def _in(lane: Lane) -> ColumnElement[bool]:
    channel, address = lane
    return and_(page.c.channel == channel, page.c.address == address if address else true())


def queue(
    connection: Connection, ticket: Ticket, policies: Policies, now_ms: int, *, began: int
) -> int:
    """Queue the pages of the step that the entry of version `began` begins; how many.

    The ticket stands in the step's round.
    """
    targets = policies.targets(ticket.agency, ticket.class_, ticket.round)
    reached = policies.reached(ticket.agency, targets)
    if not reached:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rows = [
        {
            "id": str(uuid.uuid5(_NAMESPACE, f"{ticket.id} v{began} {target} {channel}")),
            "agency": ticket.agency,
            "ticket": ticket.id,
            "round": ticket.round,
            "began": began,
            "target": target,
            "channel": channel,
            "address": where,
            "state": "queued",
            "made_ms": now_ms,
            "due_ms": now_ms,
            "attempts": 0,
        }
        for target, channel, where in reached
    ]
    connection.execute(dialect.insert(page).on_conflict_do_nothing(), rows)
    return len(rows)


def claim(
    connection: Connection,
    owner: str,
    now_ms: int,
    count: int,
    *,
    full: Iterable[Lane] = (),
) -> list[Page]:
    """Take at most `count` due pages, or pages whose lease has run out, under our lease.

    None of a lane that is `full`.
    """
    due = and_(
        or_(
            and_(page.c.state == "queued", page.c.due_ms <= now_ms),
            and_(page.c.state == "sending", page.c.lease_until_ms <= now_ms),
        ),
        *(~_in(lane) for lane in full),
    )
    claimed: list[str] = []
    for _ in range(LOOKS_MAX):
        live, over = _due(connection, due, count)
        _supersede(connection, over, due)
        claimed += _lease(connection, live, due, owner, now_ms)
        if claimed or not over:
            break
    rows = connection.execute(select(page).where(page.c.id.in_(claimed))) if claimed else ()
    return [_page(row) for row in rows]


def _due(
    connection: Connection, due: ColumnElement[bool], count: int
) -> tuple[list[str], list[str]]:
    """At most `count` due pages, locked: those whose ticket waits, and those whose is over."""
    query = (
        select(page.c.id, ticket_table.c.state)
        .join(ticket_table, ticket_table.c.id == page.c.ticket)
        .where(due)
        .order_by(page.c.due_ms)
        .limit(count)
        .with_for_update(skip_locked=True, of=page)
    )
    live: list[str] = []
    over: list[str] = []
    for row in connection.execute(query):
        (live if row.state == State.OPEN else over).append(row.id)
    return live, over


def _supersede(connection: Connection, ids: list[str], due: ColumnElement[bool]) -> None:
    """Somebody took or closed the tickets of these pages: they go nowhere any more."""
    if ids:
        change = update(page).where(page.c.id.in_(ids), due)
        gone = {"due_ms": None, "lease_owner": None, "lease_until_ms": None}
        connection.execute(change.values(state="superseded", **gone))


def _lease(
    connection: Connection, ids: list[str], due: ColumnElement[bool], owner: str, now_ms: int
) -> list[str]:
    """Those of `ids` that are ours now."""
    claimed = []
    for id_ in ids:
        # Compare and set: on engines without row locks the second claimer changes nothing.
        result = connection.execute(
            update(page)
            .where(page.c.id == id_, due)
            .values(
                state="sending",
                lease_owner=owner,
                lease_until_ms=now_ms + LEASE_MS,
                due_ms=now_ms + LEASE_MS,
                attempts=page.c.attempts + 1,
            )
        )
        if result.rowcount == 1:
            claimed.append(id_)
    return claimed


def done(connection: Connection, one: Page, owner: str, state: str, detail: str) -> None:
    """Note that the carrier took it: "sent", "accepted" or "delivered"."""
    _settle(connection, one, owner, {"state": state, "due_ms": None, "detail": detail[:400]})


def failed(connection: Connection, one: Page, owner: str, detail: str, now_ms: int) -> bool:
    """Note that it did not go out; it is tried again later, ATTEMPTS_MAX times in all.

    True: that was the last try; people are to be told (`store.undelivered`).
    """
    values: dict[str, Any] = {"detail": detail[:400]}
    last = one.attempts >= ATTEMPTS_MAX
    if last:
        values |= {"state": "failed", "due_ms": None}
    else:
        wait_ms = RETRY_MS[min(one.attempts - 1, len(RETRY_MS) - 1)]
        values |= {"state": "queued", "due_ms": now_ms + wait_ms}
    return _settle(connection, one, owner, values) and last


def acknowledged(connection: Connection, id_: str) -> Page | None:
    """Note that whom the page reached has answered it; the page, or None for an unknown one."""
    row = connection.execute(select(page).where(page.c.id == id_)).one_or_none()
    if row is None:
        return None
    connection.execute(
        update(page)
        .where(page.c.id == id_)
        .values(state="acknowledged", due_ms=None, lease_owner=None, lease_until_ms=None)
    )
    return _page(row)


def may_become(connection: Connection, id_: str, state: str) -> bool:
    """Whether there is such a page that a report could bring to `state`."""
    query = select(page.c.id).where(page.c.id == id_, page.c.state.in_(_before(state)))
    return connection.execute(query).scalar() is not None


def reported(connection: Connection, id_: str, state: str, detail: str) -> bool:
    """Note what a carrier reports of a page; False when that changes nothing."""
    result = connection.execute(
        update(page)
        .where(page.c.id == id_, page.c.state.in_(_before(state)))
        .values(
            state=state, detail=detail[:400], due_ms=None, lease_owner=None, lease_until_ms=None
        )
    )
    return result.rowcount == 1


def one(connection: Connection, id_: str) -> Page | None:
    """One page, whatever its state."""
    row = connection.execute(select(page).where(page.c.id == id_)).one_or_none()
    return None if row is None else _page(row)


def next_due_ms(connection: Connection, full: Iterable[Lane] = ()) -> int | None:
    """When the next page is to be sent, or a lease runs out; of lanes that are not `full`."""
    open_ = (~_in(lane) for lane in full)
    query = select(page.c.due_ms).where(page.c.due_ms.is_not(None), *open_)
    found: int | None = connection.execute(query.order_by(page.c.due_ms).limit(1)).scalar()
    return found


def list_of(ticket: str) -> Listing:
    """The pages of a ticket, oldest first."""
    query = select(
        *(page.c.id, page.c.round, page.c.target, page.c.channel, page.c.state),
        *(page.c.attempts, page.c.made_ms, page.c.detail),
    ).where(page.c.ticket == ticket)
    return Listing("pages", query, (page.c.made_ms, page.c.target, page.c.id), (ticket,))


def of_ticket(connection: Connection, ticket: str) -> list[dict[str, Any]]:
    """All pages of a ticket, oldest first."""
    return list(every(connection, list_of(ticket)))


def _before(state: str) -> list[str]:
    return [name for name, after in TOLD.items() if state in after]


def _page(row: Any) -> Page:
    return Page(
        row.id,
        row.agency,
        row.ticket,
        row.round,
        row.target,
        row.channel,
        row.address,
        row.attempts,
    )


def _settle(connection: Connection, one: Page, owner: str, values: dict[str, Any]) -> bool:
    result = connection.execute(
        update(page)
        .where(page.c.id == one.id, page.c.lease_owner == owner, page.c.state == "sending")
        .values(lease_owner=None, lease_until_ms=None, **values)
    )
    return result.rowcount == 1

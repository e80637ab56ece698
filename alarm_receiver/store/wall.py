"""What a supervisor watches: figures over a window, counted anew from tickets and entries.

It promises that every figure is the plain count of rows, so that it can be recomputed by hand:
a wait lasts from the opening of a ticket to its first acknowledgement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from alarm_receiver.store.tables import entry, site, ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
FLOOD_MS = 600_000
FLOOD = 10
"""More emergencies than this in ten minutes are a flood (after EEMUA 191, per position)."""
ROWS_MAX = 50_000


@dataclass(slots=True)
class Desk:
    """One operator: what he holds now, and what he took in the window."""

    name: str
    holds: int = 0
    taken: int = 0


@dataclass(slots=True)
class Figures:
    """The wall's figures for a window that ends at `now_ms`. Waits and handling in ms.

    `over`: an emergency waits longer than its limit.
    """

    now_ms: int
    waiting: int = 0
    oldest_ms: int = 0
    over: bool = False
    opened: int = 0
    emergencies: int = 0
    taken: int = 0
    missed: int = 0
    in_time: int = 0
    waits_ms: list[int] = field(default_factory=list)
    handling_ms: list[int] = field(default_factory=list)
    last_ten_minutes: int = 0
    by_hour: list[int] = field(default_factory=lambda: [0] * 24)
    desks: dict[str, Desk] = field(default_factory=dict)

    @property
    def flood(self) -> bool:
        """Whether more emergencies come in than a position can work."""
        return self.last_ten_minutes > FLOOD

    def desk(self, actor: str) -> Desk:
        """The operator's line."""
        name = actor.removeprefix("operator:")
        return self.desks.setdefault(name, Desk(name))


def percentile(values: Sequence[int], share: float) -> int | None:
    """The value that `share` of `values` do not exceed (nearest rank); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def jurisdictions(connection: Connection, agency: str) -> list[str]:
    """Those that the sites of an agency are in."""
    query = select(site.c.jurisdiction).where(site.c.agency == agency).distinct()
    return sorted(connection.execute(query).scalars())


def figures(
    connection: Connection, agency: str, now_ms: int, limit_ms: Callable[[str], int]
) -> Figures:
    """The last 24 hours of `agency`, and what is live now.

    An emergency that waited longer than `limit_ms` of its site's jurisdiction counts as missed.
    """
    since_ms = now_ms - DAY_MS
    first = (
        select(entry.c.ticket, func.min(entry.c.version).label("version"))
        .where(entry.c.act == "acknowledge")
        .group_by(entry.c.ticket)
        .subquery()
    )
    query = (
        select(
            ticket.c.class_,
            ticket.c.state,
            site.c.jurisdiction,
            ticket.c.opened_ms,
            ticket.c.closed_ms,
            ticket.c.holder,
            entry.c.at_ms,
            entry.c.actor,
        )
        .join(site, site.c.id == ticket.c.site)
        .outerjoin(first, first.c.ticket == ticket.c.id)
        .outerjoin(entry, and_(entry.c.ticket == ticket.c.id, entry.c.version == first.c.version))
        .where(
            ticket.c.agency == agency,
            or_(ticket.c.opened_ms > since_ms, ticket.c.state != "closed"),
        )
        .order_by(ticket.c.opened_ms.desc())
        .limit(ROWS_MAX)
    )
    found = Figures(now_ms)
    for row in connection.execute(query):
        _count(found, row, since_ms, limit_ms(row.jurisdiction))
    return found


def _count(found: Figures, row: Any, since_ms: int, limit_ms: int) -> None:
    emergency = row.class_ == "emergency"
    age_ms = found.now_ms - row.opened_ms
    if row.state == "open" and emergency:
        found.waiting += 1
        found.oldest_ms = max(found.oldest_ms, age_ms)
        found.over |= age_ms > limit_ms
    if row.holder and row.state in ("acknowledged", "dispatched"):
        found.desk(row.holder).holds += 1
    if row.opened_ms <= since_ms:
        return
    found.opened += 1
    found.by_hour[min(23, (row.opened_ms - since_ms) // HOUR_MS)] += 1
    if row.at_ms is not None and row.actor.startswith("operator:"):
        found.desk(row.actor).taken += 1
        if row.closed_ms is not None:
            found.handling_ms.append(row.closed_ms - row.at_ms)
    if not emergency:
        return
    found.emergencies += 1
    found.last_ten_minutes += age_ms <= FLOOD_MS
    if row.at_ms is not None:
        wait_ms = row.at_ms - row.opened_ms
        found.taken += 1
        found.waits_ms.append(wait_ms)
        found.in_time += wait_ms <= limit_ms
        found.missed += wait_ms > limit_ms
    else:
        found.missed += age_ms > limit_ms

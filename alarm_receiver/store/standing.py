"""How things stand in the store, in numbers: tickets, pages, processes. It only reads.

It promises figures that any process of a store can give, whoever did the work; and that none of
them reads more than what is live: a year of closed tickets costs nothing here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from alarm_receiver.store.desk import page
from alarm_receiver.store.duty import engine_beat, heard
from alarm_receiver.store.parts import DEAD_MS
from alarm_receiver.store.tables import device, ticket

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Standing:
    """Counts; the tickets' by (class, state) and class, the pages' by state, the parts' by part."""

    live: dict[tuple[str, str], int]
    overdue: dict[str, int]
    overdue_ms: int
    """How long the one that waits longest is past its deadline; 0: none is."""
    pages: dict[str, int]
    """Of live tickets only."""
    waiting_ms: int
    """How long the page that waits longest to be sent is due; 0: none is."""
    alive: dict[str, int]
    dead: dict[str, int]
    """Processes that stopped without a word and are not forgotten yet."""
    lost: int
    """Gateways that are lost."""


def read(connection: Connection, now_ms: int) -> Standing:
    """How things stand at `now_ms`."""
    is_live = ticket.c.state != "closed"
    count = func.count()
    live = select(ticket.c.class_, ticket.c.state, count).where(is_live)
    late = select(ticket.c.class_, count, func.min(ticket.c.due_ms)).where(ticket.c.due_ms < now_ms)
    overdue = list(connection.execute(late.group_by(ticket.c.class_)))
    of_live = select(page.c.state, count).join(ticket, ticket.c.id == page.c.ticket).where(is_live)
    oldest = select(func.min(page.c.due_ms)).where(page.c.due_ms <= now_ms)
    beats = list(connection.execute(select(engine_beat.c.part, engine_beat.c.beat_ms)))
    lost = (
        select(count)
        .select_from(heard)
        .join(device, device.c.id == heard.c.device)
        .where(heard.c.lost_ms.is_not(None), device.c.revoked_ms.is_(None))
    )
    first_ms = min((row[2] for row in overdue), default=now_ms)
    return Standing(
        live={
            (row[0], row[1]): row[2]
            for row in connection.execute(live.group_by(ticket.c.class_, ticket.c.state))
        },
        overdue={row[0]: row[1] for row in overdue},
        overdue_ms=now_ms - first_ms,
        pages={row[0]: row[1] for row in connection.execute(of_live.group_by(page.c.state))},
        waiting_ms=now_ms - (connection.execute(oldest).scalar() or now_ms),
        alive=Counter(part for part, beat_ms in beats if beat_ms >= now_ms - DEAD_MS),
        dead=Counter(part for part, beat_ms in beats if beat_ms < now_ms - DEAD_MS),
        lost=connection.execute(lost).scalar_one(),
    )

"""What a walk test asks: which buttons of a site have spoken since it began. Reads only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from alarm_receiver.store.tables import signal, ticket, zone
from alarm_wire.signal import TAMPER

if TYPE_CHECKING:
    from sqlalchemy import Connection

PRESSES_MAX = 2_000


def presses(connection: Connection, site_id: str, since_ms: int) -> list[dict[str, Any]]:
    """Emergencies of a site received since `since_ms`, in the order of arrival."""
    query = (
        select(
            *(signal.c.device, signal.c.epoch, signal.c.number, signal.c.kind, signal.c.flags),
            *(signal.c.zone, signal.c.received_ms, signal.c.age_ms, signal.c.age_exact),
            *(signal.c.ticket, ticket.c.state, ticket.c.version, zone.c.name.label("zone_name")),
        )
        .join(ticket, ticket.c.id == signal.c.ticket)
        .outerjoin(zone, (zone.c.site == signal.c.site) & (zone.c.number == signal.c.zone))
        .where(signal.c.site == site_id, signal.c.kind < TAMPER, signal.c.received_ms >= since_ms)
        .order_by(signal.c.seq)
        .limit(PRESSES_MAX)
    )
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def press(
    connection: Connection, site_id: str, device: str, epoch: int, number: int
) -> dict[str, Any] | None:
    """One press of a site, by its identity."""
    query = (
        select(signal.c.ticket, ticket.c.version)
        .join(ticket, ticket.c.id == signal.c.ticket)
        .where(
            signal.c.site == site_id,
            signal.c.device == device,
            signal.c.epoch == epoch,
            signal.c.number == number,
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name

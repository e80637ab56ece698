"""Sites and devices as the desk looks at them: who is silent, and what happened where.

Read only, of one agency, bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from alarm_receiver.store.desk import keyholder
from alarm_receiver.store.tables import device, device_key, entry, site, ticket, zone

if TYPE_CHECKING:
    from sqlalchemy import Connection

LISTED_MAX = 200


def sites(connection: Connection, agency: str, wanted: str = "") -> list[dict[str, Any]]:
    """Sites whose name or account contains `wanted`, by name, with their live tickets counted."""
    live = (
        select(ticket.c.site, func.count().label("live"))
        .where(ticket.c.agency == agency, ticket.c.state != "closed")
        .group_by(ticket.c.site)
        .subquery()
    )
    machines = (
        select(device.c.site, func.count().label("devices"))
        .where(device.c.revoked_ms.is_(None))
        .group_by(device.c.site)
        .subquery()
    )
    query = (
        select(site, live.c.live, machines.c.devices)
        .outerjoin(live, live.c.site == site.c.id)
        .outerjoin(machines, machines.c.site == site.c.id)
        .where(site.c.agency == agency)
        .order_by(func.coalesce(live.c.live, 0).desc(), site.c.name)
        .limit(LISTED_MAX)
    )
    if wanted:
        like = f"%{_plain(wanted)}%"
        query = query.where(
            or_(site.c.name.ilike(like, escape="!"), site.c.account.ilike(like, escape="!"))
        )
    return [dict(row) for row in connection.execute(query).mappings()]


def devices(
    connection: Connection, agency: str, site_id: str | None = None
) -> list[dict[str, Any]]:
    """Devices that have not been revoked, with the names of their sites and zones."""
    query = (
        select(
            device.c.id,
            device.c.kind,
            device.c.zone,
            device.c.made_ms,
            zone.c.name.label("zone_name"),
            site.c.id.label("site"),
            site.c.name.label("site_name"),
        )
        .join(site, site.c.id == device.c.site)
        .outerjoin(zone, (zone.c.site == device.c.site) & (zone.c.number == device.c.zone))
        .where(site.c.agency == agency, device.c.revoked_ms.is_(None))
        .order_by(site.c.name, device.c.zone, device.c.id)
    )
    if site_id is not None:
        query = query.where(device.c.site == site_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def keys(connection: Connection, site_id: str) -> dict[str, tuple[int, int]]:
    """Since when each device of a site uses its key (ms), and which of its keys it is."""
    query = (
        select(device_key.c.device, device_key.c.made_ms, device_key.c.generation)
        .join(device, device.c.id == device_key.c.device)
        .where(device.c.site == site_id, device_key.c.retired_ms.is_(None))
    )
    return {row.device: (row.made_ms, row.generation) for row in connection.execute(query)}


def keyholders(connection: Connection, agency: str, wanted: str = "") -> list[dict[str, Any]]:
    """Keyholders of all sites whose name, phone or site contains `wanted`."""
    query = (
        select(
            keyholder.c.name,
            keyholder.c.phone,
            keyholder.c.language,
            keyholder.c.hours,
            keyholder.c.rank,
            site.c.id.label("site"),
            site.c.name.label("site_name"),
        )
        .join(site, site.c.id == keyholder.c.site)
        .where(site.c.agency == agency)
        .order_by(keyholder.c.name, site.c.name)
        .limit(LISTED_MAX)
    )
    if wanted:
        like = f"%{_plain(wanted)}%"
        columns = (keyholder.c.name, keyholder.c.phone, site.c.name)
        query = query.where(or_(*(one.ilike(like, escape="!") for one in columns)))
    return [dict(row) for row in connection.execute(query).mappings()]


def history(connection: Connection, agency: str, site_id: str, count: int = 20) -> list[Any]:
    """The newest tickets of a site: number, class, state, outcome, moments, and who closed them."""
    last = select(entry.c.ticket, entry.c.actor).where(entry.c.act == "close").subquery()
    query = (
        select(
            ticket.c.id,
            ticket.c.number,
            ticket.c.class_,
            ticket.c.state,
            ticket.c.outcome,
            ticket.c.opened_ms,
            ticket.c.closed_ms,
            ticket.c.holder,
            last.c.actor.label("closed_by"),
        )
        .outerjoin(last, last.c.ticket == ticket.c.id)
        .where(ticket.c.agency == agency, ticket.c.site == site_id)
        .order_by(ticket.c.number.desc())
        .limit(count)
    )
    return list(connection.execute(query).mappings())


def _plain(wanted: str) -> str:
    return wanted.replace("!", "!!").replace("%", "!%").replace("_", "!_")

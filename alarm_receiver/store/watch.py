"""Sites and devices as the desk looks at them: who is silent, and what happened where.

Read only, of one agency, bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from alarm_receiver.store.desk import keyholder
from alarm_receiver.store.listing import Listing, Part, read
from alarm_receiver.store.tables import device, device_key, entry, site, ticket, zone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

LISTED_MAX = 200


def sites(
    connection: Connection, agency: str, wanted: str = "", cursor: str = "", count: int = LISTED_MAX
) -> Part:
    """At most `count` sites whose name or account contains `wanted`. Raises BadCursor."""
    keys = (site.c.name, site.c.id)
    listing = Listing("sites by name", _sites(agency), keys, (agency, wanted))
    return read(connection, listing, cursor, count, holding(wanted, "name", "account"))


def alarmed(connection: Connection, agency: str) -> list[dict[str, Any]]:
    """The sites with live tickets by name; at most LISTED_MAX."""
    live = select(ticket.c.site).where(ticket.c.agency == agency, ticket.c.state != "closed")
    query = _sites(agency).where(site.c.id.in_(live)).order_by(site.c.name).limit(LISTED_MAX)
    return [dict(row) for row in connection.execute(query).mappings()]


def _sites(agency: str) -> Any:
    """Sites; what is counted is counted for the rows that are read, and for no others."""
    live = select(func.count()).where(ticket.c.site == site.c.id, ticket.c.state != "closed")
    machines = select(func.count()).where(device.c.site == site.c.id, device.c.revoked_ms.is_(None))
    return select(
        site,
        live.correlate(site).scalar_subquery().label("live"),
        machines.correlate(site).scalar_subquery().label("devices"),
    ).where(site.c.agency == agency)


def devices(
    connection: Connection, agency: str, site_id: str = "", ids: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Devices of a site, or those of `ids`, that are not revoked, with names of sites and zones."""
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
    query = query.where(device.c.site == site_id if site_id else device.c.id.in_(ids))
    return [dict(row) for row in connection.execute(query).mappings()]


def keys(connection: Connection, site_id: str) -> dict[str, tuple[int, int]]:
    """Since when each device of a site uses its key (ms), and which of its keys it is."""
    query = (
        select(device_key.c.device, device_key.c.made_ms, device_key.c.generation)
        .join(device, device.c.id == device_key.c.device)
        .where(device.c.site == site_id, device_key.c.retired_ms.is_(None))
    )
    return {row.device: (row.made_ms, row.generation) for row in connection.execute(query)}


def holding(wanted: str, *names: str) -> Callable[[dict[str, Any]], bool] | None:
    """Whether one of these fields of a row contains `wanted`, without case; None: all do."""
    near = wanted.casefold()
    if not near:
        return None
    return lambda row: any(near in row[name].casefold() for name in names)


def keyholders(
    connection: Connection, agency: str, wanted: str = "", cursor: str = "", count: int = LISTED_MAX
) -> Part:
    """At most `count` keyholders whose name, phone or site contains `wanted`. Raises BadCursor."""
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
    )
    keys = (keyholder.c.name, site.c.name, keyholder.c.id)
    listing = Listing("keyholders", query, keys, (agency, wanted))
    return read(connection, listing, cursor, count, holding(wanted, "name", "phone", "site_name"))


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

"""Units that can be sent, and where sites are on the map. Never commits.

It promises, by the database itself, that a unit has one name in its agency and can do one thing,
and that a position is one on this planet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    delete,
    insert,
    select,
    update,
)

from alarm_receiver.domain.dispatch import KINDS, Point
from alarm_receiver.store.listing import Listing, read
from alarm_receiver.store.registry import NotFound
from alarm_receiver.store.tables import entry, metadata, one_of, ticket

if TYPE_CHECKING:
    from sqlalchemy import Connection

UNITS_MAX = 500
ON_EARTH = (
    "latitude_e6 BETWEEN -90000000 AND 90000000 AND longitude_e6 BETWEEN -180000000 AND 180000000"
)

unit = Table(
    "unit",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("latitude_e6", Integer),
    Column("longitude_e6", Integer),
    Column("made_ms", BigInteger, nullable=False),
    Column("disabled_ms", BigInteger),
    CheckConstraint(one_of("kind", *KINDS), name="kind_known"),
    CheckConstraint("length(name) > 0", name="named"),
    CheckConstraint("(latitude_e6 IS NULL) = (longitude_e6 IS NULL)", name="position_whole"),
    CheckConstraint(ON_EARTH, name="on_earth"),
)

spot = Table(
    "spot",
    metadata,
    Column("site", ForeignKey("site.id"), primary_key=True),
    Column("latitude_e6", Integer, nullable=False),
    Column("longitude_e6", Integer, nullable=False),
    CheckConstraint(ON_EARTH, name="on_earth"),
)


def put(
    connection: Connection,
    agency: str,
    name: str,
    *,
    kind: str,
    phone: str,
    point: Point | None,
    now_ms: int,
) -> None:
    """Let there be a unit of this name; one that is known is changed, or is there again."""
    latitude, longitude = point or (None, None)
    values = {
        "kind": kind,
        "phone": phone,
        "latitude_e6": latitude,
        "longitude_e6": longitude,
        "disabled_ms": None,
    }
    this = (unit.c.agency == agency, unit.c.name == name)
    if connection.execute(update(unit).where(*this).values(values)).rowcount == 0:
        connection.execute(insert(unit).values(agency=agency, name=name, made_ms=now_ms, **values))


def drop(connection: Connection, agency: str, name: str, now_ms: int) -> None:
    """Send this unit no more. Raises NotFound."""
    result = connection.execute(
        update(unit)
        .where(unit.c.agency == agency, unit.c.name == name, unit.c.disabled_ms.is_(None))
        .values(disabled_ms=now_ms)
    )
    if result.rowcount != 1:
        raise NotFound(f"no unit {name}")


def list_of(agency: str) -> Listing:
    """The units of an agency by name; see `shown`."""
    query = select(unit).where(unit.c.agency == agency, unit.c.disabled_ms.is_(None))
    return Listing("units", query, (unit.c.name,), (agency,))


def shown(row: Any) -> dict[str, Any]:
    """A row of `list_of`, with the unit's `point` (or None)."""
    return {"name": row["name"], "kind": row["kind"], "phone": row["phone"], "point": _point(row)}


def of_agency(connection: Connection, agency: str) -> list[dict[str, Any]]:
    """The units of an agency by name, each with its `point` (or None); at most UNITS_MAX."""
    return [shown(row) for row in read(connection, list_of(agency), count=UNITS_MAX).rows]


def busy(connection: Connection, agency: str) -> dict[str, int]:
    """How many live tickets each unit is out for: the newest dispatch of a ticket counts."""
    query = (
        select(entry.c.ticket, entry.c.detail)
        .join(ticket, ticket.c.id == entry.c.ticket)
        .where(ticket.c.agency == agency, ticket.c.state == "dispatched")
        .where(entry.c.act == "dispatch")
        .order_by(entry.c.seq)
    )
    sent = {row.ticket: row.detail.get("unit", "") for row in connection.execute(query)}
    counts: dict[str, int] = {}
    for name in sent.values():
        counts[name] = counts.get(name, 0) + 1
    return counts


def put_spot(connection: Connection, site_id: str, point: Point | None) -> None:
    """Say where a site is on the map; None forgets it."""
    connection.execute(delete(spot).where(spot.c.site == site_id))
    if point is not None:
        values = {"latitude_e6": point[0], "longitude_e6": point[1]}
        connection.execute(insert(spot).values(site=site_id, **values))


def spot_of(connection: Connection, site_id: str) -> Point | None:
    """Where a site is on the map."""
    row = connection.execute(select(spot).where(spot.c.site == site_id)).mappings().one_or_none()
    return None if row is None else _point(row)


def _point(row: Any) -> Point | None:
    return None if row["latitude_e6"] is None else (row["latitude_e6"], row["longitude_e6"])

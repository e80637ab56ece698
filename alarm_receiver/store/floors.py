"""A site's floors: their pictures, and where its devices are. Never commits."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from alarm_receiver.store.charts import floor_plan, place, way_in
from alarm_receiver.store.registry import NotFound

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.domain.picture import Picture

FLOORS_MAX = 60
_HEAD = tuple(one for one in floor_plan.columns if one.name != "picture")


def put(
    connection: Connection,
    site_id: str,
    floor: int,
    *,
    name: str,
    picture: Picture,
    now_ms: int,
) -> None:
    """Let `picture` be the plan of a floor; devices stay where they are on it."""
    values = {
        "name": name,
        "media": picture.media,
        "picture": picture.data,
        "width": picture.width,
        "height": picture.height,
        "digest": hashlib.sha256(picture.data).hexdigest(),
        "made_ms": now_ms,
    }
    this = (floor_plan.c.site == site_id, floor_plan.c.floor == floor)
    if connection.execute(update(floor_plan).where(*this).values(values)).rowcount == 0:
        connection.execute(insert(floor_plan).values(site=site_id, floor=floor, **values))


def drop(connection: Connection, site_id: str, floor: int) -> None:
    """Remove a floor, and what is marked on it. Raises NotFound."""
    for one in (place, way_in):
        connection.execute(delete(one).where(one.c.site == site_id, one.c.floor == floor))
    this = (floor_plan.c.site == site_id, floor_plan.c.floor == floor)
    if connection.execute(delete(floor_plan).where(*this)).rowcount == 0:
        raise NotFound(f"there is no plan of floor {floor}; upload it first")


def of_site(connection: Connection, site_id: str) -> list[dict[str, Any]]:
    """The floors of a site from the top, each with `places` and `way_in` (or None)."""
    query = select(*_HEAD).where(floor_plan.c.site == site_id).order_by(floor_plan.c.floor.desc())
    ways = ways_in(connection, site_id)
    floors = [
        dict(row) | {"places": [], "way_in": ways.get(row["floor"])}
        for row in connection.execute(query).mappings()
    ]
    by_floor: dict[int, list[dict[str, Any]]] = {one["floor"]: one["places"] for one in floors}
    for row in connection.execute(select(place).where(place.c.site == site_id)).mappings():
        by_floor[row["floor"]].append(dict(row))
    return floors


def picture(connection: Connection, site_id: str, floor: int) -> tuple[str, bytes, str]:
    """Type, bytes and digest of a floor's picture. Raises NotFound."""
    query = select(floor_plan.c.media, floor_plan.c.picture, floor_plan.c.digest).where(
        floor_plan.c.site == site_id, floor_plan.c.floor == floor
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"there is no plan of floor {floor}; upload it first")
    return row[0], bytes(row[1]), row[2]


def put_place(
    connection: Connection, site_id: str, floor: int, device: str, where: tuple[int, int]
) -> None:
    """Say where a device of the site is, in hundredths of a percent. Raises NotFound."""
    picture(connection, site_id, floor)
    drop_place(connection, device)
    x, y = where
    connection.execute(insert(place).values(device=device, site=site_id, floor=floor, x=x, y=y))


def drop_place(connection: Connection, device: str) -> None:
    """Forget where a device is."""
    connection.execute(delete(place).where(place.c.device == device))


def put_way_in(connection: Connection, site_id: str, floor: int, where: tuple[int, int]) -> None:
    """Mark the way in on a floor's plan, in hundredths of a percent. Raises NotFound."""
    picture(connection, site_id, floor)
    connection.execute(delete(way_in).where(way_in.c.site == site_id, way_in.c.floor == floor))
    x, y = where
    connection.execute(insert(way_in).values(site=site_id, floor=floor, x=x, y=y))


def ways_in(connection: Connection, site_id: str) -> dict[int, tuple[int, int]]:
    """The way in by floor."""
    rows = connection.execute(select(way_in).where(way_in.c.site == site_id))
    return {row.floor: (row.x, row.y) for row in rows}

"""A site's floor plans as they are drawn: pictures with the places of keypads and the way in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarm_receiver.store import floors, watch
from alarm_receiver.store.charts import EDGE

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

POINTED_PX = 640
"""How wide the plan is drawn where an installer points at it."""


def drawn(
    connection: Connection, agency: str, site_id: str, here: Collection[str] = ()
) -> list[dict[str, Any]]:
    """The floors of a site with their marks in the picture's own units.

    `here` are the devices that the ticket is about: the floors with one of them come first.
    """
    names = {one["id"]: one for one in watch.devices(connection, agency, site_id)}
    found = []
    for row in floors.of_site(connection, site_id):
        width, height = row["width"], row["height"]
        spots = [
            {
                "x": width * one["x"] / EDGE,
                "y": height * one["y"] / EDGE,
                "device": one["device"],
                "name": names.get(one["device"], {}).get("zone_name") or one["device"],
                "here": one["device"] in here,
            }
            for one in row["places"]
        ]
        spots.sort(key=lambda one: (not one["here"], one["name"]))
        way = row["way_in"]
        found.append(
            {
                "floor": row["floor"],
                "name": row["name"],
                "width": width,
                "height": height,
                "pointed_px": POINTED_PX,
                "mark": max(width, height) / 44,
                "picture": f"/v1/sites/{site_id}/floors/{row['floor']}/picture"
                f"?v={row['digest'][:16]}",
                "spots": spots,
                "here": any(one["here"] for one in spots),
                "way_in": way and {"x": width * way[0] / EDGE, "y": height * way[1] / EDGE},
            }
        )
    found.sort(key=lambda one: not one["here"])
    return found

"""Fills an empty store with a small town, to look at and to try things on.

It promises never to touch a store in which there is a site. Its devices have keys that nobody
knows: they are seen and never heard, and a real one is registered beside them.
"""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from alarm_receiver.domain.picture import SVG, checked
from alarm_receiver.store import charts, directory, floors, premises, registry
from alarm_receiver.store.database import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection

SITES = (
    ("Corner shop", "cz", ("Till", "Back room")),
    ("Petrol station", "gb", ("Night counter", "Office", "Car wash")),
    ("Pharmacy", "hu", ("Counter", "Laboratory")),
    ("School", "generic", ("Porter", "Secretariat", "Gym", "Library")),
    ("Jeweller", "il", ("Showroom", "Safe")),
)
PLAN = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300"><rect width="400" height="300"
fill="#fff" stroke="#000" stroke-width="6"/><path d="M0 180H260M260 0V180M150 180V300"
fill="none" stroke="#000" stroke-width="4"/><text x="16" y="32">{}</text></svg>"""


class NotEmpty(StoreError):
    """There are sites in this store already."""


def fill(connection: Connection, now_ms: int) -> dict[str, int]:
    """Make the town; what was made. Raises NotEmpty."""
    registry.make_agency(connection, registry.OWN, "Own agency")
    if registry.sites(connection, registry.OWN):
        raise NotEmpty("there are sites in this store already; demo data goes into an empty one")
    customer, police = str(uuid.uuid4()), str(uuid.uuid4())
    person = {"name": "Town council", "person": "", "phone": "", "mail": "", "note": "demo"}
    directory.put(connection, charts.customer, registry.OWN, customer, person)
    called = {"kind": "police", "name": "Demo police", "phone": "", "note": "demo: call nobody"}
    directory.put(connection, charts.authority, registry.OWN, police, called)
    devices = 0
    for place, (name, jurisdiction, rooms) in enumerate(SITES, 1):
        site = str(uuid.uuid4())
        registry.make_site(
            connection,
            site,
            agency_id=registry.OWN,
            name=name,
            account=f"DEMO{place}",
            now_ms=now_ms,
        )
        premises.change_site(connection, site, {"jurisdiction": jurisdiction})
        directory.set_customer(connection, registry.OWN, site, customer)
        link = {"rank": 1, "reference": f"DEMO-{place}", "response": "active"}
        directory.link(connection, registry.OWN, site, police, link)
        devices += _equip(connection, site, name, rooms, now_ms)
    return {"sites": len(SITES), "devices": devices}


def _equip(
    connection: Connection, site: str, name: str, rooms: tuple[str, ...], now_ms: int
) -> int:
    """A gateway, a keypad in each room, a plan with their places, a keyholder."""
    picture = checked(SVG, PLAN.format(name).encode())
    floors.put(connection, site, 0, name="Ground floor", picture=picture, now_ms=now_ms)
    holder = {
        "rank": 1,
        "name": "Keyholder",
        "phone": "000",
        "language": "en",
        "hours": "demo: call nobody",
    }
    premises.put_keyholder(connection, str(uuid.uuid4()), site, holder)
    for zone, room in enumerate(("", *rooms)):
        device = secrets.token_hex(8)
        registry.register(
            connection,
            device,
            site_id=site,
            kind="keypad" if zone else "gateway",
            zone_number=zone,
            secret=secrets.token_bytes(32),
            now_ms=now_ms,
        )
        if zone:
            registry.name_zone(connection, site, zone, room)
            where = (
                1_000 + 8_000 * (zone - 1) // max(1, len(rooms) - 1),
                2_500 + 4_500 * (zone % 2),
            )
            floors.put_place(connection, site, 0, device, where)
    return 1 + len(rooms)

"""How devices are, as their heartbeats tell: supplies, radio, firmware, trouble. Never commits.

It promises one row a device, the newest; it is for people's eyes and decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.store.tables import device, metadata
from alarm_wire.signal import (
    TROUBLE_BATTERY,
    TROUBLE_LOOP,
    TROUBLE_MAINS,
    TROUBLE_ON_TEST,
    TROUBLE_PATH,
    TROUBLE_STORE,
    TROUBLE_TAMPER,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from alarm_wire.signal import Heartbeat

VALUES = ("pending", "rssi_dbm", "mains_mv", "battery_mv", "firmware", "trouble")
COUNTED_MAX = 2**31 - 1
TROUBLES = {
    TROUBLE_STORE: "store",
    TROUBLE_PATH: "path",
    TROUBLE_TAMPER: "tamper",
    TROUBLE_LOOP: "loop",
    TROUBLE_MAINS: "mains",
    TROUBLE_BATTERY: "battery",
    TROUBLE_ON_TEST: "on_test",
}

health = Table(
    "health",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    *(Column(name, Integer, nullable=False) for name in VALUES),
)


def keep(connection: Connection, beats: Iterable[tuple[Heartbeat, int]]) -> None:
    """Keep what these devices said of themselves, and when."""
    rows = [
        {"device": beat.device.hex(), "at_ms": at_ms}
        | {name: min(getattr(beat, name), COUNTED_MAX) for name in VALUES}
        for beat, at_ms in beats
    ]
    if not rows:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    put = dialect.insert(health)
    fresh = {name: put.excluded[name] for name in ("at_ms", *VALUES)}
    rows.sort(key=lambda row: str(row["device"]))
    connection.execute(put.on_conflict_do_update(index_elements=["device"], set_=fresh), rows)


def of_site(connection: Connection, site_id: str) -> dict[str, dict[str, Any]]:
    """What the devices of a site said last; `troubles` are names, `version` is the firmware's."""
    query = select(health).join(device, device.c.id == health.c.device)
    found = {}
    for row in connection.execute(query.where(device.c.site == site_id)).mappings():
        number = row["firmware"]
        version = f"{number >> 16}.{number >> 8 & 255}.{number & 255}" if number else ""
        troubles = [name for bit, name in TROUBLES.items() if row["trouble"] & bit]
        found[row["device"]] = dict(row) | {"version": version, "troubles": troubles}
    return found

"""Who was heard, and when: kept every second, so that a restart forgets nothing. Never commits.

It promises that a kept heartbeat only moves forward, whoever writes it, and that of several engines
one alone tells a gateway lost, or heard again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select, update

from alarm_receiver.domain.supervision import Heard, term_ms
from alarm_receiver.store.duty import heard
from alarm_receiver.store.tables import device, site
from alarm_wire.profiles import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

Kept = tuple[bytes, int, int, int]
"""Device, epoch, number, moment of its newest heartbeat."""

_UPSERT = (
    "ON CONFLICT (device) DO UPDATE SET epoch = excluded.epoch, number = excluded.number, "
    "heard_ms = excluded.heard_ms WHERE excluded.epoch > heard.epoch OR "
    "(excluded.epoch = heard.epoch AND excluded.number > heard.number)"
)
_INTO = "INSERT INTO heard (device, epoch, number, heard_ms)"
_FROM = {
    "sqlite": "SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?) "
    "WHERE true",
    "postgresql": "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::bigint[])",
}
_COLUMNS = (
    device.c.id,
    site.c.agency,
    device.c.site,
    device.c.profile,
    heard.c.heard_ms,
    heard.c.lost_ms,
)


def keep(connection: Connection, rows: Sequence[Kept]) -> None:
    """Keep the newest heartbeat of each of these devices: one statement, whatever their number."""
    if not rows:
        return
    plain = sorted((one.hex(), epoch, number, at_ms) for one, epoch, number, at_ms in rows)
    statement = " ".join((_INTO, _FROM[connection.dialect.name], _UPSERT))
    cursor: Any = connection.connection.cursor()
    try:
        if connection.dialect.name == "sqlite":
            cursor.execute(statement, (json.dumps(plain),))
        else:
            cursor.execute(statement, [list(one) for one in zip(*plain, strict=True)])
    finally:
        cursor.close()


def everything(connection: Connection, since_ms: int = 0) -> Iterable[Kept]:
    """What was kept of every device that was heard since a moment."""
    query = select(heard.c.device, heard.c.epoch, heard.c.number, heard.c.heard_ms)
    if since_ms:
        query = query.where(heard.c.heard_ms > since_ms)
    for row in connection.execute(query):
        yield bytes.fromhex(row[0]), row[1], row[2], row[3]


def silent(connection: Connection, now_ms: int, count: int) -> list[Heard]:
    """Gateways that were not heard for their term, and were not told lost yet; longest first."""
    over = or_(
        *(
            and_(device.c.profile == name, heard.c.heard_ms <= now_ms - term_ms(name))
            for name in PROFILES
        )
    )
    query = _gateways().where(heard.c.lost_ms.is_(None), over)
    rows = connection.execute(query.order_by(heard.c.heard_ms).limit(count))
    return [Heard(*row) for row in rows]


def back(connection: Connection, count: int) -> list[Heard]:
    """Gateways that were told lost, and were heard since."""
    query = _gateways().where(heard.c.lost_ms.is_not(None), heard.c.heard_ms >= heard.c.lost_ms)
    return [Heard(*row) for row in connection.execute(query.limit(count))]


def one(connection: Connection, agency: str, device_id: str) -> Heard | None:
    """What is known of one device of an agency; None when it never spoke."""
    query = _devices().where(device.c.id == device_id, site.c.agency == agency)
    row = connection.execute(query).one_or_none()
    return None if row is None else Heard(*row)


def of_devices(connection: Connection, devices: Sequence[str]) -> dict[str, Heard]:
    """What is known of those of these devices that ever spoke."""
    rows = connection.execute(_devices().where(device.c.id.in_(devices)))
    return {row[0]: Heard(*row) for row in rows}


def tell(connection: Connection, one: Heard, lost_ms: int | None) -> bool:
    """Note that people are told. False: another engine, or a heartbeat, was faster."""
    result = connection.execute(
        update(heard)
        .where(
            heard.c.device == one.device,
            heard.c.heard_ms == one.heard_ms,
            heard.c.lost_ms.is_(None) if one.lost_ms is None else heard.c.lost_ms == one.lost_ms,
        )
        .values(lost_ms=lost_ms)
    )
    return result.rowcount == 1


def set_profile(connection: Connection, device_id: str, profile: str) -> None:
    """Let a gateway be supervised by another profile."""
    connection.execute(update(device).where(device.c.id == device_id).values(profile=profile))


def _devices() -> Any:
    return (
        select(*_COLUMNS)
        .join(device, device.c.id == heard.c.device)
        .join(site, site.c.id == device.c.site)
    )


def _gateways() -> Any:
    return _devices().where(device.c.kind == "gateway", device.c.revoked_ms.is_(None))

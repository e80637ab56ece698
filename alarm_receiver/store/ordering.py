"""Makes orders: settings or an image for one keypad. Never commits.

It promises that asking for the same again changes nothing, that a counter is used once, and that
nothing is ordered that the keypad could not take: too long, not newer, for another board.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, func, select
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.image import version_text
from alarm_receiver.domain.orders import LIVE, NEXT, Act, NotOrdered, State, What
from alarm_receiver.store import images
from alarm_receiver.store.health import health
from alarm_receiver.store.keybox import box_of
from alarm_receiver.store.orders import (
    change,
    device_order,
    device_settings,
    of_device,
    row_of,
    settings,
)
from alarm_receiver.store.tables import signal
from alarm_wire.parcel import DATA_BYTES_MAX, SETTINGS_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

COUNTED_FROM_S = 1_577_836_800
"""2020-01-01: counters are seconds since then, or one more than the last."""
LIVE_MAX = 10_000
"""Live orders; more wait until some of them have ended."""


def order_settings(
    connection: Connection, device_id: str, values: dict[str, Any], actor: str, now_ms: int
) -> bool:
    """Order these settings for a device; False when they are ordered or taken already.

    Raises NotOrdered.
    """
    content = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if len(content) > SETTINGS_BYTES_MAX:
        raise NotOrdered(
            f"these settings have {len(content)} bytes, a keypad keeps {SETTINGS_BYTES_MAX}; "
            "leave out what has its default value"
        )
    known = of_device(connection, device_id, What.SETTINGS)
    if (
        known is not None
        and State(known["state"]) in (*LIVE, State.TAKEN)
        and settings(connection, device_id) == content
    ):
        return False
    counter = now_ms // 1000 - COUNTED_FROM_S
    if known is not None:
        counter = max(counter, known["counter"] + 1)
    _put(connection, device_id, What.SETTINGS, counter, actor, now_ms)
    _upsert(
        connection,
        device_settings,
        {
            "device": device_id,
            "counter": counter,
            "sealed": box_of(connection).seal(content, row_of(device_id, counter)),
        },
        ["device"],
    )
    return True


def order_image(  # noqa: PLR0917 - whose device gets which image, and who says so
    connection: Connection, agency: str, device_id: str, version: int, actor: str, now_ms: int
) -> bool:
    """Order an image for a device; False when it is ordered or taken already.

    Raises NotOrdered for a version that is not newer; BadImage for one that is not here, or for
    another board.
    """
    size = len(images.content_for(connection, agency, device_id, version))
    known = of_device(connection, device_id, What.IMAGE)
    same = known is not None and known["counter"] == version
    if known is not None and same and State(known["state"]) in (*LIVE, State.TAKEN):
        return False
    running = connection.execute(
        select(health.c.firmware).where(health.c.device == device_id)
    ).scalar()
    newest = max(running or 0, known["counter"] if known and known["state"] == State.TAKEN else 0)
    if version <= newest:
        raise NotOrdered(
            f"keypad {device_id} has {version_text(newest)}: a keypad takes only what is newer; "
            "build what it shall have with a higher version"
        )
    _put(connection, device_id, What.IMAGE, version, actor, now_ms)
    pieces = (size + DATA_BYTES_MAX - 1) // DATA_BYTES_MAX
    change(connection, {"device": device_id, "what": What.IMAGE}, pieces=pieces)
    return True


def _put(  # noqa: PLR0917 - the columns that an order begins with
    connection: Connection, device_id: str, what: What, counter: int, actor: str, now_ms: int
) -> None:
    """A new order takes the place of the one before. Raises NotOrdered beyond LIVE_MAX."""
    live = select(func.count()).select_from(device_order).where(device_order.c.due_ms.is_not(None))
    if connection.execute(live).scalar_one() >= LIVE_MAX:
        raise NotOrdered(f"{LIVE_MAX} orders are under way; wait until some have ended")
    last = connection.execute(
        select(signal.c.epoch, signal.c.number)
        .where(signal.c.device == device_id)
        .order_by(signal.c.epoch.desc(), signal.c.number.desc())
        .limit(1)
    ).one_or_none()
    _upsert(
        connection,
        device_order,
        {
            "device": device_id,
            "what": what,
            "counter": counter,
            "state": NEXT[None, Act.ORDER],
            "reason": "",
            "tries": 0,
            "asked_by": actor[:80],
            "asked_ms": now_ms,
            "moved_ms": now_ms,
            "sent_ms": 0,
            "due_ms": now_ms,
            "epoch": last.epoch if last else 0,
            "number": last.number if last else 0,
            "place": 0,
            "pieces": 0,
        },
        ["device", "what"],
    )


def _upsert(connection: Connection, table: Table, row: dict[str, Any], keys: Sequence[str]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    rest = {name: value for name, value in row.items() if name not in keys}
    connection.execute(
        dialect.insert(table).values(**row).on_conflict_do_update(index_elements=keys, set_=rest)
    )

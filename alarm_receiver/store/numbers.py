"""Reads what is needed to see that signals of a device are missing. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from alarm_receiver.store.tables import device, signal, site

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.domain.numbers import Gap

Row = tuple[int, str, int, int]
"""Sequence, device, epoch and number of a signal."""


def newest(connection: Connection) -> int:
    """The highest sequence of all signals; 0 without any."""
    return connection.execute(select(func.max(signal.c.seq))).scalar() or 0


def since(connection: Connection, seq: int, before_ms: int, count: int) -> list[Row]:
    """At most `count` signals beyond `seq`, up to the first that came after `before_ms`."""
    query = (
        select(signal.c.seq, signal.c.device, signal.c.epoch, signal.c.number, signal.c.received_ms)
        .where(signal.c.seq > seq)
        .order_by(signal.c.seq)
        .limit(count)
    )
    found: list[Row] = []
    for row in connection.execute(query):
        if row.received_ms > before_ms:
            break
        found.append((row.seq, row.device, row.epoch, row.number))
    return found


def missing(connection: Connection, gap: Gap) -> int:
    """How many numbers of a gap are not stored."""
    query = select(func.count()).where(
        signal.c.device == gap.device,
        signal.c.epoch == gap.epoch,
        signal.c.number >= gap.first,
        signal.c.number <= gap.last,
    )
    return gap.count - connection.execute(query).scalar_one()


def whose(connection: Connection, device_id: str) -> tuple[str, str]:
    """Agency and site of a device."""
    query = select(site.c.agency, site.c.id).join(device, device.c.site == site.c.id)
    row = connection.execute(query.where(device.c.id == device_id)).one()
    return row[0], row[1]

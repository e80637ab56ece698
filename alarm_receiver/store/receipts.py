"""Receipts "acknowledged" on their way to the gateways, in the order they were queued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from alarm_receiver.store.tables import receipt

if TYPE_CHECKING:
    from sqlalchemy import Connection

KEEP_MS = 7 * 86_400_000
"""A keypad that was away for longer learns it from the answer to its next duplicate."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One receipt to hand out; `device` is the 16-digit text."""

    seq: int
    device: str
    epoch: int
    number: int
    ticket: str


def after(connection: Connection, site: str, seq: int, now_ms: int, count: int) -> list[Queued]:
    """At most `count` receipts for the devices of `site`, queued after `seq`."""
    query = (
        select(receipt.c.seq, receipt.c.device, receipt.c.epoch, receipt.c.number, receipt.c.ticket)
        .where(receipt.c.site == site, receipt.c.seq > seq, receipt.c.made_ms > now_ms - KEEP_MS)
        .order_by(receipt.c.seq)
        .limit(count)
    )
    return [Queued(*row) for row in connection.execute(query)]


def newest(connection: Connection) -> int:
    """The highest sequence ever queued; 0 when nothing was."""
    return connection.execute(select(func.max(receipt.c.seq))).scalar() or 0

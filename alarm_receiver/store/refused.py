"""Refused frames: a bounded quarantine, so that a forger leaves a trace and fills no disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from alarm_receiver.store.tables import refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

KEPT_MAX = 10_000
FRAME_MAX = 128


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows and drop the oldest beyond KEPT_MAX."""
    if not rows:
        return
    connection.execute(insert(refused), list(rows))
    newest = connection.execute(select(func.max(refused.c.seq))).scalar_one()
    connection.execute(delete(refused).where(refused.c.seq <= newest - KEPT_MAX))


def newest(connection: Connection, count: int) -> list[dict[str, Any]]:
    """The `count` newest refused frames, newest first; frames as hexadecimal text."""
    query = select(refused).order_by(refused.c.seq.desc()).limit(count)
    return [
        {
            "at_ms": row.at_ms,
            "reason": row.reason,
            "detail": row.detail,
            "device": row.device,
            "frame": bytes(row.frame).hex(),
        }
        for row in connection.execute(query)
    ]

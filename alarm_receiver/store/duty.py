"""The tables of who is heard: devices by their heartbeats, and the receiver's own parts.

It promises, by the database itself, that a device is known by its newest heartbeat only, and that
parts are of a known kind.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, String, Table

from alarm_receiver.store.tables import metadata, one_of

PARTS = ("all", "intake", "console", "engine")

heard = Table(
    "heard",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("heard_ms", BigInteger, nullable=False),
    Column("lost_ms", BigInteger),
    CheckConstraint("epoch >= 0 AND number >= 0", name="counts_grow"),
)

engine_beat = Table(
    "engine_beat",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("beat_ms", BigInteger, nullable=False),
    Column("late_ms", BigInteger, nullable=False),
    Column("part", String(8), nullable=False, server_default="all"),
    Column("since_ms", BigInteger, nullable=False, server_default="0"),
    Column("host", String(80), nullable=False, server_default=""),
    Column("pid", Integer, nullable=False, server_default="0"),
    Column("dead_ms", BigInteger),
    CheckConstraint(one_of("part", *PARTS), name="part_known"),
)

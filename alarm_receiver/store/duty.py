"""The tables of who is there: devices by their heartbeats, the receiver's parts, and operators.

It promises, by the database itself, that a device is known by its newest heartbeat only, that a
duty that has not ended has a deadline, and that nobody is on two duties at once.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    text,
)

from alarm_receiver.domain.roster import DUTY_MS_MAX
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

team = Table(
    "team",
    metadata,
    Column("agency", ForeignKey("agency.id"), primary_key=True),
    Column("name", String(60), primary_key=True),
    Column("made_ms", BigInteger, nullable=False),
    CheckConstraint("length(name) > 0", name="named"),
)

team_member = Table(
    "team_member",
    metadata,
    Column("agency", String(32), primary_key=True),
    Column("team", String(60), primary_key=True),
    Column("operator", ForeignKey("operator.id"), primary_key=True),
    ForeignKeyConstraint(["agency", "team"], ["team.agency", "team.name"]),
)

duty = Table(
    "duty",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("operator", ForeignKey("operator.id"), nullable=False),
    Column("state", String(8), nullable=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),
    Column("began_ms", BigInteger),
    Column("ended_ms", BigInteger),
    CheckConstraint(one_of("state", "planned", "on", "break", "ended"), name="state_known"),
    CheckConstraint("until_ms > from_ms", name="ends"),
    CheckConstraint(f"until_ms - from_ms <= {DUTY_MS_MAX}", name="ends_in_time"),
    CheckConstraint("(state = 'ended') = (due_ms IS NULL)", name="running_has_deadline"),
    CheckConstraint("(state = 'ended') = (ended_ms IS NOT NULL)", name="ended_has_moment"),
    CheckConstraint("state NOT IN ('on', 'break') OR began_ms IS NOT NULL", name="on_has_begun"),
    Index(
        "duty_one_at_once_ix",
        "operator",
        unique=True,
        sqlite_where=text("state IN ('on', 'break')"),
        postgresql_where=text("state IN ('on', 'break')"),
    ),
    Index(
        "duty_due_ix",
        "due_ms",
        sqlite_where=text("due_ms IS NOT NULL"),
        postgresql_where=text("due_ms IS NOT NULL"),
    ),
)

"""The tables of what stands around a site: floor plans, places of devices, customers, agencies.

It promises, by the database itself, that a picture has one of two kinds and a bounded size, and
that a device is at one place at most, on a plan of a floor that exists.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from alarm_receiver.domain.picture import BYTES_MAX, PNG, SVG
from alarm_receiver.store.tables import metadata, one_of

FLOORS = (-50, 200)
EDGE = 10_000
"""Places are hundredths of a percent of the picture's width and height, from its upper left."""

floor_plan = Table(
    "floor_plan",
    metadata,
    Column("site", ForeignKey("site.id"), primary_key=True),
    Column("floor", Integer, primary_key=True, autoincrement=False),
    Column("name", String(80), nullable=False),
    Column("media", String(16), nullable=False),
    Column("picture", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    CheckConstraint(one_of("media", SVG, PNG), name="media_known"),
    CheckConstraint(f"floor BETWEEN {FLOORS[0]} AND {FLOORS[1]}", name="floor_known"),
    CheckConstraint(f"length(picture) BETWEEN 1 AND {2 * BYTES_MAX}", name="picture_bounded"),
    CheckConstraint("width >= 1 AND height >= 1", name="picture_has_size"),
    CheckConstraint("length(digest) = 64", name="digest_is_whole"),
)

place = Table(
    "place",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("site", String(36), nullable=False),
    Column("floor", Integer, nullable=False),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    ForeignKeyConstraint(["site", "floor"], ["floor_plan.site", "floor_plan.floor"]),
    CheckConstraint(f"x BETWEEN 0 AND {EDGE} AND y BETWEEN 0 AND {EDGE}", name="on_the_picture"),
)

way_in = Table(
    "way_in",
    metadata,
    Column("site", String(36), primary_key=True),
    Column("floor", Integer, primary_key=True, autoincrement=False),
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    ForeignKeyConstraint(["site", "floor"], ["floor_plan.site", "floor_plan.floor"]),
    CheckConstraint(f"x BETWEEN 0 AND {EDGE} AND y BETWEEN 0 AND {EDGE}", name="on_the_picture"),
)

AUTHORITIES = ("police", "guards", "ambulance", "fire", "technician", "other")

customer = Table(
    "customer",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("name", String(200), nullable=False),
    Column("person", String(200), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("mail", String(200), nullable=False),
    Column("note", String(1000), nullable=False),
    UniqueConstraint("agency", "name"),
    CheckConstraint("length(name) > 0", name="named"),
)

authority = Table(
    "authority",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("phone", String(40), nullable=False),
    Column("note", String(1000), nullable=False),
    UniqueConstraint("agency", "name"),
    CheckConstraint(one_of("kind", *AUTHORITIES), name="kind_known"),
    CheckConstraint("length(name) > 0", name="named"),
)
"""Agencies outside, as records: whom an operator calls, under which number."""

site_authority = Table(
    "site_authority",
    metadata,
    Column("site", ForeignKey("site.id"), primary_key=True),
    Column("authority", ForeignKey("authority.id"), primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("reference", String(40), nullable=False),
    Column("response", String(16), nullable=False),
    CheckConstraint(one_of("response", "active", "withdrawn"), name="response_known"),
    CheckConstraint("rank BETWEEN 1 AND 99", name="rank_counts"),
)

"""Every table of the store in one place: whoever imports this has them all declared."""

from __future__ import annotations

from alarm_receiver.store import (
    certificates,
    charts,
    desk,
    duty,
    health,
    holds,
    identity,
    images,
    orders,
    proposals,
    retention,
    tables,
    units,
)

TABLES = (
    tables,
    desk,
    charts,
    duty,
    health,
    units,
    identity,
    proposals,
    holds,
    retention,
    orders,
    images,
    certificates,
)
"""The modules that declare tables."""
metadata = tables.metadata

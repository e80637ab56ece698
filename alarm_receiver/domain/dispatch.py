"""Help on its way: how far it is, when it should be there, and until when somebody must confirm.

It promises that help which nobody confirms, or that does not arrive in time, brings its ticket back
to the desk: typing on the ticket never puts these deadlines off. Pure; it knows no clock.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = ("guard", "police", "ambulance", "fire", "technician")
"""What units can do; a unit has one of them."""
CONFIRM_MS = 120_000
"""Who was sent to an emergency confirms within two minutes, or the desk has it again."""
LATE_MS = 120_000
"""So long after the expected arrival a unit that said nothing is late."""
EXPECTED_S_MAX = 14_400
EARTH_KM = 6_371.0
DETOUR, KMH, LEAVE_S = 1.4, 40.0, 60
"""An estimate and shown as one: roads are 1.4 times the straight line, 40 km/h in towns, a minute
to leave. A unit that confirms names its own time."""

Point = tuple[int, int]
"""Latitude and longitude in millionths of a degree."""


def distance_km(one: Point, other: Point) -> float:
    """The straight line between two points on the ground (haversine)."""
    (lat1, lon1), (lat2, lon2) = (
        (radians(latitude / 1e6), radians(longitude / 1e6)) for latitude, longitude in (one, other)
    )
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def expected_s(km: float) -> int:
    """How long a unit `km` away needs, in whole minutes."""
    seconds = LEAVE_S + km * DETOUR / KMH * 3_600
    return min(60 * max(1, round(seconds / 60)), EXPECTED_S_MAX)


def due_ms(
    act: str,
    before_ms: int | None,
    now_ms: int,
    detail: Mapping[str, object],
    *,
    wait_ms: int,
    emergency: bool,
) -> int:
    """The deadline of a ticket whose help was sent, after `act`. `wait_ms`: the policy's wait."""
    if act == "dispatch":
        return now_ms + (min(CONFIRM_MS, wait_ms) if emergency else wait_ms)
    if act == "underway":
        return now_ms + int(str(detail["expected_s"])) * 1_000 + LATE_MS
    if act == "arrived" or before_ms is None:
        return now_ms + wait_ms
    return before_ms

"""Reporting times of EN 50136-1:2012+A1: how soon the loss of a path must be known.

SP3, SP4, SP6, DP1, DP2 and DP4 as published by makers of receivers; SP5 and DP3 from memory of the
table. Check them against the standard before you declare a category: Holdfast declares none.
"""

_HOUR_S = 3600

PROFILES: "dict[str, tuple[int, int]]" = {
    "SP3": (30 * 60, 0),
    "SP4": (3 * 60, 0),
    "SP5": (90, 0),
    "SP6": (20, 0),
    "DP1": (25 * _HOUR_S, 50 * _HOUR_S),
    "DP2": (30 * 60, 25 * _HOUR_S),
    "DP3": (3 * 60, 25 * _HOUR_S),
    "DP4": (90, 5 * _HOUR_S),
}
"""Name -> seconds of the first path and of the second; 0: there is no second one."""

USUAL = "SP5"
"""What a gateway has until somebody says otherwise."""

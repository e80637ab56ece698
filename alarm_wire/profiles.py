"""Reporting times of EN 50136-1:2012+A1: how soon the loss of a path must be known.

Where each figure is from stands in SOURCES. Public summaries were searched for SP5 and DP3 and name
none; the published ones bracket them (SP4 3 min, SP6 20 s; DP2 30 min, DP4 90 s). Check them with
the standard before you declare a category: Holdfast declares none.
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

PUBLISHED = "evalink's documentation of its receivers: set SLA for receiver, default intervals"
UNSOURCED = "no public source found"
SOURCES: "dict[str, str]" = dict.fromkeys(PROFILES, PUBLISHED)
SOURCES["SP5"] = SOURCES["DP3"] = UNSOURCED
"""Name -> who says so."""

USUAL = "SP5"
"""What a gateway has until somebody says otherwise."""

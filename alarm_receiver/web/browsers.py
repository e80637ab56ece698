"""What a browser says of itself, in the few words by which its owner knows it again."""

from __future__ import annotations

BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""The first that is named counts: Edge and Opera name Chrome too, and Chrome names Safari."""
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
SAID_MAX = 80


def browser(about: str) -> str:
    """`about` (an address and a User-Agent) as address, browser and system; else cut short."""
    address, _, said = about.partition(" ")
    found = [
        next((name for sign, name in table if sign in said), "") for table in (BROWSERS, SYSTEMS)
    ]
    if not all(found):
        return about if len(about) <= SAID_MAX else about[: SAID_MAX - 1] + "…"
    return " · ".join((address, *found))

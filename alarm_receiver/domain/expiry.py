"""When a certificate that ends is put before people.

It promises that everybody judges by the same days: a month ahead the console says it, two weeks
ahead it is on a technical ticket. Pure.
"""

from __future__ import annotations

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
SOON_MS = 31 * DAY_MS - 1
"""30 whole days: said from here on. Certificates of private authorities are renewed by hand, and
installers come by appointment."""
TICKET_MS = 15 * DAY_MS - 1
"""14 whole days: on a ticket from here on."""


def days_left(ends_ms: int, now_ms: int) -> int:
    """Whole days until the end; negative when it is over."""
    return (ends_ms - now_ms) // DAY_MS


def standing(ends_ms: int, now_ms: int) -> str:
    """`good`, `soon` (30 days or less), `late` (14 days or less), or `over`."""
    left_ms = ends_ms - now_ms
    if left_ms <= 0:
        return "over"
    if left_ms <= TICKET_MS:
        return "late"
    return "soon" if left_ms <= SOON_MS else "good"

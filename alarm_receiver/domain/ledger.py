"""The false-alarm ledger: how near a site is to losing the police's response. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Ledger:
    """False alarms inside the window; `left` more and response is withdrawn.

    `oldest_ends_ms` is when the oldest one leaves the window, None when there is none.
    """

    count: int
    limit: int
    left: int
    at_risk: bool
    oldest_ends_ms: int | None


def ledger(opened_ms: Sequence[int], now_ms: int, *, limit: int, window_days: int) -> Ledger:
    """The ledger at `now_ms` of false alarms opened at `opened_ms`."""
    window_ms = window_days * DAY_MS
    inside = sorted(one for one in opened_ms if now_ms - window_ms < one <= now_ms)
    left = max(0, limit - len(inside))
    ends_ms = inside[0] + window_ms if inside else None
    return Ledger(len(inside), limit, left, left <= 1, ends_ms)

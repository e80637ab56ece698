"""The receiver's clock: UTC that never jumps while the process runs.

It promises that deadlines fall due after the time they name has passed, also when somebody sets
the system clock a day forth or back: the wall clock is read at start, or what the process before
kept (`anchor`), and then carried on by the monotonic clock; only small corrections (NTP slewing)
are followed.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FOLLOW_MS = 500
"""A difference to the wall clock up to this is a correction, beyond it a jump."""


class Clock:
    """`now_ms()` in milliseconds since 1970, UTC."""

    def __init__(
        self,
        wall_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        *,
        offset_ns: int | None = None,
    ) -> None:
        self._wall_ns = wall_ns
        self._monotonic_ns = monotonic_ns
        self._offset_ns = wall_ns() - monotonic_ns() if offset_ns is None else offset_ns

    @property
    def offset_ns(self) -> int:
        """Our time minus the monotonic clock."""
        return self._offset_ns

    def now_ms(self) -> int:
        """The moment."""
        carried_ns = self._monotonic_ns() + self._offset_ns
        ahead_ns = self._wall_ns() - carried_ns
        if abs(ahead_ns) <= FOLLOW_MS * 1_000_000:
            # Follow in steps of a hundredth: time goes on, only a little faster or slower.
            self._offset_ns += ahead_ns // 100
        return carried_ns // 1_000_000

    def skew_ms(self) -> int:
        """How far the wall clock is ahead; more than FOLLOW_MS means that somebody set it."""
        return (self._wall_ns() - self._monotonic_ns() - self._offset_ns) // 1_000_000

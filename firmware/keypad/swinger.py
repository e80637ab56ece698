"""Holds back what comes and goes without end: a loose lid, a torn wire, a tired supply. Pure.

One Swinger per condition, for technical ones only. It promises that the first TRIPS_MAX are told as
they come, that the next one is told as held back, and that once it has been quiet for QUIET_MS the
state as it is then is told. Presses, hold-ups and duress never come by here.
"""

from alarm_wire.signal import HELD_BACK, TECHNICAL, urgency
from keypad.panel import Wish
from micropython import const

TRIPS_MAX = const(5)
"""So many trips without a quiet time between them are told one by one."""
QUIET_MS = const(3600000)


class Swinger:
    """One condition that trips and is restored."""

    def __init__(self) -> None:
        self._trips = 0
        self._last_ms = 0
        self._held: "Wish | None" = None

    def changed(self, now_ms: int, wish: Wish) -> "Wish | None":
        """It has changed as `wish` says; what is to be sent instead, None for nothing."""
        if self._held is None and now_ms - self._last_ms >= QUIET_MS:
            self._trips = 0
        self._last_ms = now_ms
        if self._held is None:
            self._trips += urgency(wish.kind) == TECHNICAL
            if self._trips <= TRIPS_MAX:
                return wish
        first = self._held is None
        self._held = wish
        return Wish(HELD_BACK, zone=wish.value, value=wish.kind) if first else None

    def quiet(self, now_ms: int) -> "Wish | None":
        """What it is by now, when it has been held back and quiet for long enough."""
        if self._held is None or now_ms - self._last_ms < QUIET_MS:
            return None
        wish = self._held
        self._held = None
        self._trips = 0
        return wish

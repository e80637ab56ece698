"""Uptime that does not wrap, and the time of day as the receiver has sealed it.

Nothing else may set the clock: no NTP, no broker, no gateway. The sealed answer to a heartbeat says
when the receiver sealed it, and only the answer to a heartbeat of this boot that was sent a moment
ago counts: an old one says nothing, and the way there and back bounds the error.
"""

import time

from micropython import const

ROUND_TRIP_MS_MAX = const(4000)
"""A slower answer says too little: the error is half of the way there and back."""


class Uptime:
    """Milliseconds since boot. Ask at least once a day: half a wrap is 6 days on an ESP32."""

    def __init__(self) -> None:
        self._last = time.ticks_ms()
        self._total_ms = 0

    def now_ms(self) -> int:
        """Milliseconds since this object was made."""
        now = time.ticks_ms()
        self._total_ms += time.ticks_diff(now, self._last)
        self._last = now
        return self._total_ms


class Wall:
    """Time of day out of uptime; 0 as long as nobody has told."""

    def __init__(self) -> None:
        self._number = 0
        self._sent_ms = 0
        self._offset_ms = 0

    def asked(self, number: int, now_ms: int) -> None:
        """Heartbeat `number` of this boot is being sent."""
        self._number = number
        self._sent_ms = now_ms

    def told(self, number: int, moment_utc_ms: int, now_ms: int) -> bool:
        """The sealed answer to heartbeat `number` came; whether the clock was set by it."""
        way_ms = now_ms - self._sent_ms
        if number != self._number or not moment_utc_ms or not 0 <= way_ms <= ROUND_TRIP_MS_MAX:
            return False
        self._number = 0
        self._offset_ms = moment_utc_ms + way_ms // 2 - now_ms
        return True

    def utc_ms(self, now_ms: int) -> int:
        """Milliseconds since 1970 at uptime `now_ms`, or 0."""
        return now_ms + self._offset_ms if self._offset_ms > 0 else 0

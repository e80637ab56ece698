"""Uptime that does not wrap, from a counter that does. The board's counter wraps after 12 days."""

import time


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

"""How late the event loop is: the longest time in which no other part had a turn."""

import asyncio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keypad.clock import Uptime

PULSE_MS = 10


class Pulse:
    """Measures the longest stretch in which the event loop had no turn."""

    def __init__(self, uptime: "Uptime") -> None:
        self._uptime = uptime
        self._worst_ms = 0

    async def run(self) -> None:
        """Tick for ever."""
        last_ms = self._uptime.now_ms()
        while True:
            await asyncio.sleep_ms(PULSE_MS)
            now_ms = self._uptime.now_ms()
            self._worst_ms = max(self._worst_ms, now_ms - last_ms - PULSE_MS)
            last_ms = now_ms

    def worst_ms(self) -> int:
        """The longest stretch since the last call."""
        worst_ms = self._worst_ms
        self._worst_ms = 0
        return worst_ms

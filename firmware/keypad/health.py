"""How late the event loop is: the longest time in which no other part had a turn."""

import asyncio
import gc

import machine

from alarm_wire.signal import Heartbeat
from keypad import version_number

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

    def beat(
        self,
        who: "tuple[bytes, int, int]",
        state: "tuple[int, int, int]",
        supplies_mv: "tuple[int, int]",
    ) -> Heartbeat:
        """A heartbeat of (device, epoch, number); `state`: pending, RSSI, TROUBLE_* bits."""
        pending, rssi_dbm, trouble = state
        return Heartbeat(
            *who,
            uptime_ms=self._uptime.now_ms(),
            boot_cause=machine.reset_cause(),
            pending=pending,
            rssi_dbm=rssi_dbm,
            lateness_ms=self.worst_ms(),
            heap_free=gc.mem_free(),
            mains_mv=supplies_mv[0],
            battery_mv=supplies_mv[1],
            firmware=version_number(),
            trouble=trouble,
        )

    def worst_ms(self) -> int:
        """The longest stretch since the last call."""
        worst_ms = self._worst_ms
        self._worst_ms = 0
        return worst_ms

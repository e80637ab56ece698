"""How well the keypad does: loop lateness, heap, trouble; and the heartbeat that tells it."""

import asyncio
import gc

from alarm_wire.signal import Heartbeat

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


def heartbeat(
    device: bytes,
    epoch: int,
    number: int,
    *,
    uptime_ms: int,
    boot_cause: int,
    pending: int,
    rssi_dbm: int,
    lateness_ms: int,
    firmware: int,
    trouble: int,
) -> Heartbeat:
    """A heartbeat with the heap as it is now."""
    return Heartbeat(
        device,
        epoch,
        number,
        uptime_ms=uptime_ms,
        boot_cause=boot_cause,
        pending=pending,
        rssi_dbm=rssi_dbm,
        lateness_ms=lateness_ms,
        heap_free=gc.mem_free(),
        firmware=firmware,
        trouble=trouble,
    )

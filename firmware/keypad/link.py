"""Keeps the station joined to the access point.

It knows nothing of brokers: a dead one must not touch the radio.
"""

import asyncio

import network

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_JOIN_MS = const(15000)
"""How long one attempt to join may take before the station is started afresh."""
_LOOK_MS = const(50)


class Link:
    """`up` is set while the station has an address; `went_down` is called when it loses it."""

    def __init__(self, ssid: str, password: str, went_down: "Callable[[], None]") -> None:
        self._ssid = ssid
        self._password = password
        self._went_down = went_down
        self._station = network.WLAN(network.STA_IF)
        self.up = asyncio.Event()
        self.turns = 0

    async def run(self) -> None:
        """Join, and join again, for ever."""
        while True:
            self._station.active(True)
            self._station.connect(self._ssid, self._password)
            waited_ms = 0
            while waited_ms < _JOIN_MS:
                self.turns += 1
                if self._station.isconnected():
                    waited_ms = 0
                    self.up.set()
                elif self.up.is_set():
                    self.up.clear()
                    self._went_down()
                else:
                    waited_ms += _LOOK_MS
                await asyncio.sleep_ms(_LOOK_MS)
            self._station.disconnect()
            self._station.active(False)

    def rssi_dbm(self) -> int:
        """Signal strength, or 0 when there is none to tell."""
        try:
            return int(self._station.status("rssi"))
        except OSError:
            return 0

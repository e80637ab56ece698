"""Keeps the keypad on its network, by radio or by cable: which of the two is the joint's affair.

It knows nothing of brokers: a dead one must not touch the radio.
"""

import asyncio

from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.settings import Settings

RADIO = "wifi"
CABLE = "ethernet"
JOINTS = (RADIO, CABLE)
_JOIN_MS = const(15000)
"""How long one attempt to join may take before the joint is started afresh."""
_LOOK_MS = const(50)


class Joint:
    """What joins the keypad to a network: the interface that `radio` and `wire` fulfil.

    `nic` is the network card as MicroPython has it.
    """

    nic: "Any"

    def start(self) -> None:
        """Join, or begin to."""
        raise NotImplementedError

    def stop(self) -> None:
        """Leave, so that `start` starts afresh."""
        self.nic.active(False)

    def rssi_dbm(self) -> int:
        """Signal strength, or 0 when there is none to tell."""
        return 0


class Link:
    """`up` is set while there is an address; `went_down` is called when it is lost."""

    def __init__(self, config: "Settings", board: "Any", went_down: "Callable[[], None]") -> None:
        self._config = config
        self._joint = self._made(board)
        self._went_down = went_down
        self.up = asyncio.Event()
        self.turns = 0

    async def run(self) -> None:
        """Join, and join again, for ever; with the fixed address if there is one, else by DHCP."""
        config = self._config
        nic = self._joint.nic
        while True:
            nic.active(True)
            if config.address:
                nic.ifconfig((config.address, config.netmask, config.router, config.dns))
            self._joint.start()
            waited_ms = 0
            while waited_ms < _JOIN_MS:
                self.turns += 1
                if nic.isconnected():
                    waited_ms = 0
                    self.up.set()
                elif self.up.is_set():
                    self.up.clear()
                    self._went_down()
                else:
                    waited_ms += _LOOK_MS
                await asyncio.sleep_ms(_LOOK_MS)
            self._joint.stop()

    def dns(self) -> str:
        """Address of the network's name server; empty when there is none."""
        return str(self._joint.nic.ifconfig()[3])

    def rssi_dbm(self) -> int:
        """Signal strength, or 0 when there is none to tell."""
        return self._joint.rssi_dbm()

    def _made(self, board: "Any") -> Joint:
        if self._config.link == CABLE:
            from keypad.wire import Wire

            return Wire(board)
        from keypad.radio import Radio

        return Radio(self._config.wifi_ssid, self._config.wifi_password)

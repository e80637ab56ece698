"""Keeps the keypad on its network, by radio or by cable: which of the two is the joint's affair.

The radio's is here, because most have it; the cable's (keypad.wire) is loaded when it is asked for.
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
_FAULT_MS = const(1000)
_FAULTS_MAX = const(60)
"""So many errors of the driver in a row are borne; then only a fresh start of the board helps."""


class Joint:
    """What joins the keypad to a network: the interface that Radio here and `wire` fulfil.

    `nic` is the network card as MicroPython has it.
    """

    nic: "Any"

    def start(self) -> None:
        """Join, or begin to."""
        raise NotImplementedError

    def stop(self) -> None:
        """Leave, so that `start` starts afresh."""
        raise NotImplementedError

    def rssi_dbm(self) -> int:
        """Signal strength, or 0 when there is none to tell."""
        raise NotImplementedError


class Radio(Joint):
    """The station of the chip's own radio: joins one access point."""

    def __init__(self, ssid: str, password: str) -> None:
        self._ssid = ssid
        self._password = password
        import network  # not where settings are judged, for another link or on another machine

        self.nic = network.WLAN(network.STA_IF)

    def start(self) -> None:
        """Ask to join."""
        self.nic.connect(self._ssid, self._password)

    def stop(self) -> None:
        """Leave, and switch the radio off."""
        self.nic.disconnect()
        self.nic.active(False)

    def rssi_dbm(self) -> int:
        """Signal strength, or 0 when there is none to tell."""
        try:
            return int(self.nic.status("rssi"))
        except OSError:
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
        faults = waited_ms = 0
        joins = False
        while True:
            self.turns += 1
            wait_ms = _LOOK_MS
            try:
                if not joins:
                    self._join()
                    joins = True
                    waited_ms = 0
                up = self._joint.nic.isconnected()
                waited_ms = 0 if up or self.up.is_set() else waited_ms + _LOOK_MS
                self._set(up=up)
                if waited_ms >= _JOIN_MS:
                    joins = False
                    self._joint.stop()
                    faults = 0
            except OSError:
                # drivers have states of which they say no more: a button is not to suffer for it
                faults = 1 if self.up.is_set() else faults + 1
                if faults > _FAULTS_MAX:
                    raise
                joins = False
                self._set(up=False)
                wait_ms = _FAULT_MS
            await asyncio.sleep_ms(wait_ms)

    def _join(self) -> None:
        """Begin to join; `run` gives it up when there has been no address for too long."""
        config = self._config
        nic = self._joint.nic
        nic.active(True)
        if config.address:
            nic.ifconfig((config.address, config.netmask, config.router, config.dns))
        self._joint.start()

    def _set(self, *, up: bool) -> None:
        if up:
            self.up.set()
        elif self.up.is_set():
            self.up.clear()
            self._went_down()

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
        return Radio(self._config.wifi_ssid, self._config.wifi_password)

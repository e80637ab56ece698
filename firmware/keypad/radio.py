"""The station of the chip's own radio. Loaded when the settings say wifi."""

import network

from keypad.link import Joint


class Radio(Joint):
    """Joins one access point."""

    def __init__(self, ssid: str, password: str) -> None:
        self._ssid = ssid
        self._password = password
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

"""`network` as the ESP32 port has it: a station and a W5500; the world moves radio and cable."""

import os

import _control
from machine import Pin

STA_IF = 0
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202


if not os.getenv("BOARD_NO_W5500"):  # as in an image without SPI Ethernet
    PHY_W5500 = 102
ETH_STARTED = 1
ETH_CONNECTED = 3
ETH_DISCONNECTED = 4
ETH_GOT_IP = 5
_NOWHERE = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")  # noqa: S104  # a card without address
_HOME = ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")


class WLAN:
    """The station. It joins at once when the radio is in reach and `connect` was called."""

    IF_STA = 0
    PM_NONE = 0
    PM_PERFORMANCE = 1
    _active = False
    _wanted = False
    _errors = int(os.getenv("BOARD_RADIO_ERRORS") or 0)
    """So many attempts to join end in an error of the driver."""

    def __init__(self, interface_id=STA_IF):
        if interface_id != STA_IF:
            raise ValueError("this board has a station only")

    def active(self, is_active=None):
        if is_active is None:
            return WLAN._active
        WLAN._active = bool(is_active)
        _count(self, is_active)
        if not is_active:
            WLAN._wanted = False
        return WLAN._active

    def connect(self, ssid=None, key=None, *, bssid=None):
        if not WLAN._active:
            raise OSError("Wifi Not Started")
        if WLAN._errors:
            WLAN._errors -= 1
            raise OSError("Wifi Internal State Error")
        WLAN._wanted = True

    def disconnect(self):
        WLAN._wanted = False

    def isconnected(self):
        return bool(WLAN._active and WLAN._wanted and _control.radio[0])

    def status(self, param=None):
        if param == "rssi":
            if not self.isconnected():
                raise OSError("Wifi Not Connected")
            return -55
        if self.isconnected():
            return STAT_GOT_IP
        return STAT_NO_AP_FOUND if WLAN._wanted else STAT_IDLE

    def config(self, *names, **values):
        return None

    def ifconfig(self, config=None):
        return _HOME

    def ipconfig(self, *names, **values):
        return ("127.0.0.1", "255.0.0.0") if names else None


class LAN:
    """A W5500. It joins by itself while it is active, plugged in, and has an address."""

    def __init__(self, id=0, *, spi=None, cs=None, int=None, phy_type=None, phy_addr=None):
        if phy_type != PHY_W5500 or spi is None or phy_addr != 0:
            raise ValueError("this board has a W5500 on SPI, address 0")
        if not isinstance(cs, Pin) or not isinstance(int, Pin):
            raise TypeError("cs and int must be pins")
        self._active = False
        self._fixed = None

    def active(self, is_active=None):
        if is_active is None:
            return self._active
        self._active = bool(is_active)
        _count(self, is_active)
        return self._active

    def isconnected(self):
        return self.status() == ETH_GOT_IP

    def status(self):
        if not self._active:
            return ETH_STARTED
        if not _control.cable[0] & 1:
            return ETH_DISCONNECTED
        return ETH_GOT_IP if self._fixed or _control.cable[0] & 2 else ETH_CONNECTED

    def ifconfig(self, config=None):
        if config is None:
            return (self._fixed or _HOME) if self.isconnected() else _NOWHERE
        self._fixed = None if config == "dhcp" else config
        return None

    def config(self, *names, **values):
        return None


def _count(card, active):
    """Remember which cards there are: no socket opens unless one of them is joined."""
    if active and card not in _control.cards:
        _control.cards.append(card)


def country(code=None):
    return code


def hostname(name=None):
    return name

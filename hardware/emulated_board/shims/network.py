"""`network` as the ESP32 port has it: a station whose radio the world can put out of reach."""

import _control

STA_IF = 0
STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202


class WLAN:
    """The station. It joins at once when the radio is in reach and `connect` was called."""

    IF_STA = 0
    PM_NONE = 0
    PM_PERFORMANCE = 1
    _active = False
    _wanted = False

    def __init__(self, interface_id=STA_IF):
        if interface_id != STA_IF:
            raise ValueError("this board has a station only")

    def active(self, is_active=None):
        if is_active is None:
            return WLAN._active
        WLAN._active = bool(is_active)
        if not is_active:
            WLAN._wanted = False
        return WLAN._active

    def connect(self, ssid=None, key=None, *, bssid=None):
        if not WLAN._active:
            raise OSError("Wifi Not Started")
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
        return ("127.0.0.1", "255.0.0.0", "127.0.0.1", "127.0.0.1")

    def ipconfig(self, *names, **values):
        return ("127.0.0.1", "255.0.0.0") if names else None


def country(code=None):
    return code


def hostname(name=None):
    return name

"""`machine` as the ESP32 port has it, as far as the keypad uses it, on the wires of `_control`.

An input follows the level that the world drives; without one, its pull. Interrupts are soft, as on
the ESP32: the handler runs between two bytecodes of the main program.
"""

import os
import sys

import _control
from umachine import *  # noqa: F403  # the ESP32's own machine.py does the same

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

# Exit codes by which a board tells the world that it wants to start again.
EXIT_RESET = 90
EXIT_SOFT_RESET = 91


class Pin:
    """One pin; see the ESP32 quick reference."""

    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_DOWN = 1
    PULL_UP = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self._id = id
        self._output = mode in (Pin.OUT, Pin.OPEN_DRAIN)
        self._scans = mode == Pin.OPEN_DRAIN
        self._pull = pull
        self._level = 0
        self._handler = None
        self._trigger = 0
        _control.pins[id] = self
        if self._output:
            self.value(value or 0)

    def value(self, x=None):
        if x is None:
            if self._output:
                return self._level
            _control.looked(self._id)
            _control.take()
            if _control.keys and self._connected_low():
                return 0
            return _control.levels.get(self._id, 1 if self._pull == Pin.PULL_UP else 0)
        level = 1 if x else 0
        if level != self._level or not self._output:
            self._level = level
            if self._scans:
                return None  # a matrix is scanned 200 times a second: nobody wants to read that
            _control.report("pin %d %d" % (self._id, level))
        return None

    def _connected_low(self):
        for key, held in _control.keys.items():
            if held and key >> 8 == self._id and not _control.pins[key & 0xFF].value():
                return True
        return False

    def __call__(self, x=None):
        return self.value(x)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def irq(self, handler=None, trigger=3, *, wake=None, hard=False):
        self._handler = handler
        self._trigger = trigger
        return self

    def edge(self, level):
        """The world moved this pin (not part of the ESP32's API)."""
        if os.getenv("BOARD_DEAF") == str(self._id):
            return  # its interrupts are lost, as in a storm of edges
        if self._handler and self._trigger & (Pin.IRQ_RISING if level else Pin.IRQ_FALLING):
            self._handler(self)

    def __repr__(self):
        return "Pin(%d)" % self._id


class ADC:
    """One analogue input."""

    ATTN_0DB = 0
    ATTN_2_5DB = 1
    ATTN_6DB = 2
    ATTN_11DB = 3

    # Microvolts at full scale: as on the board, more than that reads as full scale.
    _FULL_UV = (950000, 1250000, 1750000, 3300000)

    def __init__(self, pin, *, atten=ATTN_0DB):
        self._id = pin._id if isinstance(pin, Pin) else pin  # noqa: SLF001  # same module
        self._full_uv = self._FULL_UV[atten]

    def read_u16(self):
        return self.read_uv() * 65535 // self._full_uv

    def read_uv(self):
        return min(_control.readings.get(self._id, 0) * 3300000 // 65535, self._full_uv)


class SPI:
    """A bus; what hangs on it is the network card's affair."""

    def __init__(self, id, baudrate=1000000, *, sck=None, mosi=None, miso=None):
        if not all(isinstance(pin, Pin) for pin in (sck, mosi, miso)):
            raise ValueError("a bus needs its three pins")


class PWM:
    """A pin that swings; the world sees a level: 1 while it swings, 0 while it is still."""

    def __init__(self, dest, *, freq=-1, duty_u16=-1):
        self._pin = dest
        self._freq = freq
        self.duty_u16(max(duty_u16, 0))

    def freq(self, value=None):
        if value is None:
            return self._freq
        self._freq = value
        return None

    def duty_u16(self, value=None):
        _control.report("pin %d %d" % (self._pin._id, 1 if value else 0))  # noqa: SLF001

    def deinit(self):
        self.duty_u16(0)


class WDT:
    """The watchdog: the world resets the board when it is not fed in time."""

    def __init__(self, id=0, timeout=5000):
        _control.report("watchdog %d" % timeout)

    def feed(self):
        _control.report("feed")


def unique_id():
    return b"EMUBRD"


def reset_cause():
    return int(os.getenv("BOARD_CAUSE") or PWRON_RESET)


def reset():
    sys.exit(EXIT_RESET)


def soft_reset():
    sys.exit(EXIT_SOFT_RESET)


def freq(hz=None):
    return 160000000

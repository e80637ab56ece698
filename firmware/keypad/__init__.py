"""The keypad: from a closed contact to a signal that a receiver has confirmed.

Pure parts (debounce, panel) take `now` and return what to do; the others are shells around them.
The order in which a press travels:

    buttons -> debounce -> panel -> ring (durable) -> indicator: taken
               courier -> mqtt -> ... -> receipt -> ring (drop) -> panel -> indicator

Errors:

    config.ConfigError   a setting is missing or out of range: which, and what is allowed
    ring.RingError       the flash ring could not keep something
        ring.RingFullError    nothing may be evicted to make room
    mqtt.MqttError       the broker broke the protocol or fell silent
"""

import gc
import sys

VERSION = (0, 1, 0)
"""Firmware version: major, minor, patch."""


def version_number() -> int:
    """VERSION as a heartbeat carries it."""
    return VERSION[0] << 16 | VERSION[1] << 8 | VERSION[2]


def forget(*names: str) -> None:
    """Take modules of this package that are not needed any more out of the heap."""
    package = sys.modules["keypad"]
    for name in names:
        sys.modules.pop("keypad." + name, None)
        if hasattr(package, name):
            delattr(package, name)
    gc.collect()

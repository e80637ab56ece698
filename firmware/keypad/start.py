"""Starts the keypad: the order matters, because the heap is small.

The flash ring comes first, while the heap is still in one piece: its index and the buffer of one
block are the largest pieces there are. The rest of the application is loaded after that.
"""

import sys
import time

import machine
from esp32 import Partition

import micropython
from alarm_wire.signal import device_text
from keypad import forget
from keypad.boots import count_crash, has, jammed, next_epoch, number, started_well
from keypad.ring import Ring, RingError
from keypad.settings import Start
from keypad.vigil import CRASHES_MAX, WATCHDOG_MS
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from keypad.app import Keypad

_PAUSE_MS = const(50)
_PAUSE_MS_MAX = const(5000)
_LOOK_MS = const(20)
_LATE = ("orders", "fetch", "pieces", "install", "romfs")
"""What an update loads, months later, perhaps while presses wait."""
_ON_TRIAL = const(1)
_TAKEN_BACK = const(2)
"""The NVS number `trial` while settings are on trial, and after keypad.trial.take_back."""


def open_ring() -> "tuple[Ring | None, str | None]":
    """The flash ring; or None and why the board has none that can be used."""
    found = Partition.find(Partition.TYPE_DATA, label="ring")
    if not found:
        return None, "there is no partition named ring; flash firmware/partitions.csv"
    try:
        return Ring(found[0]), None
    except (RingError, OSError) as error:
        return None, str(error)


def _pause(start: Start) -> None:
    """After crashes; grows with them. A contact that closes ends it: it is seen all the sooner."""
    if start.crashes <= CRASHES_MAX:
        return
    contact = machine.Pin(start.board.PANIC, machine.Pin.IN, machine.Pin.PULL_UP)
    closed = 0
    for _ in range(min(_PAUSE_MS_MAX, _PAUSE_MS << min(start.crashes, 10)) // _LOOK_MS):
        closed = 0 if contact.value() else closed + 1
        if closed > 1:
            return
        time.sleep_ms(_LOOK_MS)


def _make_room() -> None:
    """Let go what only the start needed; and what is loaded late, once its names are known.

    MicroPython's table of names doubles when it is full, in one piece. Now there is one; in a heap
    of 64 KB with presses waiting there was none, and an update died of it.
    """
    forget("config", "secure", "expiry", "reconfigure", "trial", "dns", "slips")
    for name in _LATE:
        __import__("keypad." + name)
        forget(name)
    sys.modules.pop("alarm_wire.parcel", None)


def prepare() -> "Keypad | None":
    """The keypad, ready to run; None when it has not been provisioned."""
    ring, trouble = open_ring()

    from keypad.config import ConfigError, load

    if number("trial") not in (0, _TAKEN_BACK):
        from keypad.trial import started

        started()  # settings with which no start lasts two minutes go as well
    became = ("nobody answered them", 0) if number("trial") == _TAKEN_BACK else None
    try:
        settings = load()
        if has("parcel"):
            from keypad.reconfigure import apply

            became = apply(settings.device, settings.key) or became
            settings = load()
    except ConfigError as error:
        print("keypad: %s" % error)
        return None
    start = Start()
    start.settings_told, start.settings_why = became or (None, 0)
    start.counter = number("counter")
    # from here on a start that hangs is started again
    start.watchdog = machine.WDT(timeout=WATCHDOG_MS)
    start.epoch = next_epoch(1 if ring is None else ring.epoch + 1)
    start.crashes = count_crash()
    start.trial = (1 if number("trial") == _ON_TRIAL else 0) | (2 if number("image") >> 2 else 0)
    start.tried = number("tried")
    start.opened = number("opened")
    start.jammed = jammed()
    start.damaged = 0 if ring is None else ring.damaged
    start.started_well = started_well
    start.board = __import__("boards." + settings.board, None, None, ("board",))
    _pause(start)

    from keypad.secure import certificate, context

    start.tls = context(settings, device_text(settings.device))
    start.certificate = certificate(settings)
    if settings.trace:
        micropython.kbd_intr(3)  # boot.py has shut it: else anybody gets at the key by cable
    del load, ConfigError, context, certificate
    _make_room()
    from keypad.app import Keypad
    from keypad.keeper import Keeper

    return Keypad(settings, start, Keeper(ring, trouble))

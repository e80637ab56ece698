"""The installer's way to the prompt of a keypad in production. Loaded when BOOT is closed.

It promises that nobody gets there with the lid on, nor before a tamper signal is kept, whatever the
settings watch; and that the start which opens it waits for what is under way, a minute at most.
"""

import asyncio

import machine
from esp32 import NVS

from alarm_wire.signal import TAMPER
from keypad.boots import NAMESPACE, number
from keypad.panel import Wish
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_OPENED = const(5)
"""Value of the tamper signal; the lid is 1, the wall 2, the loop 3 and 4."""
_LOOK_MS = const(100)
_LOOKS = const(30)
_CALM_TURNS_MAX = const(600)


async def open_service(
    boot: machine.Pin,
    lid: int,
    keep: "Callable[[Wish], object]",
    calm: "Callable[[], bool]",
) -> None:
    """Open the way if BOOT is held for 3 s beside an open lid; else nothing happens."""
    contact = machine.Pin(lid, machine.Pin.IN, machine.Pin.PULL_UP)
    for _ in range(_LOOKS):
        if boot.value() or not contact.value():
            return
        await asyncio.sleep_ms(_LOOK_MS)
    keep(Wish(TAMPER, value=_OPENED))
    turns = 0
    while not calm() and turns < _CALM_TURNS_MAX:
        turns += 1
        await asyncio.sleep_ms(_LOOK_MS)
    nvs = NVS(NAMESPACE)
    nvs.set_i32("service", 1)
    nvs.commit()
    machine.reset()


def tell(keep: "Callable[[Wish], object]") -> None:
    """It was opened while no keypad ran: say so, once."""
    if number("opened"):
        keep(Wish(TAMPER, value=_OPENED))
        nvs = NVS(NAMESPACE)
        nvs.set_i32("opened", 0)
        nvs.commit()

"""Loop, tamper contacts, supplies and matrix on their pins: a thin shell around pure parts.

Loaded only when the settings ask for one of them. What it finds it tells through `tell` (a Wish)
and `press`; it decides nothing else.
"""

import asyncio

from machine import ADC, Pin

from alarm_wire.signal import (
    BATTERY_LOW,
    BATTERY_RESTORED,
    LOOP_FAULT,
    LOOP_RESTORED,
    MAINS_LOST,
    MAINS_RESTORED,
    TAMPER,
    TAMPER_RESTORED,
    TECHNICAL,
    TROUBLE_BATTERY,
    TROUBLE_LOOP,
    TROUBLE_MAINS,
    TROUBLE_TAMPER,
    urgency,
)
from keypad import loop
from keypad.boots import number, put
from keypad.panel import Wish
from keypad.swinger import Swinger
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.clock import Uptime

# `value` of a tamper signal: which contact.
LID = const(1)
WALL = const(2)
LOOP_SHORT = const(3)
LOOP_OPEN = const(4)

_MAINS_MV_MIN = const(9500)
_BATTERY_MV_MIN = const(3500)
_HYSTERESIS_MV = const(200)
_SUPPLY_MS = const(1000)
_UV_PER_MV = const(1000)
_CONTACT_SHIFT = const(16)
"""Above the TROUBLE_* bits the NVS number `inputs` has a bit for each contact told as open."""
_MAINS_SHARE = const(10)
_BATTERY_SHARE = const(2)


def _analogue(pin: int) -> ADC:
    """An input over the whole range: without the attenuation a board reads no more than 0.95 V."""
    return ADC(Pin(pin), atten=ADC.ATTN_11DB)


class Inputs:
    """The supervised inputs; `trouble` has their TROUBLE_* bits, voltages in millivolts.

    What was told and not restored is in the NVS: a restart must not leave a fault open for ever.
    A condition that comes and goes without end is held back (keypad.swinger).
    """

    def __init__(
        self,
        board: "Any",
        uptime: "Uptime",
        tell: "Callable[[Wish], object]",
        press: "Callable[[], None]",
    ) -> None:
        self._board = board
        self._uptime = uptime
        self._tell = tell
        self._press = press
        self._swingers: "dict[int, Swinger]" = {}
        told = self._told = number("inputs")
        self._open = [contact for contact in (LID, WALL) if told & contact << _CONTACT_SHIFT]
        self.trouble = told & ((1 << _CONTACT_SHIFT) - 1)
        self._set(TROUBLE_TAMPER, on=bool(self._open))
        self.mains_mv = 0
        self.battery_mv = 0

    async def watch_loop(self) -> None:
        """Sample the loop against the rail, for ever."""
        line = _analogue(self._board.LOOP)
        rail = _analogue(self._board.RAIL)
        judge = loop.Loop()
        while True:
            # the rail's divider halves it, and both share the ADC's reference: a pure ratio
            rail_uv = rail.read_uv() * 2
            permille = line.read_uv() * 1000 // rail_uv if rail_uv else 1000
            state = judge.sample(self._uptime.now_ms(), permille)
            if state is not None:
                self._loop_changed(state)
            await asyncio.sleep_ms(loop.SAMPLE_MS)

    def _loop_changed(self, state: int) -> None:
        was = self.trouble & TROUBLE_LOOP
        if state == loop.ALARM:
            self._press()  # and a fault from before stays told until the loop is normal
            return
        self._set(TROUBLE_LOOP, on=state != loop.NORMAL)
        if state == loop.FAULT:
            self._changed(TROUBLE_LOOP, Wish(LOOP_FAULT))
        elif state in (loop.SHORT, loop.OPEN):
            value = LOOP_SHORT if state == loop.SHORT else LOOP_OPEN
            self._changed(TROUBLE_LOOP, Wish(TAMPER, value=value))
        elif was:
            self._changed(TROUBLE_LOOP, Wish(LOOP_RESTORED))

    def tamper(self, contact: int, closed: bool) -> None:
        """Contact LID or WALL was debounced: open means tamper. Told when it changes."""
        if closed == (contact not in self._open):
            return
        if closed:
            self._open.remove(contact)
        else:
            self._open.append(contact)
        self._set(TROUBLE_TAMPER, on=bool(self._open))
        wish = Wish(TAMPER_RESTORED if closed else TAMPER, value=contact)
        self._changed(contact << _CONTACT_SHIFT, wish)

    async def watch_supplies(self) -> None:
        """Look at mains and battery each second, for ever."""
        mains = _analogue(self._board.MAINS)
        battery = _analogue(self._board.BATTERY)
        while True:
            self.mains_mv = mains.read_uv() * _MAINS_SHARE // _UV_PER_MV
            self.battery_mv = battery.read_uv() * _BATTERY_SHARE // _UV_PER_MV
            self._supply(TROUBLE_MAINS, self.mains_mv, _MAINS_MV_MIN, (MAINS_LOST, MAINS_RESTORED))
            self._supply(
                TROUBLE_BATTERY, self.battery_mv, _BATTERY_MV_MIN, (BATTERY_LOW, BATTERY_RESTORED)
            )
            await asyncio.sleep_ms(_SUPPLY_MS)

    def _supply(self, bit: int, millivolts: int, least: int, kinds: "tuple[int, int]") -> None:
        low = bool(self.trouble & bit)
        if not low and millivolts < least:
            self._set(bit, on=True)
            self._changed(bit, Wish(kinds[0], value=millivolts))
        elif low and millivolts > least + _HYSTERESIS_MV:
            self._set(bit, on=False)
            self._changed(bit, Wish(kinds[1], value=millivolts))

    async def watch_quiet(self) -> None:
        """Tell the state of what was held back and has come to rest, for ever."""
        while True:
            now_ms = self._uptime.now_ms()
            for bit, swinger in self._swingers.items():
                self._send(bit, swinger.quiet(now_ms))
            await asyncio.sleep_ms(_SUPPLY_MS)

    def _changed(self, bit: int, wish: Wish) -> None:
        """The condition `bit` has changed as `wish` says: told, or held back."""
        if bit not in self._swingers:
            self._swingers[bit] = Swinger()
        self._send(bit, self._swingers[bit].changed(self._uptime.now_ms(), wish))

    def _send(self, bit: int, wish: "Wish | None") -> None:
        if wish is None:
            return
        self._tell(wish)
        on = urgency(wish.kind) == TECHNICAL
        told = self._told | bit if on else self._told & ~bit
        if told != self._told:
            self._told = told
            put("inputs", told)

    def _set(self, bit: int, *, on: bool) -> None:
        self.trouble = self.trouble | bit if on else self.trouble & ~bit

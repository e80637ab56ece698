"""Loop, tamper contacts and supplies on their pins: a thin shell around pure parts.

Loaded only when the settings ask for one of them. What it finds it tells through `tell` (a Wish)
and `press`; it decides nothing else. Contacts are sampled at every look, without interrupts: an
edge that gets lost loses nothing.
"""

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
from keypad.debounce import CLOSED, Debounce
from keypad.panel import Wish
from keypad.swinger import Swinger
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.settings import Settings

# `value` of a tamper signal: which contact.
LID = const(1)
WALL = const(2)
LOOP_SHORT = const(3)
LOOP_OPEN = const(4)

_MAINS_MV_MIN = const(9500)
_BATTERY_MV_MIN = const(3500)
_HYSTERESIS_MV = const(200)
_UV_PER_MV = const(1000)
_CONTACT_SHIFT = const(16)
"""Above the TROUBLE_* bits the NVS number `inputs` has a bit for each contact told as open."""
_MAINS_SHARE = const(10)
_BATTERY_SHARE = const(2)


def _analogue(pin: int) -> ADC:
    """An input over the whole range: without the attenuation a board reads no more than 0.95 V."""
    return ADC(Pin(pin), atten=ADC.ATTN_11DB)


class Inputs:
    """The supervised inputs: `look` each few milliseconds, `tend` each second.

    What was told and not restored is in the NVS: a restart must not leave a fault open for ever.
    A condition that comes and goes without end is held back (keypad.swinger).

    trouble       TROUBLE_* bits
    supplies_mv   millivolts of mains and battery
    """

    def __init__(
        self,
        config: "Settings",
        board: "Any",
        tell: "Callable[[Wish], object]",
        press: "Callable[[], None]",
    ) -> None:
        self._tell = tell
        self._press = press
        self._swingers: "dict[int, Swinger]" = {}
        told = self._told = number("inputs")
        self._open = told >> _CONTACT_SHIFT
        self.trouble = told & ((1 << _CONTACT_SHIFT) - 1)
        self._set(TROUBLE_TAMPER, on=self._open > 0)
        self._contacts: "tuple[tuple[int, Pin, Debounce], ...]" = ()
        if config.tamper:
            self._contacts = (
                self._contact(LID, board.TAMPER),
                self._contact(WALL, board.TAMPER_WALL),
            )
        self._lines: "tuple[ADC, ADC] | None" = None
        if config.loop:
            self._lines = (_analogue(board.LOOP), _analogue(board.RAIL))
            self._judge = loop.Loop()
            self._sampled_ms = 0
        self._supplies: "tuple[ADC, ADC] | None" = None
        if config.supplies:
            self._supplies = (_analogue(board.MAINS), _analogue(board.BATTERY))
        self.supplies_mv = (0, 0)

    def _contact(self, contact: int, number: int) -> "tuple[int, Pin, Debounce]":
        """As it was told last: whatever it is by now is a change from that."""
        debounce = Debounce(closed=not self._open & contact)
        return contact, Pin(number, Pin.IN, Pin.PULL_UP), debounce

    def look(self, now_ms: int) -> None:
        """Sample the contacts, and the loop against its rail when it is time to."""
        for contact, pin, debounce in self._contacts:
            change = debounce.sample(now_ms, not pin.value())
            if change:
                self._tamper(now_ms, contact, change == CLOSED)
        if self._lines is None or now_ms - self._sampled_ms < loop.SAMPLE_MS:
            return
        self._sampled_ms = now_ms
        line, rail = self._lines
        # the rail's divider halves it, and both share the ADC's reference: a pure ratio
        rail_uv = rail.read_uv() * 2
        permille = line.read_uv() * 1000 // rail_uv if rail_uv else 1000
        state = self._judge.sample(now_ms, permille)
        if state is not None:
            self._loop_changed(now_ms, state)

    def _loop_changed(self, now_ms: int, state: int) -> None:
        was = self.trouble & TROUBLE_LOOP
        if state == loop.ALARM:
            self._press()  # and a fault from before stays told until the loop is normal
            return
        self._set(TROUBLE_LOOP, on=state != loop.NORMAL)
        if state == loop.FAULT:
            self._changed(now_ms, TROUBLE_LOOP, Wish(LOOP_FAULT))
        elif state in (loop.SHORT, loop.OPEN):
            value = LOOP_SHORT if state == loop.SHORT else LOOP_OPEN
            self._changed(now_ms, TROUBLE_LOOP, Wish(TAMPER, value=value))
        elif was:
            self._changed(now_ms, TROUBLE_LOOP, Wish(LOOP_RESTORED))

    def _tamper(self, now_ms: int, contact: int, closed: bool) -> None:
        """Contact LID or WALL was debounced: open means tamper."""
        self._open ^= contact
        self._set(TROUBLE_TAMPER, on=self._open > 0)
        wish = Wish(TAMPER_RESTORED if closed else TAMPER, value=contact)
        self._changed(now_ms, contact << _CONTACT_SHIFT, wish)

    def tend(self, now_ms: int) -> None:
        """Look at mains and battery, and tell what was held back and has come to rest."""
        if self._supplies is not None:
            mains, battery = self._supplies
            mains_mv = mains.read_uv() * _MAINS_SHARE // _UV_PER_MV
            battery_mv = battery.read_uv() * _BATTERY_SHARE // _UV_PER_MV
            self.supplies_mv = (mains_mv, battery_mv)
            kinds = (MAINS_LOST, MAINS_RESTORED)
            self._supply(now_ms, TROUBLE_MAINS, mains_mv - _MAINS_MV_MIN, kinds, mains_mv)
            kinds = (BATTERY_LOW, BATTERY_RESTORED)
            self._supply(now_ms, TROUBLE_BATTERY, battery_mv - _BATTERY_MV_MIN, kinds, battery_mv)
        for bit, swinger in self._swingers.items():
            self._send(bit, swinger.quiet(now_ms))

    def _supply(
        self, now_ms: int, bit: int, over_mv: int, kinds: "tuple[int, int]", value_mv: int
    ) -> None:
        """A supply of `value_mv` is `over_mv` above the least."""
        low = bool(self.trouble & bit)
        if not low and over_mv < 0:
            self._set(bit, on=True)
            self._changed(now_ms, bit, Wish(kinds[0], value=value_mv))
        elif low and over_mv > _HYSTERESIS_MV:
            self._set(bit, on=False)
            self._changed(now_ms, bit, Wish(kinds[1], value=value_mv))

    def _changed(self, now_ms: int, bit: int, wish: Wish) -> None:
        """The condition `bit` has changed as `wish` says: told, or held back."""
        if bit not in self._swingers:
            self._swingers[bit] = Swinger()
        self._send(bit, self._swingers[bit].changed(now_ms, wish))

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

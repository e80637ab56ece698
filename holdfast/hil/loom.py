"""The wires between an emulated rig and an emulated keypad: pin for pin as on the real rig.

A relay of the rig closes a contact of the keypad, a lamp of the keypad is an input of the rig, the
loop's relays become voltages at the keypad's ADC, and both supplies off take the keypad's power.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.emulated_board.board import EmulatedBoard
    from hardware.emulated_board.events import BoardEvent

ROOT = Path(__file__).resolve().parents[2]
RAIL_MV = 3300
_FULL = 65535
_INPUTS = {
    "PRESS": "panic",
    "PRESS_SECOND": "second",
    "LID_SHUT": "tamper",
    "WALL_SHUT": "tamper_wall",
}
"""Rig's relay -> keypad's contact to ground."""
_LAMPS = ("LAMP_TAKEN", "LAMP_TOLD", "LAMP_TROUBLE", "SOUNDER", "STROBE")
_MAINS_SHARE, _BATTERY_SHARE = 10, 2
_MAINS_MV, _BATTERY_MV = 12000, 3900


class Loom:
    """Connects `rig` (running the rig's program) and `keypad`; both have power already."""

    def __init__(self, rig: EmulatedBoard, keypad: EmulatedBoard) -> None:
        self._rig, self._keypad = rig, keypad
        pins = tomllib.loads((ROOT / "hardware/pins/hil_rig_pico.toml").read_text("utf-8"))["pins"]
        self._pins = {name: int(pin["gpio"]) for name, pin in pins.items()}
        self._names = {number: name for name, number in self._pins.items()}
        values = tomllib.loads((ROOT / "hardware/values.toml").read_text("utf-8"))
        windows = values["loop"]["windows_permille"]
        self._middle = {state: sum(windows[state]) // 2 for state in windows}
        self._closed: set[str] = set()
        keypad.set_adc("rail", self._reading(RAIL_MV // 2))
        self._levels()
        rig.watch(self._from_rig)
        keypad.watch(self._from_keypad)

    def _from_rig(self, event: BoardEvent) -> None:
        name = self._names.get(event.pin) if event.kind == "pin" else None
        if name is None:
            return
        powered = self._powered
        (self._closed.add if event.level else self._closed.discard)(name)
        if name in _INPUTS:
            self._keypad.drive(_INPUTS[name], 0 if event.level else 1)
        if name in {"MAINS_ON", "BATTERY_ON"} and powered and not self._powered:
            self._keypad.cut_power()
            for lamp in _LAMPS:
                self._rig.drive(self._pins[lamp], 0)
        self._levels()
        if self._powered and not self._keypad.running:
            self._keypad.start()

    def _from_keypad(self, event: BoardEvent) -> None:
        if event.kind == "start":  # the pins of a chip that starts are low
            for lamp in _LAMPS:
                self._rig.drive(self._pins[lamp], 0)
        if event.kind != "pin":
            return
        for lamp in _LAMPS:
            if self._keypad.pins[lamp.lower()] == event.pin:
                self._rig.drive(self._pins[lamp], event.level)

    @property
    def _powered(self) -> bool:
        return bool(self._closed & {"MAINS_ON", "BATTERY_ON"})

    def _levels(self) -> None:
        """Every voltage as the relays stand now."""
        on = [s for s in ("short", "normal", "alarm") if f"LOOP_{s.upper()}" in self._closed]
        state = on[0] if on else "open"
        permille = max(0, min(1000, self._middle[state]))
        self._keypad.set_adc("loop", self._reading(RAIL_MV * permille // 1000))
        mains = _MAINS_MV if "MAINS_ON" in self._closed else 0
        battery = _BATTERY_MV if "BATTERY_ON" in self._closed else 0
        for board, mains_pin, battery_pin in (
            (self._keypad, self._keypad.pins["mains"], self._keypad.pins["battery"]),
            (self._rig, self._pins["MAINS_SENSE"], self._pins["BATTERY_SENSE"]),
        ):
            board.set_adc(mains_pin, self._reading(mains // _MAINS_SHARE))
            board.set_adc(battery_pin, self._reading(battery // _BATTERY_SHARE))

    @staticmethod
    def _reading(millivolts: int) -> int:
        return min(_FULL, millivolts * _FULL // RAIL_MV)

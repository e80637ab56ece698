"""Page 2: the Pico, and what it hears of the keypad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet

SENSE = (
    ("STROBE", "R101", "R102"),
    ("TAKEN", "R103", "R104"),
    ("TOLD", "R105", "R106"),
    ("TROUBLE", "R107", "R108"),
    ("SOUNDER", "R109", "R110"),
)


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Pico: pins as in hardware/pins/hil_rig_pico.toml", (11, 11), (104, 70))
    pins = s.books.pins("hil_rig")
    nets = {pin.name: "NC" for pin in s.symbols["PICO"].pins}
    nets |= {pin.pad: pin.net for pin in pins.pins.values()}
    supplies = {"VBUS": "VBUS", "3V3": "+3V3", "GND": "GND", "AGND": "GND"}
    s.box("U101", (64, 48), nets | supplies)
    capacitors(s, "VBUS", (20, 24), "C101")
    hears(s)


def hears(s: Sheet) -> None:
    """Lamps, sounder and strobe, without loading them."""
    s.frame("What the rig hears: the keypad's own drive lines", (117, 11), (102, 114))
    nets = {name: f"KEYPAD_{name}" for name, _, _ in SENSE}
    s.box("J101", (135, 25), {"GND": "GND", **nets})
    targets = {"STROBE": "STROBE_IN", "SOUNDER": "SOUNDER_IN"}
    for place, (name, series, low) in enumerate(SENSE):
        y = 42 + 17 * place
        s.label(nets[name], (148, y), "left")
        line = Line(s, (148, y)).series(series).down(low)
        line.out(targets.get(name, f"LAMP_{name}_IN"))

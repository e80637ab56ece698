"""Page 6: LTE modem on USB, with a supply that the gateway can cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors, low_switch

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Modem's supply: on by default, off only on purpose", (11, 11), (208, 50))
    capacitors(s, "+5V", (20, 26), "C401")
    nets = {"IN": "+5V", "EN": "", "OUT": "", "~{FLT}": "NC", "GND": "GND"}
    u = s.box("U401", (110, 30), nets)
    line = Line(s, (70, u["EN"][1]))
    line.also_up("R401", "+5V").to(u["EN"])
    q = low_switch(s, (69, 46), "Q401", "R402", "MODEM_OFF")
    s.wire(q["D"], (70, u["EN"][1]))
    Line(s, u["OUT"]).down("C402", before=8).down("C403").rail("+5V_MODEM")
    s.frame("Modem: any USB modem; the plug must be held by the housing", (11, 63), (208, 62))
    jack = {"VBUS": "+5V_MODEM", "D-": "MODEM_N", "D+": "MODEM_P", "GND": "GND", "Shield": "GND"}
    s.box("J401", (30, 85), jack)
    lines = {"1": "MODEM_P", "6": "MODEM_P", "3": "MODEM_N", "4": "MODEM_N"}
    s.box("U402", (90, 85), {**lines, "VBUS": "+5V_MODEM", "GND": "GND"})

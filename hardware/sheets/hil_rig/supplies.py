"""Page 4: the keypad's mains and cell, both cut by real contacts, both proven by a sense line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import divider, relay

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Mains: 12-24 V through a relay", (11, 11), (208, 50))
    j = s.box("J301", (22, 22), {"SUPPLY+": "", "GND": "GND"})
    Line(s, j["SUPPLY+"]).series("F301", before=6).rail("VIN", before=6)
    k = relay(s, (90, 36), ("K301", "D301", "R301"), "MAINS_ON", "Q301", "VBUS")
    s.open_pin(k["NC"])
    s.wire(k["COM"], (k["COM"][0] + 1, k["COM"][1]))
    s.supply("VIN", (k["COM"][0] + 1, k["COM"][1]), 270)
    Line(s, k["NO"]).rail("MAINS_OUT", before=14)
    s.box("J302", (206, 30), {"SUPPLY+": "MAINS_OUT", "GND": "GND"})
    divider(s, "MAINS_OUT", (140, 40), "R302", "R303", "C301", "MAINS_SENSE")
    for place, net in enumerate(("VIN", "MAINS_OUT", "VBAT", "CELL_OUT", "GND")):
        s.flag(net, (38 + 20 * place, 112))
    s.frame(
        "Cell: a relay, because a transistor would let the charger through", (11, 63), (208, 62)
    )
    s.box("J303", (22, 76), {"CELL+": "VBAT", "NTC": "CELL_NTC", "CELL-": "GND"})
    k = relay(s, (90, 90), ("K302", "D302", "R304"), "BATTERY_ON", "Q302", "VBUS")
    s.open_pin(k["NC"])
    s.wire(k["COM"], (k["COM"][0] + 1, k["COM"][1]))
    s.supply("VBAT", (k["COM"][0] + 1, k["COM"][1]), 270)
    Line(s, k["NO"]).rail("CELL_OUT", before=14)
    s.box("J304", (206, 84), {"CELL+": "CELL_OUT", "NTC": "CELL_NTC", "CELL-": "GND"})
    divider(s, "CELL_OUT", (140, 96), "R305", "R306", "C302", "BATTERY_SENSE")

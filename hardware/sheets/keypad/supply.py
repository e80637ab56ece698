"""Page 4: 12-24 V in, 5 V out, mains or USB, and the sense of mains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import divider, step_down

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    entry(s)
    buck(s)
    choice(s)


def entry(s: Sheet) -> None:
    """Terminals, fuse, surge clamp, reversed polarity."""
    s.frame("12-24 V in: fuse, surge, reversed polarity", (11, 11), (208, 30))
    j = s.box("J301", (22, 26), {"SUPPLY+": "", "GND": "GND"})
    line = Line(s, j["SUPPLY+"])
    line.series("F301", before=6).down("D301", before=4).series("D302", backwards=True).rail("VIN")
    s.flag("VIN", (120, 20))
    s.flag("GND", (135, 20))
    divider(s, "VIN", (165, 25), "R307", "R308", "C310", "MAINS_ADC")


def buck(s: Sheet) -> None:
    """Step-down to 5 V."""
    s.frame("5 V from mains", (11, 43), (208, 40))
    s.supply("VIN", (20, 58))
    line = Line(s, (20, 58))
    line.down("C301").down("C302").go(6)
    nets = dict.fromkeys(("VIN", "BOOT", "SW", "FB", "VCC"), "")
    u = s.box("U301", (78, 62), {**nets, "EN": "VIN", "PG": "NC", "PGND": "GND", "PAD": "GND"})
    line.to(u["VIN"], 6)
    step_down(s, u, ("C303", "L301", "C318", "R311", "R312", "C304", "C305"), "+5V_BUCK")
    s.flag("+5V_BUCK", (185, 58))


def choice(s: Sheet) -> None:
    """Mains or USB, whichever is higher; neither feeds the other."""
    s.frame("Mains or USB: neither feeds the other", (11, 85), (120, 38))
    for net, y, diode in (("+5V_BUCK", 98, "D303"), ("VBUS", 111, "D304")):
        s.supply(net, (20, y))
        line = Line(s, (20, y))
        line.series(diode, before=8, backwards=True).go(14)
        s.wire((line.x, line.y), (line.x, 104.0))
    joined = Line(s, (line.x, 104))
    joined.go(8).rail("+5V")
    s.flag("+5V", (80, 97))

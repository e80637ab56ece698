"""Page 4: 12-24 V in, 5 V out, mains or USB, and the sense of mains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import divider, switching_node

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
    j = s.box("J301", (22, 26), {"+12-24V": "", "GND": "GND"})
    line = Line(s, j["+12-24V"])
    line.series("F301", before=6).down("D301", before=4).series("D302", backwards=True).rail("VIN")
    s.flag("VIN", (120, 20))
    s.flag("GND", (135, 20))
    divider(s, "VIN", (165, 25), "R307", "R308", "C310", "MAINS_ADC")


def buck(s: Sheet) -> None:
    """Step-down to 5 V."""
    s.frame("5 V from mains", (11, 43), (208, 36))
    line = Line(s, (20, 60))
    s.supply("VIN", (20, 60))
    line.down("C301").down("C302").go(6)
    u = s.box(
        "U301", (75, 61), {"IN": "", "EN": "VIN", "BST": "", "SW": "", "FB": "", "GND": "GND"}
    )
    line.to(u["IN"])
    out = switching_node(s, u, "BST", "C303", "SW", "L301")
    out.go(4)
    x, y = out.x, out.y
    fb = u["FB"]
    s.wire(fb, (fb[0] + 3, fb[1]), (fb[0] + 3, fb[1] + 4), (x, fb[1] + 4), (x, y))
    out.down("C304", before=6).down("C305").rail("+5V_BUCK")
    s.flag("+5V_BUCK", (185, 58))


def choice(s: Sheet) -> None:
    """Mains or USB, whichever is higher; neither feeds the other."""
    s.frame("Mains or USB: neither feeds the other", (11, 81), (120, 34))
    for net, y, diode in (("+5V_BUCK", 93, "D303"), ("VBUS", 106, "D304")):
        s.supply(net, (20, y))
        line = Line(s, (20, y))
        line.series(diode, before=8, backwards=True).go(14)
        s.wire((line.x, line.y), (line.x, 99.0))
    joined = Line(s, (line.x, 99))
    joined.go(8).rail("+5V")
    s.flag("+5V", (80, 92))

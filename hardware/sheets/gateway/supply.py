"""Page 2: 12-24 V in, 5 V for the module, early warning of power failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors, switching_node

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("12-24 V in: fuse, surge, reversed polarity", (11, 11), (208, 30))
    j = s.box("J101", (22, 26), {"+12-24V": "", "GND": "GND"})
    line = Line(s, j["+12-24V"])
    line.series("F101", before=6).down("D101", before=4).series("D102", backwards=True).rail("VIN")
    s.flag("VIN", (120, 20))
    s.flag("GND", (135, 20))
    buck(s)
    warning(s)


def buck(s: Sheet) -> None:
    """Step-down to 5 V, 3 A."""
    s.frame("5 V for the module and the modem", (11, 43), (208, 40))
    s.supply("VIN", (20, 58))
    line = Line(s, (20, 58))
    line.down("C101").down("C102").down("C108").go(6)
    nets = {
        "VIN": "",
        "EN": "VIN",
        "PG": "NC",
        "BOOT": "",
        "SW": "",
        "FB": "",
        "VCC": "",
        "GND": "GND",
    }
    u = s.box("U101", (88, 62), nets)
    line.to(u["VIN"], 6)
    out = switching_node(s, u, "BOOT", "C103", "SW", "L101")
    vcc = u["VCC"]
    s.wire(vcc, (vcc[0] + 2, vcc[1]))
    Line(s, (vcc[0] + 2, vcc[1])).also_down("C104")
    out.go(6)
    top = s.part("R101", (out.x, out.y + 4))
    s.wire((out.x, out.y), top["1"])
    low = s.part("R102", (out.x, out.y + 12))
    s.wire(top["2"], low["1"])
    s.supply("GND", low["2"])
    fb = u["FB"]
    middle = (out.x, out.y + 8)
    s.wire(fb, (fb[0] + 12, fb[1]), (fb[0] + 12, middle[1]), middle)
    out.down("C105", before=9).down("C106").rail("+5V")
    s.flag("+5V", (190, 60))


def warning(s: Sheet) -> None:
    """Power is failing: said while there is still some."""
    s.frame("Power is failing", (11, 85), (124, 40))
    line = Line(s, (30, 103))
    line.also_up("R103", "VIN").also_down("R104").go(20)
    nets = {"SENSE": "", "~{MR}": "NC", "CT": "NC", "~{RESET}": "", "VDD": "+3V3", "GND": "GND"}
    u = s.box("U102", (72, 106), nets)
    line.to(u["SENSE"])
    Line(s, u["~{RESET}"]).up("R105", "+3V3", before=6).out("POWER_FAIL_N")
    capacitors(s, "+3V3", (50, 111), "C107")

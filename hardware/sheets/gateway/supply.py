"""Page 2: 12 V in, 5 V for the module, early warning of power failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors, step_down

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("12 V in: fuse, surge, reversed polarity", (11, 11), (208, 30))
    j = s.box("J101", (22, 26), {"SUPPLY+": "", "GND": "GND"})
    line = Line(s, j["SUPPLY+"])
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
    step_down(s, u, ("C103", "L101", "C104", "R101", "R102", "C105", "C106"), "+5V")
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

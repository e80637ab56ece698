"""Page 5: cell and charger, hold-up capacitor, 3.3 V, supervisor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors, divider

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    charger(s)
    hold_up(s)
    rail(s)
    supervisor(s)


def charger(s: Sheet) -> None:
    """Power path: the board runs from mains while the cell charges."""
    s.frame("Charger with power path", (11, 11), (130, 58))
    s.box(
        "U302",
        (70, 34),
        {
            "IN": "+5V",
            "EN2": "VSYS",
            "EN1": "GND",
            "~{CE}": "GND",
            "SYSOFF": "GND",
            "ILIM": "CHARGE_ILIM",
            "ISET": "CHARGE_ISET",
            "TMR": "CHARGE_TMR",
            "OUT": "VSYS",
            "BAT": "VBAT",
            "TS": "CELL_NTC",
            "~{PGOOD}": "NC",
            "~{CHG}": "NC",
            "VSS": "GND",
        },
    )
    capacitors(s, "+5V", (20, 22), "C306")
    capacitors(s, "VSYS", (100, 22), "C307")
    capacitors(s, "VBAT", (114, 22), "C308")
    for net, x, ref in (
        ("CHARGE_ILIM", 28, "R303"),
        ("CHARGE_ISET", 56, "R302"),
        ("CHARGE_TMR", 84, "R304"),
    ):
        s.label(net, (x, 56), "left")
        Line(s, (x, 56)).down(ref, before=2)
    s.box("J302", (104, 46), {"CELL+": "VBAT", "NTC": "CELL_NTC", "CELL-": "GND"})


def hold_up(s: Sheet) -> None:
    """The capacitor that carries the last press into flash."""
    s.frame("Hold-up: the last press reaches flash", (143, 11), (76, 34))
    s.supply("VSYS", (150, 22))
    line = Line(s, (150, 22))
    line.go(3)
    x = line.x
    line.series("R309", before=4)
    s.part("D305", (line.x - 3, 30), 90)
    s.wire((x, 22), (x, 30), (line.x - 6, 30))
    s.wire((line.x, 30), (line.x + 3, 30), (line.x + 3, 22))
    line.go(3).down("C311", before=6)
    s.frame("The cell's voltage", (143, 47), (76, 22))
    divider(s, "VBAT", (170, 59), "R305", "R306", "C309", "BATTERY_ADC")


def rail(s: Sheet) -> None:
    """3.3 V from whatever there is."""
    s.frame("3.3 V from 1.9 to 5.5 V", (11, 71), (208, 54))
    capacitors(s, "VSYS", (20, 92), "C312", "C313", "C314")
    u = s.box(
        "U303",
        (85, 96),
        {
            "VIN": "VSYS",
            "VINA": "VSYS",
            "EN": "VSYS",
            "PS/SYNC": "GND",
            "VOUT": "",
            "FB": "",
            "L1": "",
            "L2": "",
            "GND": "GND",
            "PGND": "GND",
        },
    )
    one, two = u["L1"], u["L2"]
    top = one[1] - 4
    s.part("L302", ((one[0] + two[0]) / 2, top), 90)
    s.wire(one, (one[0], top))
    s.wire(two, (two[0], top))
    out = Line(s, u["VOUT"])
    out.go(3)
    s.wire(u["FB"], (out.x, u["FB"][1]), (out.x, out.y))
    out.down("C315", before=6).down("C316").rail("+3V3")


def supervisor(s: Sheet) -> None:
    """No run in a brown-out."""
    u = s.box("U304", (165, 95), {"VDD": "+3V3", "~{RESET}": "", "GND": "GND"})
    capacitors(s, "+3V3", (150, 104), "C317")
    Line(s, u["~{RESET}"]).series("R310", before=4).out("RESET_N")

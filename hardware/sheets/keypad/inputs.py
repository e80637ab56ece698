"""Page 2: what a person touches. Hold-up loop, red button, second button, tamper switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors, divider

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    loop(s)
    buttons(s)
    tamper(s)


def loop(s: Sheet) -> None:
    """The supervised loop and the half rail it is judged against."""
    s.frame("Supervised hold-up loop, judged as a ratio to half the rail", (11, 11), (208, 30))
    j = s.box("J101", (20, 29), {"LOOP": "", "RETURN": "GND"})
    line = Line(s, j["LOOP"])
    line.down("D101", before=6).up("R101", "+3V3").down("R102").series("R103")
    line.down("C101").out("LOOP_ADC")
    divider(s, "+3V3", (140, 28), "R104", "R105", "C102", "RAIL_ADC")


def buttons(s: Sheet) -> None:
    """Both buttons through RC and Schmitt buffer."""
    s.frame("Panic buttons: RC and Schmitt buffer, one edge for one press", (11, 43), (208, 55))
    for ref, y, parts in (
        ("J102", 62, ("D102", "R106", "R107", "C103")),
        ("J103", 86, ("D103", "R108", "R109", "C104")),
    ):
        clamp, pull_up, series, capacitor = parts
        j = s.box(ref, (20, y), {"BUTTON": "", "RETURN": "GND"})
        line = Line(s, j["BUTTON"])
        line.down(clamp, before=6).up(pull_up, "+3V3").series(series).down(capacitor).go(3)
        if ref == "J102":
            first = line
        else:
            second = line
    u = s.box(
        "U101",
        (126, 74),
        {"1A": "", "2A": "", "1Y": "PANIC_N", "2Y": "SECOND_N", "VCC": "+3V3", "GND": "GND"},
    )
    first.to(u["1A"], 8)
    second.to(u["2A"], 8)
    capacitors(s, "+3V3", (165, 70), "C105")


def tamper(s: Sheet) -> None:
    """Lid and wall switches: closed is well, open or cut is tamper."""
    s.frame("Tamper: closed = in place, open or cut = tamper", (11, 100), (208, 27))
    for ref, x, pull_up, series, capacitor, net in (
        ("J104", 20, "R110", "R111", "C106", "TAMPER_LID"),
        ("J105", 115, "R112", "R113", "C107", "TAMPER_WALL"),
    ):
        j = s.box(ref, (x, 116), {"SWITCH": "", "RETURN": "GND"})
        line = Line(s, j["SWITCH"])
        line.up(pull_up, "+3V3", before=5).series(series).down(capacitor).out(net)

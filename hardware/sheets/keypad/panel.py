"""Page 6: code keypad, lamps, sounder. Everything here is dark and mute by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import low_switch

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    matrix(s)
    lamps(s)
    sounder(s)


def matrix(s: Sheet) -> None:
    """Four rows, three columns."""
    s.frame("Code keypad: rows are driven, columns are read", (11, 11), (208, 64))
    nets = [f"MATRIX_{place}" for place in range(1, 8)]
    names = ("ROW1", "ROW2", "ROW3", "ROW4", "COL1", "COL2", "COL3")
    s.box("J401", (22, 40), dict(zip(names, nets, strict=True)))
    for place, ref in enumerate(("R404", "R405", "R406", "R407")):
        y = 22 + 14 * place
        s.label(nets[place], (66, y), "left")
        Line(s, (66, y)).series(ref).out(f"ROW_{place + 1}")
    for place, (ref, pull_up) in enumerate((("R408", "R401"), ("R409", "R402"), ("R410", "R403"))):
        y = 27 + 20 * place
        s.label(nets[4 + place], (140, y), "left")
        Line(s, (140, y)).series(ref).up(pull_up, "+3V3").out(f"COLUMN_{place + 1}")


def lamps(s: Sheet) -> None:
    """Taken, told, trouble."""
    s.frame("Lamps", (11, 77), (130, 48))
    rows = (
        ("LAMP_TAKEN", "D401", "R411", "Q401", "R412"),
        ("LAMP_TOLD", "D402", "R413", "Q402", "R414"),
        ("LAMP_TROUBLE", "D403", "R415", "Q403", "R416"),
    )
    for place, (net, lamp, resistor, fet, pull_down) in enumerate(rows):
        x = 46 + 42 * place
        q = low_switch(s, (x, 112), fet, pull_down, net)
        drain = q["D"]
        led = s.part(lamp, (drain[0], drain[1] - 5), 180)
        s.wire(drain, (drain[0], drain[1] - 2))
        r = s.part(resistor, (drain[0], drain[1] - 13))
        s.wire(r["2"], led["A"])
        s.supply("VSYS", r["1"])


def sounder(s: Sheet) -> None:
    """Audible modes only."""
    s.frame("Sounder: audible modes only", (143, 77), (76, 48))
    q = low_switch(s, (180, 112), "Q404", "R418", "SOUNDER")
    x, y = q["D"]
    s.wire((x, y), (x, y - 6))
    ls = s.part("LS401", (x, y - 9))
    s.part("R417", (x + 12, y - 9))
    s.wire(ls["2"], (x + 12, y - 6))
    s.wire(ls["1"], (x + 12, y - 12))
    s.supply("VSYS", ls["1"])

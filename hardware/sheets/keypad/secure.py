"""Page 8: bus pull-ups, and the secure element as an option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line
from hardware.sheets.common import capacitors

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Secure element on I2C (option); its pull-ups are always fitted", (11, 11), (150, 50))
    s.label("SDA", (26, 32), "left")
    sda = Line(s, (26, 32)).up("R601", "+3V3", before=4).go(22)
    s.label("SCL", (26, 46), "left")
    scl = Line(s, (26, 46)).up("R602", "+3V3", before=20).go(6)
    u = s.box("U601", (80, 38), {"SDA": "", "SCL": "", "VCC": "+3V3", "GND": "GND"})
    sda.to(u["SDA"], 12)
    scl.to(u["SCL"], 12)
    capacitors(s, "+3V3", (120, 32), "C601")

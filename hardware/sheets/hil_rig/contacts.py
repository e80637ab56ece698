"""Page 3: the contacts. A rig without power presses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.drawing.line import Line

if TYPE_CHECKING:
    from hardware.drawing.sheet import Sheet

ROWS = (
    ("PRESS", "K201", "R201", "R202", "KEY_A", "GND"),
    ("PRESS_SECOND", "K202", "R203", "R204", "KEY_B", "GND"),
    ("LID_SHUT", "K206", "R211", "R212", "KEY_LID", "GND"),
    ("WALL_SHUT", "K207", "R213", "R214", "KEY_WALL", "GND"),
    ("LOOP_SHORT", "K203", "R205", "R206", "KEY_LOOP", "GND"),
    ("LOOP_NORMAL", "K204", "R207", "R208", "KEY_LOOP", "END_OF_LINE"),
    ("LOOP_ALARM", "K205", "R209", "R210", "KEY_LOOP", "CONTACT"),
)


def draw(s: Sheet) -> None:
    """Draw the sheet."""
    s.frame("Contacts: PhotoMOS relays, open while nobody drives", (11, 11), (208, 78))
    for place, (net, ref, series, low, one, two) in enumerate(ROWS):
        x, y = 32 + 104 * (place // 4), 22 + 18 * (place % 4)
        s.label(net, (x, y), "left")
        k = s.box(ref, (x + 44, y + 1), {"1": "", "2": "GND", "4": one, "3": two})
        Line(s, (x, y)).down(low, before=3).series(series).to(k["1"])
    s.frame("Loop: end of line, and the contact's resistor", (11, 91), (82, 34))
    s.label("CONTACT", (28, 103), "left")
    line = Line(s, (28, 103)).series("R216", before=4).down("R215", before=6).go(5)
    s.label("END_OF_LINE", (line.x, 103), "right")
    s.frame("To the keypad", (95, 91), (124, 34))
    s.box("J201", (120, 100), {"BUTTON": "KEY_A", "RETURN": "GND"})
    s.box("J202", (160, 100), {"BUTTON": "KEY_B", "RETURN": "GND"})
    s.box("J203", (120, 115), {"LOOP": "KEY_LOOP", "RETURN": "GND"})
    s.box("J204", (160, 115), {"LID": "KEY_LID", "WALL": "KEY_WALL", "RETURN": "GND"})

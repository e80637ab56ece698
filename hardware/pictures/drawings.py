"""Drawings for people who fit the keypad: wiring, housing. Figures come from values.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.books import written
from hardware.pictures.svg import COLOURS, FAINT, Picture

if TYPE_CHECKING:
    from hardware.books import Books

RED, BLUE, GREEN = COLOURS[1], COLOURS[0], COLOURS[2]


def _resistor(picture: Picture, x: float, y: float, words: str) -> None:
    """A lying resistor, centre at x, y."""
    picture.box(x - 22, y - 7, 44, 14, "#ffffff")
    picture.text(words, x, y - 12, "middle", 12, bold=True)


def _terminals(picture: Picture, books: Books) -> dict[str, float]:
    """The keypad's terminals; returns their heights."""
    parts = books.parts("keypad")
    picture.box(20, 50, 190, 440, "#f4f6f8", round_by=10)
    picture.text("Keypad, lid open", 115, 76, "middle", 14, bold=True)
    rows = (
        ("J101", "LOOP", "RETURN"),
        ("J102", "BUTTON", "RETURN"),
        ("J103", "BUTTON", "RETURN"),
        ("J301", "+12-24 V", "GND"),
        ("J302", "CELL +  NTC", "CELL -"),
    )
    places: dict[str, float] = {}
    for number, (ref, one, two) in enumerate(rows):
        y = 110 + number * 74
        picture.text(f"{ref}: {parts[ref].value}", 34, y, size=12, bold=True)
        for name, lower in ((one, 18), (two, 40)):
            picture.text(name, 180, y + lower + 4, "end", 11)
            picture.circle(196, y + lower, 5, "#ffffff")
        places[ref] = y
    return places


def wiring(books: Books) -> Picture:
    """What goes to which terminal, with the resistors at the end of the line."""
    loop = books.values["loop"]
    picture = Picture(860, 520, "Wiring for installers")
    picture.text(
        "Wiring for installers: switch mains off and take the cell out first",
        20,
        30,
        size=16,
        bold=True,
    )
    y = _terminals(picture, books)["J101"]
    upper, lower = y + 18, y + 40
    picture.line(201, upper, 560, upper, BLUE, 2)
    picture.line(201, lower, 760, lower, BLUE, 2)
    metres = f"twisted pair, up to {loop['cable_m_max']} m"
    picture.text(metres, 380, lower + 18, "middle", 12, BLUE)
    _resistor(picture, 582, upper, f"{written(loop['end_of_line_ohm'])}")
    picture.line(604, upper, 660, upper, BLUE, 2)
    picture.line(604, upper, 640, upper, BLUE, 2)
    picture.line(660, upper, 676, upper - 10, BLUE, 2)
    picture.line(680, upper, 760, upper, BLUE, 2)
    picture.line(640, upper, 640, upper - 30, BLUE, 2)
    _resistor(picture, 672, upper - 30, f"{written(loop['contact_ohm'])}")
    picture.line(640, upper - 30, 650, upper - 30, BLUE, 2)
    picture.line(694, upper - 30, 710, upper - 30, BLUE, 2)
    picture.line(710, upper - 30, 710, upper, BLUE, 2)
    picture.line(760, upper, 760, lower, BLUE, 2)
    picture.box(540, upper - 66, 250, 106, stroke=RED, round_by=12)
    picture.text(
        "hold-up button, N/C contact, both resistors inside it", 665, upper + 58, "middle", 11, RED
    )
    for ref, words, colour in (
        ("J102", "red button on the lid, N/O contact (own short lead)", RED),
        ("J103", "second button for the dual mode, N/O; leave open when unused", FAINT),
        (
            "J301",
            "12-24 V DC from a supply in the locked area; red = +, fuse 1 A at the supply",
            GREEN,
        ),
        ("J302", "1 cell Li-ion with protection and 10 k NTC, plug only", GREEN),
    ):
        top = 110 + ["J101", "J102", "J103", "J301", "J302"].index(ref) * 74
        picture.line(201, top + 18, 300, top + 18, colour, 2)
        picture.line(201, top + 40, 300, top + 40, colour, 2)
        picture.text(words, 312, top + 33, size=12)
    return picture


def _measure(picture: Picture, at: tuple[float, float, float, float], words: str) -> None:
    """A measure line with ends and its figure."""
    x1, y1, x2, y2 = at
    picture.line(x1, y1, x2, y2, FAINT)
    level = y1 == y2
    for x, y in ((x1, y1), (x2, y2)):
        picture.line(
            x - (0 if level else 4),
            y - (4 if level else 0),
            x + (0 if level else 4),
            y + (4 if level else 0),
            FAINT,
        )
    picture.text(
        words,
        (x1 + x2) / 2 + (0 if level else 6),
        (y1 + y2) / 2 - (5 if level else -4),
        "middle" if level else "start",
        11,
    )


def housing(books: Books) -> Picture:
    """Front, side and back with measures, at 2 units a millimetre."""
    box = books.values["housing"]
    scale = 2.0
    wide, high, deep = (box[name] * scale for name in ("width_mm", "height_mm", "depth_mm"))
    picture = Picture(820, 470, "Housing of the keypad, measures in mm")
    picture.text("Housing, measures in mm (no sample made yet)", 20, 26, size=16, bold=True)
    x, y = 60.0, 70.0
    picture.box(x, y, wide, high, "#f4f6f8", round_by=box["corner_mm"] * scale)
    centre = x + wide / 2
    top = y + box["button_from_top_mm"] * scale
    radius = box["button_hole_mm"] * scale / 2
    picture.circle(centre, top, radius * 1.45, "#b3261e33", RED)
    picture.circle(centre, top, radius, "none", RED)
    picture.text("button", centre, top + 4, "middle", 11)
    picture.text(f"hole {box['button_hole_mm']:g}", centre + radius * 1.5 + 4, top + 4, size=11)
    for place, name in enumerate(("taken", "told", "trouble")):
        lamp = centre - 50 + 50 * place
        picture.circle(
            lamp,
            top + 74,
            box["lamp_mm"] * scale / 2 + 1,
            ("#ffffff", "#2e7d3299", "#b3261e99")[place],
        )
        picture.text(name, lamp, top + 92, "middle", 10)
    for row in range(4):
        for column in range(3):
            picture.box(
                centre - 60 + column * 42, top + 108 + row * 34, 36, 28, "#ffffff", FAINT, 4
            )
    _measure(picture, (x, y - 12, x + wide, y - 12), f"{box['width_mm']}")
    _measure(picture, (x - 14, y, x - 14, y + high), "")
    picture.text(f"{box['height_mm']}", x - 20, y + high / 2, "end", 11)
    _measure(picture, (x + wide + 14, y, x + wide + 14, top), f"{box['button_from_top_mm']}")
    picture.text("front", centre, y + high + 24, "middle", 13, bold=True)
    side = x + wide + 90
    picture.box(side, y, deep, high, "#f4f6f8", round_by=6)
    picture.box(side - 26, top - 30, 26, 60, "#b3261e33", RED, 6)
    _measure(picture, (side, y - 12, side + deep, y - 12), f"{box['depth_mm']}")
    picture.text("side", side + deep / 2, y + high + 24, "middle", 13, bold=True)
    _back(picture, books, (side + deep + 70, y))
    return picture


def _back(picture: Picture, books: Books, corner: tuple[float, float]) -> None:
    """The back: screws, cable, wall tamper, where no metal may be."""
    box = books.values["housing"]
    scale = 2.0
    x, y = corner
    wide, high = box["width_mm"] * scale, box["height_mm"] * scale
    picture.box(x, y, wide, high, "#f4f6f8", round_by=box["corner_mm"] * scale)
    across, down = (size * scale for size in box["hole_spacing_mm"])
    left, upper = x + (wide - across) / 2, y + (high - down) / 2
    for hole_x in (left, left + across):
        for hole_y in (upper, upper + down):
            picture.circle(hole_x, hole_y, box["hole_mm"] * scale / 2, "#ffffff")
    picture.text(f"4 x {box['hole_mm']:g}", left - 4, upper + down + 36, size=11)
    _measure(
        picture,
        (left, upper + down + 18, left + across, upper + down + 18),
        f"{box['hole_spacing_mm'][0]}",
    )
    _measure(picture, (left - 14, upper, left - 14, upper + down), f"{box['hole_spacing_mm'][1]}")
    cable_w, cable_h = (size * scale for size in box["cable_mm"])
    middle = x + wide / 2
    picture.box(middle - cable_w / 2, y + high / 2 - cable_h / 2, cable_w, cable_h, "#ffffff")
    picture.text("cable", middle, y + high / 2 + 4, "middle", 11)
    picture.circle(middle, upper + down - 34, 10, "#ffffff", RED)
    picture.text("wall tamper", middle, upper + down - 52, "middle", 11, RED)
    picture.line(left + 30, y + 32, left + across - 30, y + 32, BLUE, 6)
    free = f"antenna: no metal within {box['antenna_free_mm']}"
    picture.text(free, middle, y + 18, "middle", 11, BLUE)
    picture.text("back", middle, y + high + 24, "middle", 13, bold=True)

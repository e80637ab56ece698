"""Small shapes: resistor, capacitor, diodes, transistor, switches, relay contact, supplies.

Grid units of 1.27 mm, y upwards. A vertical two-pin part has pin 1 on top at (0, 3), pin 2 below.
Pin numbers are the pads of the usual footprints (a diode's pad 1 is its cathode).
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.drawing.sexpr import Node, number

MM = 1.27
Point = tuple[float, float]
PinRow = tuple[str, str, str, float, float, str, float]


@dataclass(frozen=True)
class Stroke:
    """A line through points, or a circle when there is a radius."""

    points: tuple[Point, ...]
    radius: float = 0
    fill: str = "none"
    rectangle: bool = False

    def node(self) -> Node:
        """As KiCad keeps it."""
        stroke: Node = ["stroke", ["width", "0.254"], ["type", "default"]]
        fill: Node = ["fill", ["type", self.fill]]
        corners: list[Node] = [[number(x * MM), number(y * MM)] for x, y in self.points]
        if self.radius:
            return [
                "circle",
                ["center", *corners[0]],
                ["radius", number(self.radius * MM)],
                stroke,
                fill,
            ]
        if self.rectangle:
            start: Node = ["start", *corners[0]]
            return ["rectangle", start, ["end", *corners[1]], stroke, fill]
        return ["polyline", ["pts", *(["xy", *corner] for corner in corners)], stroke, fill]


def line(*points: Point) -> Stroke:
    """A line through `points`."""
    return Stroke(points)


def area(*points: Point) -> Stroke:
    """A filled outline."""
    return Stroke((*points, points[0]), fill="outline")


def circle(x: float, y: float, radius: float) -> Stroke:
    """A circle."""
    return Stroke(((x, y),), radius)


def rectangle(x1: float, y1: float, x2: float, y2: float, fill: str = "background") -> Stroke:
    """A rectangle from corner to corner."""
    return Stroke(((x1, y1), (x2, y2)), fill=fill, rectangle=True)


@dataclass(frozen=True)
class Glyph:
    """A shape with rows of pins: number, name, kind, x, y, side, length."""

    letter: str
    pins: tuple[PinRow, ...]
    half: Point
    art: tuple[Stroke, ...]
    power: bool = False


def _two(one: str = "~", two: str = "~", reach: float = 2) -> tuple[PinRow, ...]:
    """Pin 1 on top, pin 2 at the bottom, the body `reach` away from the centre."""
    return (
        ("1", one, "p", 0, 3, "top", 3 - reach),
        ("2", two, "p", 0, -3, "bottom", 3 - reach),
    )


GROUND = (
    line((0, 0), (0, -1)),
    line((-1, -1), (1, -1)),
    line((-0.6, -1.5), (0.6, -1.5)),
    line((-0.2, -2), (0.2, -2)),
)
RAIL = (line((0, 0), (0, 1.4)), line((-0.7, 0.9), (0, 1.6), (0.7, 0.9)))

_PLATES = (line((-1.6, 0.4), (1.6, 0.4)), line((-1.6, -0.4), (1.6, -0.4)))
_TRIANGLE = line((-1, -1), (1, -1), (0, 1), (-1, -1))
_RAYS = (line((1.4, 0.2), (2.4, 1.2)), line((1.4, -0.8), (2.4, 0.2)))
_COIL = tuple(line((0, 2 - i), (0.8, 1.8 - i), (0.8, 1.2 - i), (0, 1 - i)) for i in range(4))
_FET = (
    line((-1, 1.4), (-1, -1.4)),
    line((-0.4, 1.6), (-0.4, 0.8)),
    line((-0.4, 0.4), (-0.4, -0.4)),
    line((-0.4, -0.8), (-0.4, -1.6)),
    line((-0.4, 1.2), (1, 1.2), (1, 2)),
    line((-0.4, -1.2), (1, -1.2), (1, -2)),
    line((-0.4, 0), (1, 0), (1, -1.2)),
    area((-0.3, 0), (0.4, 0.4), (0.4, -0.4)),
)

GLYPHS: dict[str, Glyph] = {
    "R": Glyph("R", _two(), (0.8, 2), (rectangle(-0.8, 2, 0.8, -2, "none"),)),
    "C": Glyph("C", _two(reach=0.4), (1.6, 0.5), _PLATES),
    "C_POL": Glyph(
        "C",
        _two("+", "-", 0.4),
        (1.6, 1.2),
        (*_PLATES, line((-1.4, 1.2), (-0.6, 1.2)), line((-1, 0.8), (-1, 1.6))),
    ),
    "L": Glyph("L", _two(), (0.8, 2), _COIL),
    "FB": Glyph("FB", _two(), (1, 2), (rectangle(-1, 2, 1, -2, "none"), line((-1, -1), (1, 1)))),
    "FUSE": Glyph(
        "F", _two(), (0.7, 2), (rectangle(-0.7, 2, 0.7, -2, "none"), line((0, 2), (0, -2)))
    ),
    "D": Glyph("D", _two("K", "A", 1), (1, 1), (_TRIANGLE, line((-1, 1), (1, 1)))),
    "D_SCHOTTKY": Glyph(
        "D",
        _two("K", "A", 1),
        (1, 1.4),
        (_TRIANGLE, line((-1, 0.6), (-1, 1), (1, 1), (1, 1.4))),
    ),
    "D_TVS": Glyph(
        "D",
        _two("K", "A", 1),
        (1, 1.4),
        (_TRIANGLE, line((-1.3, 1.3), (-1, 1), (1, 1), (1.3, 0.7))),
    ),
    "D_TVS2": Glyph(
        "D",
        _two("1", "2", 2),
        (1, 2),
        (
            line((-1, 2), (1, 2), (-1, -2), (1, -2), (-1, 2)),
            line((-1.3, 0.3), (-1, 0), (1, 0), (1.3, -0.3)),
        ),
    ),
    "LED": Glyph("D", _two("K", "A", 1), (2.4, 1.2), (_TRIANGLE, line((-1, 1), (1, 1)), *_RAYS)),
    "SOUNDER": Glyph(
        "LS",
        _two(reach=1.5),
        (2, 1.5),
        (
            line((-1, 1.5), (-1, -1.5), (0, -1.5)),
            line((0, 1.5), (-1, 1.5)),
            line((0, 1.5), (2, 1), (2, -1), (0, -1.5), (0, 1.5)),
        ),
    ),
    "NFET": Glyph(
        "Q",
        (
            ("1", "G", "i", -3, 0, "left", 2),
            ("2", "S", "p", 1, -4, "bottom", 2),
            ("3", "D", "p", 1, 4, "top", 2),
        ),
        (2.2, 2.2),
        (*_FET, circle(0.1, 0, 2.2)),
    ),
    "PUSH": Glyph(
        "SW",
        _two(reach=1.2),
        (1.6, 1.2),
        (
            circle(0, 1, 0.2),
            circle(0, -1, 0.2),
            line((0.8, 1.2), (0.8, -1.2)),
            line((0.8, 0), (1.6, 0)),
        ),
    ),
    "LEVER": Glyph(
        "SW",
        (
            ("1", "COM", "p", 0, -4, "bottom", 2),
            ("2", "NO", "p", 0, 4, "top", 2),
            ("3", "NC", "p", 2, 4, "top", 2),
        ),
        (2, 2),
        (line((0, -2), (1.8, 1.8)), circle(0, 2, 0.2), circle(2, 2, 0.2), circle(0, -2, 0.2)),
    ),
    "CRYSTAL": Glyph(
        "Y",
        (
            ("1", "1", "p", -3, 0, "left", 2),
            ("3", "3", "p", 3, 0, "right", 2),
            ("2", "G", "p", 0, -3, "bottom", 1),
            ("4", "G", "p", 0, -3, "bottom", 1),
        ),
        (1, 2),
        (
            rectangle(-0.4, 1.2, 0.4, -1.2, "none"),
            line((-1, 1.2), (-1, -1.2)),
            line((1, 1.2), (1, -1.2)),
        ),
    ),
    "JUMPER": Glyph("JP", _two(reach=1), (0.8, 1), (circle(0, 0.8, 0.2), circle(0, -0.8, 0.2))),
    "PAD": Glyph("TP", (("1", "1", "p", 0, 0, "bottom", 1),), (0.5, 2), (circle(0, 1.5, 0.5),)),
    "PWR_FLAG": Glyph(
        "#FLG",
        (("1", "~", "W", 0, 0, "bottom", 0),),
        (1, 2),
        (line((0, 0), (0, 0.6), (-0.8, 1.2), (0, 1.8), (0.8, 1.2), (0, 0.6)),),
        power=True,
    ),
}

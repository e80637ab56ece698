"""The shapes of our parts: small hand-drawn glyphs and boxes with named pins.

Promises: pure data, all coordinates on the 1.27 mm grid with y upwards, pin 1 of a two-pin part on
top. The pin numbers of boxes are those of the makers' data sheets; a test holds them against
KiCad's own library where that has the part.
"""

from __future__ import annotations

from dataclasses import dataclass

from hardware.drawing import boxes, glyphs
from hardware.drawing.sexpr import Node, Quoted, number
from hardware.errors import DrawingError

GRID_MM = 1.27
LIBRARY = "holdfast"
KINDS = {
    "i": "input",
    "o": "output",
    "b": "bidirectional",
    "p": "passive",
    "w": "power_in",
    "W": "power_out",
    "c": "open_collector",
    "n": "no_connect",
}
# Where a pin's line points: from its free end towards the body.
TOWARDS = {"left": 0, "right": 180, "bottom": 90, "top": 270}


@dataclass(frozen=True)
class SymbolPin:
    """One pin: its numbers (stacked pins share a place), free end in grid units, side."""

    numbers: tuple[str, ...]
    name: str
    kind: str
    x: float
    y: float
    side: str
    length: float = 2


@dataclass(frozen=True)
class Symbol:
    """A shape with pins. `half` is half its body in grid units, for text and overlaps."""

    name: str
    letter: str
    pins: tuple[SymbolPin, ...]
    half: tuple[float, float]
    art: tuple[glyphs.Stroke, ...] = ()
    power: bool = False
    show_pins: bool = False

    def node(self, prefix: str = "") -> list[Node]:
        """The symbol as KiCad keeps it in a library (`prefix` empty) or in a sheet."""
        name = self.name
        hide: list[Node] = [] if self.show_pins else [["hide", "yes"]]
        top = self.half[1] + 1
        out: list[Node] = ["symbol", Quoted(prefix + name)]
        if self.power:
            out.append(["power"])
        out += [
            ["pin_numbers", *hide] if hide else ["pin_numbers"],
            ["pin_names", ["offset", "0.762"], *hide],
            ["exclude_from_sim", "no"],
            ["in_bom", "no" if self.power else "yes"],
            ["on_board", "yes"],
            _property("Reference", self.letter, (0, top), hidden=self.power),
            _property("Value", name, (0, -top)),
            _property("Footprint", "", (0, 0), hidden=True),
            _property("Datasheet", "", (0, 0), hidden=True),
            _property("Description", "", (0, 0), hidden=True),
            ["symbol", Quoted(f"{name}_0_1"), *(stroke.node() for stroke in self.art)],
            ["symbol", Quoted(f"{name}_1_1"), *_pin_nodes(self.pins)],
            ["embedded_fonts", "no"],
        ]
        return [part for part in out if part != ["pin_numbers"]]


def _property(name: str, value: str, at: tuple[float, float], *, hidden: bool = False) -> Node:
    hide: list[Node] = [["hide", "yes"]] if hidden else []
    place: list[Node] = ["at", number(at[0] * GRID_MM), number(at[1] * GRID_MM), "0"]
    effects: list[Node] = ["effects", ["font", ["size", "1.27", "1.27"]], *hide]
    return ["property", Quoted(name), Quoted(value), place, effects]


def _pin_nodes(pins: tuple[SymbolPin, ...]) -> list[Node]:
    nodes: list[Node] = []
    font: Node = ["effects", ["font", ["size", "1.27", "1.27"]]]
    for pin in pins:
        for place, digits in enumerate(pin.numbers):
            kind = KINDS[pin.kind] if place == 0 or pin.kind == "n" else "passive"
            hidden: list[Node] = [["hide", "yes"]] if place else []
            x, y = number(pin.x * GRID_MM), number(pin.y * GRID_MM)
            nodes.append(
                [
                    "pin",
                    kind,
                    "line",
                    ["at", x, y, str(TOWARDS[pin.side])],
                    ["length", number(pin.length * GRID_MM)],
                    *hidden,
                    ["name", Quoted(pin.name), font],
                    ["number", Quoted(digits), font],
                ]
            )
    return nodes


CHARACTER = 0.98  # grid units


def _side_entries(text: str) -> list[list[str]]:
    """A side's pins as [number, name, kind]; an empty list is a gap."""
    rows: list[list[str]] = []
    for entry in text.split("|") if text else []:
        words = entry.split()
        if words == ["-"]:
            rows.append([])
            continue
        if len(words) != 3 or words[2] not in KINDS:  # noqa: PLR2004 - number, name, kind
            raise DrawingError(f"'{entry.strip()}': a pin is number, name and one of {list(KINDS)}")
        rows.append(words)
    return rows


def _margin(rows: list[list[str]], clear: float) -> int:
    """Room for the upright names of pins on top or bottom, where side names come too near."""
    if not rows or 3 * (len(rows) - 1) + 1 <= clear:
        return 2
    return 2 + max(len(row[1].strip("~{}")) for row in rows if row)


def box(name: str, spec: boxes.Box) -> Symbol:
    """A rectangle with named pins on its four sides."""
    sides = {side: _side_entries(getattr(spec, side)) for side in TOWARDS}
    rows = max(len(sides["left"]), len(sides["right"]), 1)
    longest = max((len(row[1]) for row in sides["left"] + sides["right"] if row), default=0)
    clear = spec.half_width - 1 - longest * CHARACTER
    above, below = (_margin(sides[side], clear) for side in ("top", "bottom"))
    upright = sum(
        max((len(row[1].strip("~{}")) for row in sides[side] if row), default=0)
        for side in ("top", "bottom")
    )
    if sides["top"] and sides["bottom"]:
        spare = max(0, upright + 3 - (above + 2 * (rows - 1) + below))
        above, below = above + (spare + 1) // 2, below + (spare + 1) // 2
    height = above + 2 * (rows - 1) + below
    height += height % 2
    half = (spec.half_width, height / 2)
    pins = []
    for side, entries in sides.items():
        for place, row in enumerate(entries):
            if not row:
                continue
            if side in {"left", "right"}:
                x = -half[0] - 2 if side == "left" else half[0] + 2
                y = half[1] - above - 2 * place
            else:
                x = 6.0 * place - 3 * (len(entries) - 1)
                y = half[1] + 2 if side == "top" else -half[1] - 2
            pins.append(SymbolPin(tuple(row[0].split("+")), row[1], row[2], x, y, side))
    art = (glyphs.rectangle(-half[0], half[1], half[0], -half[1]),)
    return Symbol(name, spec.letter, tuple(pins), half, art, show_pins=True)


def _glyph(name: str, glyph: glyphs.Glyph) -> Symbol:
    pins = tuple(
        SymbolPin((digits,), label, kind, x, y, side, length)
        for digits, label, kind, x, y, side, length in glyph.pins
    )
    return Symbol(name, glyph.letter, pins, glyph.half, glyph.art, power=glyph.power)


def _power(name: str) -> Symbol:
    """A supply's name as a symbol: ground points down, everything else up."""
    ground = name == "GND"
    pin = SymbolPin(("1",), name, "w", 0, 0, "top" if ground else "bottom", 0)
    return Symbol(
        name, "#PWR", (pin,), (1, 2), glyphs.GROUND if ground else glyphs.RAIL, power=True
    )


def library(rails: tuple[str, ...]) -> dict[str, Symbol]:
    """All symbols by name: glyphs, boxes, and one for each supply in `rails`."""
    shapes = {name: _glyph(name, glyph) for name, glyph in glyphs.GLYPHS.items()}
    shapes |= {name: box(name, spec) for name, spec in boxes.BOXES.items()}
    shapes |= {name: _power(name) for name in rails}
    return shapes

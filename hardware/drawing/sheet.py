"""One sheet of paper: parts, wires, labels, texts, on a grid of 1.27 mm with y downwards.

Promises: the same script gives the same bytes; two texts, bodies or a text and a wire never overlap
(`DrawingError` names both). Values come from the bill of parts, never from the script.
"""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.drawing.paper import Paper
from hardware.drawing.sexpr import Node, Quoted, number
from hardware.drawing.symbols import GRID_MM, LIBRARY, Symbol, SymbolPin
from hardware.errors import DrawingError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hardware.books import Books

At = tuple[float, float]
FONT: Node = ["font", ["size", "1.27", "1.27"]]
TURN = {0: (1, 0, 0, 1), 90: (0, -1, 1, 0), 180: (-1, 0, 0, -1), 270: (0, 1, -1, 0)}
OUTWARDS = {"left": (-1, 0), "right": (1, 0), "top": (0, -1), "bottom": (0, 1)}
NOT_CONNECTED = "NC"
BY_HAND = ""


@dataclass(frozen=True)
class Placed:
    """A part on the sheet: where its pins are, by number and by name."""

    ref: str
    at: At
    pins: Mapping[str, At]

    def __getitem__(self, pin: str) -> At:
        """The place of a pin, by number or name."""
        try:
            return self.pins[pin]
        except KeyError:
            raise DrawingError(f"{self.ref} has no pin {pin}; it has {sorted(self.pins)}") from None


class Sheet:
    """One sheet. `books` give its parts and pins, `symbols` is the library, `path` board/sheet."""

    def __init__(
        self,
        name: str,
        title: str,
        books: Books,
        symbols: Mapping[str, Symbol],
        path: str,
        paper: str = "A4",
    ) -> None:
        self.name, self.title, self.paper_size, self.path = name, title, paper, path
        self.books, self.symbols = books, symbols
        self.parts = books.parts(path.split("/", 1)[0])
        self.items: list[list[Node]] = []
        self.used: dict[str, Symbol] = {}
        self.refs: set[str] = set()
        self.paper = Paper(name)
        self.ends: list[At] = []
        self.pin_ends: list[At] = []
        self.stretches: list[tuple[At, At]] = []
        self.supplies = 0

    def uid(self, key: str) -> Quoted:
        """A stable identity for one thing on this sheet."""
        return Quoted(str(uuid.uuid5(uuid.NAMESPACE_URL, f"holdfast/{self.path}/{key}")))

    # ------------------------------------------------------------------ parts
    def part(self, ref: str, at: At, turn: int = 0) -> Placed:
        """Place the part `ref` of the board's list: its texts go where they fit."""
        try:
            part = self.parts[ref]
        except KeyError:
            raise DrawingError(f"{self.name}: {ref} is not in the board's list of parts") from None
        if ref in self.refs:
            raise DrawingError(f"{self.name}: {ref} is drawn twice")
        self.refs.add(ref)
        symbol = self.symbols[part.symbol]
        fields = {
            "Footprint": part.footprint,
            "Manufacturer": part.maker,
            "MPN": part.mpn,
            "Alternate": "; ".join(part.alternates),
            "Option": part.option,
        }
        return self._place(symbol, ref, part.value, at, turn, fields, bought=part.bought)

    def _turned(self, symbol: Symbol, at: At, turn: int) -> dict[str, At]:
        cos, msin, sin, cos2 = TURN[turn]
        places: dict[str, At] = {}
        for pin in symbol.pins:
            x, y = cos * pin.x + msin * pin.y, sin * pin.x + cos2 * pin.y
            place = (round(at[0] + x, 3), round(at[1] - y, 3))
            for digits in pin.numbers:
                places[digits] = place
            places.setdefault(pin.name, place)
        return places

    def _place(
        self,
        symbol: Symbol,
        ref: str,
        value: str,
        at: At,
        turn: int,
        fields: Mapping[str, str],
        *,
        bought: bool = True,
        value_at: At | None = None,
    ) -> Placed:
        """Put a symbol on the sheet; `value_at` is where a supply's name stands."""
        self.used[symbol.name] = symbol
        places = self._turned(symbol, at, turn)
        half = symbol.half if turn % 180 == 0 else symbol.half[::-1]
        quiet = ref.startswith("#")
        ref_at, val_at, just = self._text_places(symbol, at, half, turn)
        val_at = value_at or val_at
        if not quiet:
            self._reserve(ref, symbol, at, half, places)
            self.paper.text(ref, ref_at, just, ref)
            self.paper.text(value, val_at, just, ref)
        elif value != "fed":
            self._reserve_supply(value, at, turn)
        if value_at:
            self.paper.text(value, val_at, "", f"supply {value}")
        just = "" if quiet else just
        extra = {name: text for name, text in fields.items() if text}
        self.items.append(
            [
                "symbol",
                ["lib_id", Quoted(f"{LIBRARY}:{symbol.name}")],
                ["at", number(at[0] * GRID_MM), number(at[1] * GRID_MM), str(turn)],
                ["unit", "1"],
                ["exclude_from_sim", "no"],
                ["in_bom", "yes" if bought and not quiet else "no"],
                ["on_board", "no" if quiet else "yes"],
                ["dnp", "no"],
                ["uuid", self.uid(ref)],
                self._field("Reference", ref, ref_at, turn, just, hidden=quiet),
                self._field("Value", value, val_at, turn, just, hidden=quiet and not value_at),
                *(self._field(name, text, at, 0, "", hidden=True) for name, text in extra.items()),
                *self._identities(symbol, ref),
            ]
        )
        pin_ends = sorted(set(places.values()))
        self.pin_ends += pin_ends
        self.ends += pin_ends
        return Placed(ref, at, places)

    def _reserve(self, ref: str, symbol: Symbol, at: At, half: At, places: dict[str, At]) -> None:
        """Tell the paper what lies here: the body, and the pins of a box."""
        self.paper.body(ref, at, half)
        for pin in symbol.pins if symbol.show_pins else ():
            dx, dy = OUTWARDS[pin.side]
            end = places[pin.numbers[0]]
            self.paper.wire(end, (end[0] - dx * pin.length, end[1] - dy * pin.length))

    def _reserve_supply(self, net: str, at: At, turn: int) -> None:
        """Tell the paper where a supply's glyph lies."""
        reach = -1.0 if net == "GND" else 0.8
        _, across, _, along = TURN[turn]
        self.paper.body(
            f"{net} symbol", (at[0] + across * reach, at[1] - along * reach), (0.9, 0.9)
        )

    def _identities(self, symbol: Symbol, ref: str) -> list[Node]:
        """The pins' identities, and which part of which project this is."""
        pins: list[Node] = [
            ["pin", Quoted(digits), ["uuid", self.uid(f"{ref}/{digits}")]]
            for pin in symbol.pins
            for digits in pin.numbers
        ]
        project = Quoted(self.path.split("/", 1)[0])
        path: Node = ["path", Quoted("@PATH@"), ["reference", Quoted(ref)], ["unit", "1"]]
        return [*pins, ["instances", ["project", project, path]]]

    @staticmethod
    def _text_places(symbol: Symbol, at: At, half: At, turn: int) -> tuple[At, At, str]:
        """Where reference and value stand: beside an upright part, above and below a lying one."""
        if symbol.show_pins:
            top = at[1] - half[1]
            uppers = [pin.x for pin in symbol.pins if pin.side == "top"]
            just = "right" if uppers else "left"
            x = at[0] + min(uppers) - 2 if uppers else at[0] - half[0]
            return (x, top - 2.9), (x, top - 1.2), just
        if any(pin.side == "left" for pin in symbol.pins) and not turn and symbol.letter == "Y":
            return (at[0], at[1] - half[1] - 2.6), (at[0], at[1] - half[1] - 0.9), ""
        if turn % 180:
            return (at[0], at[1] - half[1] - 1.2), (at[0], at[1] + half[1] + 1.2), ""
        return (at[0] + half[0] + 0.8, at[1] - 0.9), (at[0] + half[0] + 0.8, at[1] + 0.9), "left"

    def _field(
        self, name: str, value: str, at: At, turn: int, just: str, *, hidden: bool
    ) -> list[Node]:
        """A field of a part. KiCad turns its text with the part, so it is turned back."""
        if turn == 180:  # noqa: PLR2004 - upside down
            just = {"left": "right", "right": "left"}.get(just, "")
        effects: list[Node] = ["effects", FONT]
        if just:
            effects.append(["justify", just])
        if hidden:
            effects.append(["hide", "yes"])
        upright = "90" if turn % 180 else "0"
        place: list[Node] = ["at", number(at[0] * GRID_MM), number(at[1] * GRID_MM), upright]
        return ["property", Quoted(name), Quoted(value), place, effects]

    # --------------------------------------------------------------- supplies
    def supply(self, net: str, at: At, turn: int = 0) -> None:
        """A supply's symbol at `at`; ground points down at turn 0, others up."""
        self.supplies += 1
        symbol = self.symbols[net]
        if net == "GND":
            self._place(symbol, f"#PWR_{self.name}_{self.supplies:03d}", net, at, turn, {})
            return
        place = {0: (0, -2.4), 90: (-2.2, 0), 270: (2.2, 0), 180: (0, 2.4)}[turn]
        text = (at[0] + place[0], at[1] + place[1])
        if turn in {90, 270}:
            shift = len(net) * 0.45
            text = (text[0] + (-shift if turn == 90 else shift), text[1])  # noqa: PLR2004
        ref = f"#PWR_{self.name}_{self.supplies:03d}"
        self._place(symbol, ref, net, at, turn, {}, value_at=text)

    def flag(self, net: str, at: At) -> None:
        """Say that `net` is fed from outside or over a coil, which KiCad cannot see by itself."""
        self.supplies += 1
        self._place(
            self.symbols["PWR_FLAG"], f"#FLG_{self.name}_{self.supplies:03d}", "fed", at, 0, {}
        )
        self.wire(at, (at[0], at[1] + 1))
        if net == "GND":
            self.supply("GND", (at[0], at[1] + 1))
        else:
            self.label(net, (at[0], at[1] + 1), "right")

    # ------------------------------------------------------------------ wires
    def wire(self, *points: At) -> None:
        """A wire through `points`; every stretch must be level or upright."""
        for one, two in itertools.pairwise(points):
            if one == two:
                continue
            if one[0] != two[0] and one[1] != two[1]:
                raise DrawingError(f"{self.name}: a wire from {one} to {two} would lie askew")
            self.paper.wire(one, two)
            self.stretches.append((one, two))
            self.ends += [one, two]

    def label(self, net: str, at: At, side: str, shape: str = "bidirectional") -> None:
        """The name of a net that goes to other sheets; its flag points to `side`."""
        turn, just = {"right": ("0", "left"), "left": ("180", "right")}[side]
        self.paper.label(net, at, side)
        place: Node = ["at", number(at[0] * GRID_MM), number(at[1] * GRID_MM), turn]
        effects: Node = ["effects", FONT, ["justify", just]]
        uid: Node = ["uuid", self.uid(f"label{net}{at}")]
        self.items.append(["global_label", Quoted(net), ["shape", shape], place, effects, uid])

    def open_pin(self, at: At) -> None:
        """A pin that is left open on purpose."""
        place: Node = ["at", number(at[0] * GRID_MM), number(at[1] * GRID_MM)]
        self.items.append(["no_connect", place, ["uuid", self.uid(f"open{at}")]])

    # ------------------------------------------------------------------ words
    def note(self, text: str, at: At, *, size: float = 1.27) -> None:
        """Words for the reader, several lines allowed; `size` in millimetres."""
        for row, line in enumerate(text.split("\n")):
            place = (at[0], at[1] + (row + 0.5) * 1.6 * size / GRID_MM)
            self.paper.text(line, place, "left", f"note '{line[:20]}'", scale=size / GRID_MM)
            font: Node = ["font", ["size", number(size), number(size)]]
            self.items.append(
                [
                    "text",
                    Quoted(line),
                    ["exclude_from_sim", "no"],
                    ["at", number(place[0] * GRID_MM), number(place[1] * GRID_MM), "0"],
                    ["effects", font, ["justify", "left"]],
                    ["uuid", self.uid(f"note{at}{row}")],
                ]
            )

    def frame(self, title: str, corner: At, size: At) -> None:
        """A dashed frame round one function, its title inside the upper edge."""
        x, y = corner
        end = (x + size[0], y + size[1])
        self.items.append(
            [
                "rectangle",
                ["start", number(x * GRID_MM), number(y * GRID_MM)],
                ["end", number(end[0] * GRID_MM), number(end[1] * GRID_MM)],
                ["stroke", ["width", "0.15"], ["type", "dash"]],
                ["fill", ["type", "none"]],
                ["uuid", self.uid(f"frame{corner}")],
            ]
        )
        self.note(title, (x + 1, y + 0.6), size=1.6)

    # ------------------------------------------------------------------ boxes
    def box(self, ref: str, at: At, nets: Mapping[str, str], stub: float = 2) -> Placed:
        """Place a box and lead every pin out by `nets`: pin name -> net, "NC", or "" for by hand.

        A supply's name gives its symbol, any other name a label. A pin that `nets`
        forgets is refused.
        """
        placed = self.part(ref, at)
        symbol = self.symbols[self.parts[ref].symbol]
        keys = {pin.name for pin in symbol.pins} | {pin.numbers[0] for pin in symbol.pins}
        if strange := set(nets) - keys:
            raise DrawingError(f"{self.name}: {ref} has no pins {sorted(strange)}")
        for pin in symbol.pins:
            net = nets.get(pin.numbers[0], nets.get(pin.name))
            if net is None and pin.kind != "n":
                raise DrawingError(
                    f"{self.name}: {ref} pin {pin.name} ({pin.numbers[0]}) leads nowhere"
                )
            self._lead_out(placed[pin.numbers[0]], pin, NOT_CONNECTED if net is None else net, stub)
        return placed

    def _lead_out(self, at: At, pin: SymbolPin, net: str, stub: float) -> None:
        if net == BY_HAND:
            return
        if net == NOT_CONNECTED:
            self.open_pin(at)
            return
        dx, dy = OUTWARDS[pin.side]
        if net in self.symbols and self.symbols[net].power:
            if pin.side in {"top", "bottom"}:
                wrong_way = (net == "GND") == (pin.side == "top")
                self.supply(net, at, 180 if wrong_way else 0)
                return
            end = (at[0] + dx, at[1])
            self.wire(at, end)
            ground = {"left": 270, "right": 90}[pin.side]
            self.supply(net, end, ground if net == "GND" else (ground + 180) % 360)
            return
        end = (at[0] + dx * stub, at[1] + dy * stub)
        self.wire(at, end)
        shape = {"i": "input", "o": "output", "c": "output"}.get(pin.kind, "bidirectional")
        self.label(net, end, pin.side if pin.side in {"left", "right"} else "right", shape)

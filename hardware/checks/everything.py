"""All checks and proofs, each as a `Result`: name, number of things looked at, complaints.

The same functions serve `make hardware`, the tests and the seeded faults: a fault is a changed copy
of the folders that `Places` names.
"""

from __future__ import annotations

import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hardware import bom, kicad
from hardware.boards import BOARDS, FIRMWARE, KEYPAD_CODE, SCHEMATICS
from hardware.books import HERE, Books
from hardware.checks import firmware_numbers, firmware_pins, parts, pins
from hardware.drawing.project import RAILS, draw_board
from hardware.drawing.symbols import library
from hardware.proofs import Proof, bounce, derived, discharge, hold_up, loop, standby

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardware.kicad import Netlist


@dataclass(frozen=True)
class Places:
    """The folders under test: `hardware` with the .toml files, `schematics` with the boards."""

    hardware: Path = HERE
    schematics: Path = SCHEMATICS

    @property
    def books(self) -> Books:
        """The numbers in this copy."""
        return Books(self.hardware)

    def sheet(self, board: str) -> Path:
        """The root sheet of a board."""
        return self.schematics / board / f"{board}.kicad_sch"


@dataclass(frozen=True)
class Result:
    """One check's outcome."""

    name: str
    examined: int
    complaints: list[str]

    def __str__(self) -> str:
        """Show as one line, complaints below it."""
        word = "holds" if not self.complaints else "FAILED"
        lines = "".join(f"\n    {complaint}" for complaint in self.complaints)
        return f"{word:<7}{self.name:<28}{self.examined:>6}{lines}"


PROOFS: dict[str, Callable[[Books], Proof]] = {
    "derived": derived.prove,
    "loop": loop.prove,
    "hold-up": hold_up.prove,
    "discharge": discharge.prove,
    "standby": standby.prove,
    "bounce": bounce.prove,
}


def rules(places: Places, board: str) -> Result:
    """KiCad's electrical rules, every severity."""
    found = kicad.rule_check(places.sheet(board))
    return Result(f"{board}: electrical rules", len(BOARDS[board].pages) + 1, found)


def wiring(places: Places, board: str, netlist: Netlist) -> list[Result]:
    """Pins, parts and nets of safety."""
    books = places.books
    pin_map = books.pins(board)
    esp32 = pin_map.part.startswith("ESP32-S3")
    forbidden = frozenset(books.fact("forbidden_gpio")) if esp32 else frozenset()
    nets = tomllib.loads((places.hardware / "safety_nets.toml").read_text("utf-8"))[board]
    return [
        Result(
            f"{board}: pins both ways",
            len(pins.module_nets(pin_map, netlist)),
            pins.check(pin_map, netlist, forbidden),
        ),
        Result(f"{board}: parts", len(netlist.components), parts.check(board, books, netlist)),
        Result(f"{board}: nets of safety", len(nets), parts.safety_nets(nets, netlist)),
    ]


def drift(places: Places, board: str) -> list[Result]:
    """Committed drawing and bill of materials are what the scripts and lists give."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        names = draw_board(BOARDS[board], places.books, Path(folder))
        for name in names:
            kept = places.schematics / board / name
            same = kept.is_file() and kept.read_bytes() == Path(folder, name).read_bytes()
            if not same:
                wrong.append(f"schematics/{board}/{name} is not what its script draws: `make draw`")
    kept = places.hardware / "bom" / f"{board}.csv"
    text = bom.table(places.books, board)
    bill = (
        []
        if kept.is_file() and kept.read_text("utf-8") == text
        else [f"bom/{board}.csv: `make draw`"]
    )
    return [
        Result(f"{board}: drawing drift", len(names), wrong),
        Result(f"{board}: bill drift", text.count("\n") - 1, bill),
    ]


def firmware(places: Places, board: str) -> Result:
    """The firmware's board file has the pin file's numbers."""
    pin_map = places.books.pins(board)
    return Result(
        f"{board}: firmware pins", len(pin_map.pins), firmware_pins.check(pin_map, FIRMWARE[board])
    )


def numbers(places: Places) -> Result:
    """The firmware's constants are those of the lists."""
    count = sum(len(shared) for shared in firmware_numbers.SHARED.values())
    count += len(firmware_numbers.SHARES) + 1
    return Result("firmware numbers", count, firmware_numbers.check(places.books, KEYPAD_CODE))


def libraries(places: Places) -> list[Result]:
    """Our pin numbers and footprints against KiCad's own libraries."""
    shapes = library(RAILS)
    books = places.books
    known = [key for key, kind in books.kinds.items() if "kicad" in kind]
    found = [
        Result(
            "symbols against KiCad",
            len(known),
            parts.check_symbols(books, shapes, kicad.LIBRARIES / "symbols"),
        )
    ]
    for board in BOARDS:
        wrong = parts.check_footprints(board, books, shapes, kicad.LIBRARIES / "footprints")
        found.append(Result(f"{board}: footprints", len(books.parts(board)), wrong))
    return found


def facts(places: Places) -> Result:
    """Every fact of a data sheet carries its source; reading the books refuses one without."""
    return Result("facts with a source", len(places.books.fact_sources), [])


def proof(places: Places, name: str) -> Result:
    """One circuit proof."""
    found = PROOFS[name](places.books)
    return Result(f"proof: {name}", len(found.claims), found.complaints)


def every(places: Places) -> list[Result]:
    """All of it, in the order of a person's questions."""
    kicad.version()
    results = [facts(places), *libraries(places)]
    for board in BOARDS:
        results.append(rules(places, board))
        results += wiring(places, board, kicad.netlist(places.sheet(board)))
        results += drift(places, board)
    results += [firmware(places, board) for board, file in FIRMWARE.items() if file.is_file()]
    results.append(numbers(places))
    results += [proof(places, name) for name in PROOFS]
    return results

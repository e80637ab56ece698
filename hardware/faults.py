"""Faults that the checks must catch, each a patch on a copy of the tree.

Two kinds: somebody edited a sheet in KiCad (the drawing alone changes), or somebody changed a list
and drew again (list and drawing agree, and are wrong together). Every fault names the check that
has to complain and a word of its complaint; a check that has gone blind fails the test.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hardware import kicad
from hardware.boards import BOARDS, SCHEMATICS
from hardware.books import HERE
from hardware.checks import everything, firmware_pins, parts
from hardware.checks.everything import Places
from hardware.drawing.project import RAILS, draw_board
from hardware.drawing.sexpr import Node, Quoted, children, dump, parse, text
from hardware.drawing.symbols import library
from hardware.errors import HardwareError
from hardware.proofs import bounce

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """One fault: what happened, the patch, who must complain, a word of the complaint."""

    name: str
    edit: Callable[[Places], None]
    check: Callable[[Places], list[str]]
    word: str


def copy(folder: Path) -> Places:
    """A fresh copy of lists and sheets in `folder`."""
    hardware = folder / "hardware"
    hardware.mkdir()
    for file in HERE.glob("*.toml"):
        shutil.copy(file, hardware)
    for name in ("pins", "fit", "bom"):
        shutil.copytree(HERE / name, hardware / name)
    shutil.copytree(SCHEMATICS, folder / "schematics", ignore=shutil.ignore_patterns("pages"))
    return Places(hardware, folder / "schematics")


# ---------------------------------------------------------------------- patches
def in_list(file: str, old: str, new: str, *boards: str) -> Callable[[Places], None]:
    """Change a .toml file; draw `boards` again."""

    def edit(places: Places) -> None:
        path = places.hardware / file
        kept = path.read_text("utf-8")
        if kept.count(old) != 1:
            raise HardwareError(
                f"the fault's text '{old}' stands {kept.count(old)} times in {file}"
            )
        path.write_text(kept.replace(old, new), "utf-8")
        for board in boards:
            draw_board(BOARDS[board], places.books, places.schematics / board)

    return edit


def together(*edits: Callable[[Places], None]) -> Callable[[Places], None]:
    """Several patches, one after the other."""

    def edit(places: Places) -> None:
        for one in edits:
            one(places)

    return edit


def in_sheet(where: str, change: Callable[[list[Node]], bool]) -> Callable[[Places], None]:
    """Change a sheet as somebody would in KiCad; `where` is board/sheet."""

    def edit(places: Places) -> None:
        path = places.schematics / f"{where}.kicad_sch"
        tree = parse(path.read_text("utf-8"))
        if not change(tree):
            raise HardwareError(f"the fault finds nothing to change in {where}")
        path.write_text(dump(tree) + "\n", "utf-8")

    return edit


def _is_part(node: Node, ref: str) -> bool:
    if not isinstance(node, list) or not node or node[0] != "symbol" or len(node) < 3:  # noqa: PLR2004
        return False
    fields = {str(field[1]): str(field[2]) for field in children(node, "property")}
    return fields.get("Reference") == ref


def drop_part(ref: str) -> Callable[[list[Node]], bool]:
    """Take a part out; its wires stay."""

    def change(tree: list[Node]) -> bool:
        kept = [node for node in tree if not _is_part(node, ref)]
        gone = len(tree) - len(kept)
        tree[:] = kept
        return gone == 1

    return change


def set_field(ref: str, name: str, value: str) -> Callable[[list[Node]], bool]:
    """Write another value, footprint or maker's number."""

    def change(tree: list[Node]) -> bool:
        for node in tree:
            if isinstance(node, list) and _is_part(node, ref):
                for entry in children(node, "property"):
                    if entry[1] == name:
                        entry[2] = Quoted(value)
                        return True
        return False

    return change


def relabel(old: str, new: str, place: int = 0) -> Callable[[list[Node]], bool]:
    """Give the label at `place` among those called `old` another name; "" takes it out."""

    def change(tree: list[Node]) -> bool:
        labels = [node for node in children(tree, "global_label") if node[1] == old]
        if len(labels) <= place:
            return False
        if new:
            labels[place][1] = Quoted(new)
        else:
            tree.remove(labels[place])
        return True

    return change


def swap(one: str, two: str) -> Callable[[list[Node]], bool]:
    """Swap the names of two labels."""

    def change(tree: list[Node]) -> bool:
        done = relabel(one, "?")(tree) and relabel(two, one)(tree)
        return done and relabel("?", two)(tree)

    return change


def drop_first(kind: str) -> Callable[[list[Node]], bool]:
    """Take out the sheet's first item of a kind: a wire, an open-pin mark."""

    def change(tree: list[Node]) -> bool:
        for node in list(children(tree, kind)):
            tree.remove(node)
            return True
        return False

    return change


def add_words(tree: list[Node]) -> bool:
    """Write something on the sheet that its script does not know."""
    for node in children(tree, "text"):
        node[1] = Quoted(text(node, "uuid"))
        return True
    return False


# ----------------------------------------------------------------------- checks
@cache
def wiring(board: str) -> Callable[[Places], list[str]]:
    """Pins, parts and nets of safety of a board."""

    def check(places: Places) -> list[str]:
        netlist = kicad.netlist(places.sheet(board))
        return [
            line for one in everything.wiring(places, board, netlist) for line in one.complaints
        ]

    return check


@cache
def rules(board: str) -> Callable[[Places], list[str]]:
    """KiCad's rules on a board."""
    return lambda places: everything.rules(places, board).complaints


@cache
def proof(name: str) -> Callable[[Places], list[str]]:
    """A circuit proof."""
    return lambda places: everything.proof(places, name).complaints


def few_bounces(places: Places) -> list[str]:
    """The bounce proof on a quarter of its seeds, enough for a gross fault."""
    return bounce.prove(places.books, 50).complaints


@cache
def drift(board: str) -> Callable[[Places], list[str]]:
    """Drawing and bill against scripts and lists."""
    return lambda places: [
        line for one in everything.drift(places, board) for line in one.complaints
    ]


@cache
def footprints(board: str) -> Callable[[Places], list[str]]:
    """Footprints against KiCad's library."""

    def check(places: Places) -> list[str]:
        shapes = library(RAILS)
        return parts.check_footprints(board, places.books, shapes, kicad.LIBRARIES / "footprints")

    return check


def symbols(places: Places) -> list[str]:
    """Our pin numbers against KiCad's, in the copy's catalogue."""
    return parts.check_symbols(places.books, library(RAILS), kicad.LIBRARIES / "symbols")


def facts(places: Places) -> list[str]:
    """Sources of facts: refused on reading."""
    try:
        return everything.facts(places).complaints
    except HardwareError as error:
        return [str(error)]


def firmware_numbers(places: Places) -> list[str]:
    """The firmware's constants against lists that have moved on."""
    return everything.numbers(places).complaints


def firmware(places: Places) -> list[str]:
    """A board file that was right, against a pin file that has moved on."""
    good = firmware_pins.board_source(Places().books.pins("keypad"))
    file = places.hardware / "board.py"
    file.write_text(good, "utf-8")
    return firmware_pins.check(places.books.pins("keypad"), file)

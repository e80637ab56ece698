"""Binds sheets into a KiCad project: root sheet, sub-sheets, local library, project file.

Promises: the files written are the same bytes for the same scripts, and the folder opens in KiCad 9
as it stands. It writes nothing outside the folder it is given.
"""

from __future__ import annotations

import itertools
import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardware.drawing.sexpr import Node, Quoted, dump, number
from hardware.drawing.sheet import FONT, At, Sheet
from hardware.drawing.symbols import GRID_MM, LIBRARY, Symbol, library
from hardware.errors import DrawingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from hardware.books import Books

RAILS = (
    "GND",
    "+3V3",
    "+3V3A",
    "+5V",
    "+5V_BUCK",
    "+5V_MODEM",
    "VIN",
    "VSYS",
    "VBAT",
    "VBUS",
    "MAINS_OUT",
    "CELL_OUT",
)
FORMAT = "20250114"
LIBRARY_FORMAT = "20241209"
NOT_CERTIFIED = "Not certified, no board built yet: see docs/hardware.md"


@dataclass(frozen=True)
class Page:
    """One sheet of a board: file name, title, what it shows, who draws it."""

    name: str
    title: str
    shows: str
    draw: Callable[[Sheet], None]
    paper: str = "A4"


@dataclass(frozen=True)
class Board:
    """One board: its name, title and pages in order."""

    name: str
    title: str
    pages: tuple[Page, ...]


def draw_board(board: Board, books: Books, folder: Path) -> list[str]:
    """Write `board` into `folder`; returns the names of the files."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = books.parts(board.name)
    shapes = library(RAILS)
    root = Sheet(board.name, board.title, books, shapes, board.name)
    files = {}
    drawn: set[str] = set()
    used: dict[str, Symbol] = {}
    for page_number, page in enumerate(board.pages, 2):
        sheet = Sheet(page.name, page.title, books, shapes, f"{board.name}/{page.name}", page.paper)
        page.draw(sheet)
        sheet.paper.judge()
        drawn |= sheet.refs
        used |= sheet.used
        path = f"/{root.uid('root')}/{root.uid(f'sheet/{page.name}')}"
        files[f"{page.name}.kicad_sch"] = write(sheet, path, page_number, board)
        _sheet_symbol(root, board, page, page_number, sheet.paper.labels)
    if missing := set(parts) - drawn:
        raise DrawingError(f"{board.name}: in the list of parts but on no sheet: {sorted(missing)}")
    files[f"{board.name}.kicad_sch"] = write(root, f"/{root.uid('root')}", 1, board)
    files[f"{LIBRARY}.kicad_sym"] = _library(used)
    files[f"{board.name}.kicad_pro"] = _project(board.name)
    files["sym-lib-table"] = (
        "(sym_lib_table\n\t(version 7)\n"
        f'\t(lib (name "{LIBRARY}")(type "KiCad")(uri "${{KIPRJMOD}}/{LIBRARY}.kicad_sym")'
        '(options "")(descr "The shapes of this board"))\n)\n'
    )
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return sorted(files)


def write(sheet: Sheet, path: str, page_number: int, board: Board) -> str:
    """The text of one .kicad_sch file."""
    symbols: list[Node] = [
        shape.node(f"{LIBRARY}:")
        for _, shape in sorted(sheet.used.items(), key=lambda pair: pair[0])
    ]
    items: list[Node] = list(sheet.items)
    items += _wires(sheet)
    title: Node = [
        "title_block",
        ["title", Quoted(sheet.title)],
        ["rev", Quoted("A")],
        ["company", Quoted("Holdfast")],
        ["comment", "1", Quoted(f"Board: {board.title}")],
        ["comment", "2", Quoted(NOT_CERTIFIED)],
    ]
    document: list[Node] = [
        "kicad_sch",
        ["version", FORMAT],
        ["generator", Quoted("holdfast")],
        ["generator_version", Quoted("9.0")],
        ["uuid", sheet.uid("root")],
        ["paper", Quoted(sheet.paper_size)],
        title,
        ["lib_symbols", *symbols],
        *items,
    ]
    if page_number == 1:
        document.append(["sheet_instances", ["path", Quoted("/"), ["page", Quoted("1")]]])
    document.append(["embedded_fonts", "no"])
    return dump(document).replace("@PATH@", path) + "\n"


def _inside(place: At, one: At, two: At) -> bool:
    """Whether `place` lies on the stretch without being one of its ends."""
    (x1, x2), (y1, y2) = sorted((one[0], two[0])), sorted((one[1], two[1]))
    on_it = x1 <= place[0] <= x2 and y1 <= place[1] <= y2
    return on_it and place not in {one, two}


def _wires(sheet: Sheet) -> list[Node]:
    """Every wire, cut where something joins it, as KiCad keeps them; dots where three ends meet."""
    pieces: dict[tuple[At, At], None] = {}
    for one, two in sheet.stretches:
        cuts = {end for end in sheet.ends if _inside(end, one, two)}
        points = sorted({one, two} | cuts)
        pieces |= dict.fromkeys(itertools.pairwise(points))
    count = {place: sheet.pin_ends.count(place) for place in sheet.pin_ends}
    nodes: list[Node] = []
    for one, two in pieces:
        for place in (one, two):
            count[place] = count.get(place, 0) + 1
        xy: list[Node] = [["xy", number(x * GRID_MM), number(y * GRID_MM)] for x, y in (one, two)]
        stroke: Node = ["stroke", ["width", "0"], ["type", "default"]]
        nodes.append(["wire", ["pts", *xy], stroke, ["uuid", sheet.uid(f"wire{one}{two}")]])
    nodes += [
        [
            "junction",
            ["at", number(x * GRID_MM), number(y * GRID_MM)],
            ["diameter", "0"],
            ["color", "0", "0", "0", "0"],
            ["uuid", sheet.uid(f"dot{x, y}")],
        ]
        for (x, y), ends in sorted(count.items())
        if ends > 2  # noqa: PLR2004 - two ends are a bend, three a branch
    ]
    return nodes


def _sheet_symbol(root: Sheet, board: Board, page: Page, page_number: int, nets: list[str]) -> None:
    """The page's box on the first sheet, with what it shows."""
    place = page_number - 2
    x, y = 14 + (place % 2) * 104, 16 + (place // 2) * 32
    size = (94, 24)
    at: Node = ["at", number(x * GRID_MM), number(y * GRID_MM)]
    box: Node = ["size", number(size[0] * GRID_MM), number(size[1] * GRID_MM)]
    stroke: Node = ["stroke", ["width", "0.1524"], ["type", "solid"]]

    def field(name: str, value: str, place_y: float, just: str) -> Node:
        spot: Node = ["at", number((x + 1) * GRID_MM), number(place_y * GRID_MM), "0"]
        return [
            "property",
            Quoted(name),
            Quoted(value),
            spot,
            ["effects", FONT, ["justify", "left", just]],
        ]

    instance: Node = ["path", Quoted(f"/{root.uid('root')}"), ["page", Quoted(str(page_number))]]
    root.items.append(
        [
            "sheet",
            at,
            box,
            ["exclude_from_sim", "no"],
            ["in_bom", "yes"],
            ["on_board", "yes"],
            ["dnp", "no"],
            stroke,
            ["fill", ["color", "0", "0", "0", "0.0000"]],
            ["uuid", root.uid(f"sheet/{page.name}")],
            field("Sheetname", page.name, y - 0.5, "bottom"),
            field("Sheetfile", f"{page.name}.kicad_sch", y + size[1] + 0.5, "top"),
            ["instances", ["project", Quoted(board.name), instance]],
        ]
    )
    words = "\n".join([*textwrap.wrap(page.shows, 84), "", *textwrap.wrap("  ".join(nets), 84)])
    root.note(words, (x + 2, y + 2))


def _library(used: dict[str, Symbol]) -> str:
    shapes = library(RAILS)
    nodes = [shapes[name].node() for name in sorted(used)]
    head: list[Node] = [
        "kicad_symbol_lib",
        ["version", LIBRARY_FORMAT],
        ["generator", Quoted("holdfast")],
        ["generator_version", Quoted("9.0")],
    ]
    return dump([*head, *nodes]) + "\n"


def _project(name: str) -> str:
    """A project file: KiCad's defaults, nothing silenced."""
    settings = {
        "erc": {"erc_exclusions": [], "meta": {"version": 0}, "rule_severities": {}},
        "meta": {"filename": f"{name}.kicad_pro", "version": 3},
        "schematic": {"meta": {"version": 1}},
    }
    return json.dumps(settings, indent=2) + "\n"

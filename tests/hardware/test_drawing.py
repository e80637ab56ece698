"""The writer of drawings: what it refuses, and that it repeats itself. Needs no KiCad."""

import pytest

from hardware.boards import BOARDS
from hardware.books import Books
from hardware.drawing.paper import Paper
from hardware.drawing.project import RAILS, draw_board
from hardware.drawing.sexpr import Quoted, dump, parse
from hardware.drawing.sheet import Sheet
from hardware.drawing.symbols import library
from hardware.errors import DrawingError


@pytest.fixture
def sheet():
    return Sheet("test", "Test", Books(), library(RAILS), "keypad/test")


@pytest.mark.parametrize("board", BOARDS)
def test_drawing_twice_gives_the_same_bytes(board, tmp_path):
    for folder in ("one", "two"):
        draw_board(BOARDS[board], Books(), tmp_path / folder)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("board", BOARDS)
def test_nothing_overlaps_on_any_sheet(board):
    for page in BOARDS[board].pages:
        sheet = Sheet(page.name, page.title, Books(), library(RAILS), f"{board}/{page.name}")
        page.draw(sheet)
        assert sheet.paper.overlaps() == []
        assert sheet.paper.texts


def test_overlapping_text_is_refused():
    paper = Paper("test")
    paper.text("one", (10, 10), "left", "A")
    paper.text("two", (11, 10.5), "left", "B")
    with pytest.raises(DrawingError, match="'A: one' lies over 'B: two'"):
        paper.judge()


def test_a_wire_through_text_is_refused():
    paper = Paper("test")
    paper.text("words", (10, 10), "left", "A")
    paper.wire((0, 10), (50, 10))
    with pytest.raises(DrawingError, match="a wire runs through"):
        paper.judge()


def test_a_wire_askew_is_refused(sheet):
    with pytest.raises(DrawingError, match="askew"):
        sheet.wire((0, 0), (1, 1))


def test_a_part_twice_or_unknown_is_refused(sheet):
    sheet.part("R101", (20, 20))
    with pytest.raises(DrawingError, match="drawn twice"):
        sheet.part("R101", (40, 20))
    with pytest.raises(DrawingError, match="not in the board's list"):
        sheet.part("R999", (40, 20))


def test_a_forgotten_pin_is_refused(sheet):
    with pytest.raises(DrawingError, match="leads nowhere"):
        sheet.box("U101", (50, 50), {"1A": "NC", "VCC": "+3V3", "GND": "GND"})


def test_files_read_as_they_were_written():
    node = ["a", Quoted('say "x" \\ y'), ["b", "1.5"], ["c", Quoted("two\nlines" * 20)]]
    assert parse(dump(node)) == node


def test_a_damaged_file_is_refused():
    with pytest.raises(DrawingError, match="brackets"):
        parse("(a (b")

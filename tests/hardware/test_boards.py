"""Every board as committed: KiCad's rules, our rules, nothing adrift. Needs KiCad 9."""

from xml.etree import ElementTree as ET

import pytest

from hardware import kicad, render
from hardware.boards import BOARDS, FIRMWARE, SCHEMATICS
from hardware.checks import everything
from needs import needs

PLACES = everything.Places()


@pytest.fixture(scope="module", autouse=True)
def _kicad():
    needs("kicad-cli")
    kicad.version()


@pytest.fixture(scope="module")
def netlists():
    return {board: kicad.netlist(PLACES.sheet(board)) for board in BOARDS}


@pytest.mark.parametrize("board", BOARDS)
def test_kicad_finds_no_violation(board):
    assert everything.rules(PLACES, board).complaints == []


@pytest.mark.parametrize("board", BOARDS)
def test_pins_parts_and_nets_of_safety(board, netlists):
    results = everything.wiring(PLACES, board, netlists[board])
    assert [result.complaints for result in results] == [[], [], []]
    assert all(result.examined >= 8 for result in results)


@pytest.mark.parametrize("board", BOARDS)
def test_drawing_and_bill_are_what_scripts_and_lists_give(board):
    for result in everything.drift(PLACES, board):
        assert result.complaints == []


@pytest.mark.parametrize("board", FIRMWARE)
def test_firmware_has_the_pin_files_numbers(board):
    assert everything.firmware(PLACES, board).complaints == []


def test_symbols_and_footprints_against_kicads_libraries():
    for result in everything.libraries(PLACES):
        assert result.complaints == []
        assert result.examined > 20


@pytest.mark.parametrize("board", BOARDS)
def test_committed_pages_show_the_committed_drawing(board, tmp_path):
    kept = SCHEMATICS / board / "pages"
    written = render.render(BOARDS[board], SCHEMATICS / board, tmp_path, pdf=False)
    mine = f"KiCad E.D.A. {kicad.version().split('-')[0].split('+')[0]}"
    if mine not in (kept / f"{board}.svg").read_text("utf-8"):
        pytest.skip(f"the pages were rendered by another KiCad than {mine}")
    for page in written:
        same = (kept / page.name).read_bytes() == page.read_bytes()
        assert same, f"{page.name} is out of date: make draw"


def test_every_page_of_a_board_is_committed():
    for name, board in BOARDS.items():
        for page in (SCHEMATICS / name / "pages").glob("*.svg"):
            tree = ET.parse(page)  # noqa: S314 - our own picture
            words = {node.text for node in tree.iter() if node.text}
            assert "Holdfast" in words, f"{page.name} does not open as a picture"
        pages = {path.name for path in (SCHEMATICS / name / "pages").iterdir()}
        assert f"{name}.pdf" in pages
        assert {f"{name}-{page.name}.svg" for page in board.pages} <= pages

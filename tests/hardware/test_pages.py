"""docs/hardware.md says what the lists say, and shows pictures that exist."""

import re

from hardware import pages
from hardware.boards import ROOT
from hardware.books import Books
from hardware.pictures import drawings

TEXT = pages.PAGE.read_text("utf-8")


def test_tables_are_those_of_the_lists():
    assert pages.fill(TEXT, pages.steady(Books())) == TEXT


def test_every_table_has_its_place():
    for name in (*pages.steady(Books()), "figures"):
        assert f"<!-- {name} -->" in TEXT


def test_a_wrong_table_is_seen():
    spoiled = TEXT.replace("| PANIC | 4 |", "| PANIC | 5 |")
    assert spoiled != TEXT
    assert pages.fill(spoiled, pages.steady(Books())) == TEXT


def test_every_proof_is_told():
    for name in ("bounce", "loop", "hold-up", "discharge", "derived", "standby"):
        assert f"| {name} |" in TEXT


def test_every_picture_exists():
    found = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", TEXT)
    assert len(found) >= 7
    for link in found:
        assert (pages.PAGE.parent / link).is_file(), link


def test_drawings_without_ngspice_are_up_to_date():
    for name, draw in (("wiring", drawings.wiring), ("housing", drawings.housing)):
        kept = ROOT / f"docs/pictures/hardware/{name}.svg"
        assert kept.read_text("utf-8") == draw(Books()).source(), f"{name}: make draw"


def test_what_is_not_done_is_said():
    for words in ("No board has been built", "nothing here is certified", "assumed"):
        assert words in TEXT

"""docs/keypad.md names every setting and every lamp of the keypad, and no setting that is not."""

import re
import runpy
import sys
from pathlib import Path
from types import ModuleType

from hardware.emulated_board.board import LAMPS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/keypad.md").read_text("utf-8")


def settings(monkeypatch):
    esp32 = ModuleType("esp32")
    esp32.NVS = None  # named in an annotation; nothing is read here
    monkeypatch.setitem(sys.modules, "esp32", esp32)
    return runpy.run_path(str(ROOT / "firmware/keypad/config.py"))["SETTINGS"]


def test_every_setting_is_in_the_table_and_no_other(monkeypatch):
    table = PAGE.split("| setting | default | means |", 1)[1].split("\n\n", 1)[0]
    named = set()
    for row in table.splitlines()[2:]:
        named.update(re.findall(r"`(\w+)`", row.split("|")[1]))
    assert named == set(settings(monkeypatch))


def test_every_lamp_is_explained_and_pictured():
    picture = (ROOT / "docs/pictures/keypad-lamps.svg").read_text("utf-8")
    for lamp in LAMPS:
        assert f"| {lamp} |" in PAGE
        assert f">{lamp}<" in picture

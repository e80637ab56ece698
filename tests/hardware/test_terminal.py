"""The PTY bridge: unmodified mpremote on a MicroPython whose main.py is running all the time."""

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hardware.emulated_board.terminal import SOFT_REBOOT, Terminal, TerminalError, launched_on

BIN = Path(sys.executable).parent
UP = "import sys; sys.stdout.write(chr(0)); "
MAIN = """
import time
n = 0
while True:
    n += 1
    print("alive", n)
    time.sleep_ms(50)
"""
MACHINE = """
import sys, time
def reset():
    sys.exit(90)
def unique_id():
    return b"PLAIN"
"""


class PlainBoard:
    """A MicroPython with boot.py and main.py behind a Terminal, started again when it ends."""

    def __init__(self, folder):
        self.files = folder / "files"
        self.files.mkdir()
        (self.files / "boot.py").write_text("print('boot ran')\n")
        (self.files / "main.py").write_text(MAIN)
        (self.files / "machine.py").write_text(MACHINE)
        self.printed = bytearray()
        self.changed = threading.Condition()
        self.starts = 0
        self.terminal = Terminal(folder / "port", self._heard)
        self._off = False
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def _heard(self, data):
        with self.changed:
            self.printed += data
            self.changed.notify_all()

    def _live(self):
        raw = False
        while not self._off:
            end = self.terminal.plug(raw=raw)
            program = UP + ("import boot" if raw else "import boot, main")
            command = [str(BIN / "micropython"), "-i", "-c", program]
            self.process = subprocess.Popen(
                launched_on(end, command),
                stdin=end,
                cwd=self.files,
                start_new_session=True,
                env={**os.environ, "MICROPYPATH": ".:.frozen"},
            )
            os.close(end)
            self.starts += 1
            code = self.process.wait()
            self.terminal.wait_drained()
            raw = self.terminal.raw and code != 90
            self.terminal.say(b"" if code == 90 else SOFT_REBOOT)

    def wait_printed(self, text, timeout_s=10):
        with self.changed:
            assert self.changed.wait_for(lambda: text in self.printed, timeout_s), self.printed

    def close(self):
        self._off = True
        self.process.kill()
        self._thread.join()
        self.terminal.close()


@pytest.fixture
def board(tmp_path):
    board = PlainBoard(tmp_path)
    board.wait_printed(b"alive 2")
    yield board
    board.close()


def mpremote(board, *words, cwd=None):
    command = [str(BIN / "mpremote"), "connect", str(board.terminal.link), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, cwd=cwd, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def test_sixteen_mpremote_calls_while_main_is_running(board, tmp_path):
    data = bytes(range(256)) * 40
    (tmp_path / "all_bytes.dat").write_bytes(data)
    (tmp_path / "script.py").write_text("print('script ran', 6 * 7)\n")
    (tmp_path / "mounted").mkdir()
    (tmp_path / "mounted" / "far.py").write_text(
        "print('far', sum(open('/remote/far.dat', 'rb').read()))\n"
    )
    (tmp_path / "mounted" / "far.dat").write_bytes(data)
    calls = [
        (("exec", "print(1 + 1)"), "2"),
        (("eval", "3 * 4"), "12"),
        (("ls",), "main.py"),
        (("run", "script.py"), "script ran 42"),
        (("cp", "all_bytes.dat", ":copy.dat"), ""),
        (("sha256sum", ":copy.dat"), hashlib.sha256(data).hexdigest()),
        (("cp", ":copy.dat", "back.dat"), ""),
        (("cat", ":boot.py"), "boot ran"),
        (("mkdir", ":made"), ""),
        (("rmdir", ":made"), ""),
        (("mount", "mounted", "exec", "import far"), f"far {sum(data)}"),
        (("soft-reset",), ""),
        (("resume", "exec", "print('again')"), "again"),
        (("exec", "x = 5", "+", "resume", "exec", "print(x)"), "5"),
        (("rm", ":copy.dat"), ""),
        (("reset",), ""),
    ]
    for words, wanted in calls:
        assert wanted in mpremote(board, *words, cwd=tmp_path), words
    assert (tmp_path / "back.dat").read_bytes() == data
    assert len(calls) == 16


def test_ctrl_c_reaches_code_however_it_was_started(board):
    """main.py, a raw-paste command that sleeps and one that computes: each is interrupted."""
    for code in ("import time; time.sleep(60)", "while True: pass"):
        mpremote(board, "exec", "--no-follow", code)
        assert mpremote(board, "exec", "print('free')").strip() == "free"


def test_soft_reset_in_raw_mode_runs_boot_but_not_main_and_hard_reset_runs_both(board):
    mpremote(board, "exec", "pass")
    board.printed.clear()
    assert "main" not in mpremote(board, "exec", "import sys; print(list(sys.modules))")
    assert b"boot ran" in board.printed
    assert b"alive" not in board.printed
    mpremote(board, "resume", "reset")
    board.wait_printed(b"alive 3")
    assert board.printed.count(b"boot ran") == 2


def test_a_command_right_after_a_hard_reset_is_not_lost(board):
    for attempt in range(3):
        mpremote(board, "reset")
        assert mpremote(board, "exec", f"print({attempt} + 70)").strip() == str(attempt + 70)


def test_nobody_reads_the_port_and_the_board_runs_on(board):
    (board.files / "main.py").write_text("while True: print('x' * 1000)\n")
    mpremote(board, "reset")
    board.wait_printed(b"x" * 1000)
    before = len(board.printed)
    with board.changed:
        assert board.changed.wait_for(lambda: len(board.printed) > before + 500_000, 20)
    assert mpremote(board, "exec", "print('still here')").strip() == "still here"


def test_a_port_that_cannot_be_made_says_what_to_do(tmp_path):
    with pytest.raises(TerminalError, match="give a path in a folder that exists"):
        Terminal(tmp_path / "missing" / "port")
    (tmp_path / "file").write_text("not ours")
    with pytest.raises(TerminalError, match="where nothing of that name is"):
        Terminal(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "not ours"

"""The whole emulated board behind its port: files come by mpremote, wires go on working."""

import subprocess
import sys
from pathlib import Path

import pytest

from hardware.emulated_board.terminal_board import TerminalBoard

MPREMOTE = Path(sys.executable).with_name("mpremote")
BLINK = """
import time, machine
panic = machine.Pin(4, machine.Pin.IN, machine.Pin.PULL_UP)
lamp = machine.Pin(48, machine.Pin.OUT)
print("cause", machine.reset_cause())
while True:
    lamp.value(not panic.value())
    time.sleep_ms(2)
"""


@pytest.fixture
def board(tmp_path):
    with TerminalBoard(tmp_path / "board", tmp_path / "port").start() as board:
        yield board


def mpremote(board, *words, cwd=None):
    command = [str(MPREMOTE), "connect", board.port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=40, cwd=cwd, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def line(text):
    return lambda event: event.kind == "line" and text in event.text


def test_an_empty_board_gets_its_program_by_mpremote_and_runs_it(board, tmp_path):
    assert mpremote(board, "exec", "import os; print(os.listdir())").strip() == "[]"
    (tmp_path / "main.py").write_text(BLINK)
    mpremote(board, "cp", "main.py", ":main.py", "+", "reset", cwd=tmp_path)
    board.wait_event(line("cause 2"))
    board.press("panic")
    board.wait_lamp("taken")
    board.release("panic")
    board.wait_lamp("idle")
    # the running program is interrupted, the pins stay wired
    assert mpremote(board, "exec", "import machine; print(machine.Pin(4).value())").strip() == "1"
    mpremote(board, "reset")
    board.wait_event(line("cause 2"), since=len(board.events()) - 1)


def test_power_cut_and_back_behind_the_same_port(board):
    (board.files / "main.py").write_text(BLINK)
    mpremote(board, "reset")
    board.wait_event(line("cause 2"))
    board.cut_power()
    board.start()
    board.wait_event(line("cause 1"))
    assert mpremote(board, "exec", "print('back')").strip() == "back"


def test_a_watchdog_that_nobody_feeds_starts_the_board_again(board):
    (board.files / "main.py").write_text(
        "import machine\nprint('cause', machine.reset_cause())\nmachine.WDT(timeout=300)\n"
    )
    mpremote(board, "reset")
    bitten = board.wait_event(line("cause 3"))
    (board.files / "main.py").write_text("")
    since = board.events().index(bitten)  # it may have bitten again before this line
    board.wait_event(lambda event: event.kind == "start", since=since)

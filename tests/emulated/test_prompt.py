"""A keypad in production gives nobody a prompt; the service way does, and tells it as tamper."""

import contextlib
import os
import subprocess
import threading
import time

import pytest

from alarm_wire.signal import PANIC, STARTED, TAMPER
from hardware.emulated_board.board import ROOT
from hardware.emulated_board.compiled import find_interpreter
from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast.flash import build
from holdfast.serial_board import Board
from witness import DEVICE, KEY

BOOT, LID = 0, "tamper"
KNOCKS = (
    b"\x03",
    b"\x03\x03\r",
    b"\x01",
    b"\x04",
    b"\x02",
    b"\x05A\x01",
    b"\r\nimport os\r\n",
    b"\x1c\x1a",
)
"""Ctrl-C, raw mode, soft reset, friendly mode, raw paste, a line of Python, a terminal's own."""


@pytest.fixture(scope="module")
def application():
    return build.build(ROOT, build.compiler())


@pytest.fixture
def make(tmp_path, broker, application):
    boards = []

    def made(**nvs):
        board = TerminalBoard(tmp_path / "keypad", tmp_path / "port")
        boards.append(board)
        for path, content in application.items():
            (board.files / path).parent.mkdir(parents=True, exist_ok=True)
            (board.files / path).write_bytes(content)
        board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=broker.port, **nvs)
        return board

    yield made
    for board in boards:
        board.stop()


@pytest.fixture
def cable(tmp_path):
    """What the other end of the cable knocks with, and what it hears: (knock, heard)."""
    heard = bytearray()
    ended = threading.Event()
    end = None

    def listen():
        while not ended.is_set():
            try:
                heard.extend(os.read(end, 4096))
            except BlockingIOError:
                ended.wait(0.02)

    def knock(data):
        nonlocal end
        if end is None:
            end = os.open(tmp_path / "port", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            thread.start()
        with contextlib.suppress(BlockingIOError):
            os.write(end, data)

    thread = threading.Thread(target=listen)
    yield knock, heard
    ended.set()
    if end is not None:
        thread.join()
        os.close(end)


def pressed(board, witness):
    since = time.time()
    board.press()
    board.release()
    witness.wait_signal(PANIC, 30, since=since)
    board.wait_lamp("stored", 30)


def test_nothing_that_comes_over_the_cable_gets_an_answer(make, witness, cable):
    knock, heard = cable
    board = make().start()
    witness.wait_signal(STARTED, 60)
    for data in KNOCKS * 3:
        knock(data)
        pressed(board, witness)
    assert bytes(heard) == b""
    assert not [event for event in board.events() if event.kind in {"reset", "exit"}]


def test_a_storm_of_interrupts_while_it_starts_ends_in_a_keypad_and_no_prompt(make, witness, cable):
    knock, heard = cable
    board = make().start()
    for _ in range(300):
        knock(b"\x03")
        time.sleep(0.005)  # the storm lasts as long as a start
    witness.wait_signal(STARTED, 60)
    knock(b"\x01import os\x04")
    pressed(board, witness)
    assert b">" not in heard
    assert b"raw REPL" not in heard


def test_settings_that_a_start_refuses_open_nothing(make, cable):
    knock, heard = cable
    board = make(hots="a typing error").start()
    board.wait_event(lambda event: event.kind == "reset", 60)
    for data in KNOCKS:
        knock(data)
    seen = len(board.events())
    board.wait_event(lambda event: event.kind == "reset", 60, since=seen)
    assert b">>>" not in heard
    assert b"raw REPL" not in heard


def test_boot_held_beside_an_open_lid_tells_and_opens_and_power_closes(make, witness, cable):
    board = make()
    board.drive(LID, 0)
    board.start()
    witness.wait_signal(STARTED, 60)
    board.drive(BOOT, 0)
    time.sleep(4)  # longer than it must be held: that nothing happens is the point
    pressed(board, witness)
    assert not [event for event in board.events() if event.kind == "reset"]
    board.drive(LID, 1)
    board.drive(BOOT, 1)
    seen = len(board.events())
    opened(board, witness, seen)
    with Board(board.port, patience_s=30) as prompt:
        assert prompt.value("6 * 7") == 42
        prompt.restart()  # as `holdfast flash` does in between
        assert prompt.value("__import__('machine').reset_cause()") == 5
    board.cut_power()
    since = time.time()
    board.start()
    witness.wait_signal(STARTED, 60, since=since)
    knock, heard = cable
    knock(b"\x03\x03\x01\x04")
    pressed(board, witness)
    assert b"raw REPL" not in heard


def opened(board, witness, seen):
    """Hold BOOT until the keypad has told it and starts again."""
    board.drive(BOOT, 0)
    tamper = witness.wait_signal(TAMPER, 60).signal
    assert tamper.value == 5
    board.wait_event(lambda event: event.kind == "reset", 90, since=seen)
    board.drive(BOOT, 1)


def test_the_installers_tool_closes_what_was_opened(make, witness):
    board = make().start()
    witness.wait_signal(STARTED, 60)
    opened(board, witness, len(board.events()))
    since = time.time()
    with Board(board.port, patience_s=30) as prompt:
        prompt.finish()
    witness.wait_signal(STARTED, 60, since=since)
    pressed(board, witness)


def test_a_keypad_that_cannot_run_is_opened_too_and_tells_it_later(make, witness, application):
    board = make()
    (board.files / "keypad" / "core.mpy").write_bytes(b"M\x06")
    board.start()
    board.drive(BOOT, 0)
    with Board(board.port, patience_s=60) as prompt:
        board.drive(BOOT, 1)
        prompt.write_file("keypad/core.mpy", application["keypad/core.mpy"], lambda _: None)
        prompt.finish()
    assert witness.wait_signal(TAMPER, 60).signal.value == 5


@pytest.mark.parametrize("name", ["boot", "main"])
def test_an_interrupt_that_comes_before_it_is_off_ends_in_a_reset(tmp_path, name):
    (tmp_path / "esp32.py").write_text("raise KeyboardInterrupt\n")
    shims = ROOT / "hardware/emulated_board/shims"
    ran = subprocess.run(
        [find_interpreter(), "-c", f"import {name}"],
        env={**os.environ, "MICROPYPATH": f"{tmp_path}:{shims}:{ROOT / 'firmware'}:.frozen"},
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 90, ran.stderr[-500:]

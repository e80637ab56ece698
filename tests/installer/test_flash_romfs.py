"""holdfast flash on a board whose MicroPython has ROMFS: the application runs where it lies."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from flashing import flash, make_image
from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast import serial_board
from holdfast.flash import FlashError, build, files, image, partitions, rom

ROOT = Path(__file__).resolve().parents[2]
BOARD = ROOT / "firmware" / "micropython_board" / "HOLDFAST_KEYPAD_S3"
TABLE = partitions.table(BOARD / "partitions.csv")
BLOCKS = 96


@pytest.fixture(scope="module")
def built():
    return build.build(ROOT, build.compiler())


@pytest.fixture
def board(tmp_path):
    made = TerminalBoard(tmp_path / "board", tmp_path / "port", romfs_blocks=BLOCKS)
    with made.start() as board:
        yield board


def rom_of(board):
    return (board.folder / "flash.romfs").read_bytes()


def provisioned(board):
    return board.wait_event(lambda event: "provision the keypad" in event.text)


def test_a_new_board_gets_the_application_into_romfs_and_runs_it(board, built):
    (board.files / "keypad").mkdir()
    (board.files / "keypad" / "core.mpy").write_bytes(b"from before, as a file")
    said = flash("--port", board.port)
    assert re.search(r"ROMFS +\d+ bytes written, verified by SHA-256 on the board", said)
    assert "2 written, 1 removed, all 2 verified" in said
    provisioned(board)
    content = rom.image(built)
    assert rom_of(board)[: len(content)] == content
    assert set(rom_of(board)[BLOCKS // 3 * 4096 :]) == {0xFF}
    assert sorted(path.name for path in board.files.rglob("*.*")) == ["boot.py", "main.py"]
    with serial_board.Board(board.port) as there:  # what provisioning asks for
        said = there.run("import keypad.config, alarm_wire.seal; print(keypad.config.__file__)")
        assert said.strip() == "/slot_0/keypad/config.mpy"
    said = flash("--port", board.port)
    assert "bytes are right already" in said
    assert "all 2 are right already" in said


def test_a_change_of_the_application_alone_is_written_and_the_keypad_starts(board, built):
    flash("--port", board.port)
    provisioned(board)
    flipped = bytearray(rom_of(board))
    flipped[5000] ^= 1
    (board.folder / "flash.romfs").write_bytes(flipped)
    seen = len(board.events())
    said = flash("--port", board.port)
    assert "1 written, 0 removed, all 2 verified" in said
    board.wait_event(lambda event: "provision the keypad" in event.text, since=seen)
    assert rom_of(board)[: len(rom.image(built))] == rom.image(built)


def test_an_interrupted_write_leaves_nothing_that_starts_or_is_mounted(board, built):
    content = rom.image(built)

    class CutOffError(Exception):
        pass

    flash("--port", board.port)
    provisioned(board)
    for after in (1, 30):
        done = []

        def moved(count, done=done, after=after):
            done.append(count)
            if len(done) == after:
                raise CutOffError

        with serial_board.Board(board.port) as there:
            files.stop_application(there)
            with pytest.raises(CutOffError):
                rom.write(there, content, moved)
        assert rom_of(board)[:3] == b"\xff\xff\xff"
        assert not (board.files / "main.py").exists()
    assert "half-flashed" in flash("--port", board.port)
    provisioned(board)


def test_flash_that_does_not_keep_a_bit_is_named(tmp_path):
    worn = {"BOARD_WORN": "romfs"}
    board = TerminalBoard(
        tmp_path / "board", tmp_path / "port", romfs_blocks=BLOCKS, environment=worn
    )
    content = rom.image({"keypad/a.mpy": b"a"})
    with (
        board.start(),
        serial_board.Board(board.port) as there,
        pytest.raises(FlashError, match="partition romfs is not what was written"),
    ):
        rom.write(there, content, lambda _: None)


def test_too_small_a_partition_gets_files(tmp_path):
    with TerminalBoard(tmp_path / "board", tmp_path / "port", romfs_blocks=12).start() as board:
        said = flash("--port", board.port)
        assert "16384 bytes are too few for" in said
        provisioned(board)
        assert (board.files / "keypad" / "core.mpy").exists()


def test_mpremotes_own_query_finds_what_was_written(board):
    """The stand-in answers a program that knows nothing of it as a board does."""
    flash("--port", board.port)
    provisioned(board)
    mpremote = Path(sys.executable).with_name("mpremote")
    command = [mpremote, "connect", board.port, "romfs", "query"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "ROMFS image size" in ran.stdout


def test_the_table_of_the_image_says_whether_romfs_is_there(tmp_path):
    plain = image.read(make_image(tmp_path / "plain.bin"), "esp32s3")
    assert plain.labels == ("",)
    path = make_image(tmp_path / "rom.bin")
    content = bytearray(path.read_bytes())
    content[0x8000 : 0x8000 + len(TABLE)] = TABLE
    path.write_bytes(content)
    found = image.read(path, "esp32s3")
    assert found.labels == ("nvs", "phy_init", "factory", "vfs", "romfs", "ring")
    assert "has ROMFS; a board that had another table needs --erase" in flash(
        "--image", path, "--dry-run"
    )
    assert "has ROMFS" not in flash("--image", tmp_path / "plain.bin", "--dry-run")


def test_ring_and_nvs_lie_where_a_keypad_of_files_has_them():
    lines = {
        folder: [
            line.replace(" ", "")
            for line in (folder / "partitions.csv").read_text("utf-8").splitlines()
            if line.startswith(("nvs", "factory", "ring"))
        ]
        for folder in (ROOT / "firmware", BOARD)
    }
    assert lines[ROOT / "firmware"] == lines[BOARD]
    assert len(lines[BOARD]) == 3

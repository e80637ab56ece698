"""holdfast flash: real esptool on an emulated ROM, real files on the emulated board, errors."""

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from flashing import flash, make_image
from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast import serial_board
from holdfast.flash import FlashError, build, chip, files, image, partitions
from rom_loader import RomLoader

ROOT = Path(__file__).resolve().parents[2]
TABLE = partitions.table(ROOT / "firmware" / "partitions.csv")


@pytest.fixture
def board(tmp_path):
    with TerminalBoard(tmp_path / "board", tmp_path / "port").start() as board:
        yield board


# ***** the chip *****


@pytest.fixture
def no_reset():
    return {"before": "no-reset", "moved": [].append}


def test_esptool_writes_and_verifies_the_image_with_our_partition_table(tmp_path, no_reset):
    found = image.read(make_image(tmp_path / "mp.bin"), "esp32s3")
    assert found.version == (1, 29)
    parts = []
    with RomLoader() as rom:
        chip.write(found, TABLE, rom.port, **{**no_reset, "moved": parts.append})
        written = bytes(rom.flash[: found.size])
    expected = bytearray(found.path.read_bytes())
    expected[0x8000 : 0x8000 + len(TABLE)] = TABLE
    assert written == bytes(expected)
    assert parts == sorted(parts)
    assert parts[-1] == 1.0


def test_the_partition_table_is_in_the_chips_own_form():
    entries = [struct.unpack_from("<HBBII16sI", TABLE, 32 * n) for n in range(5)]
    assert [(e[5].rstrip(b"\0").decode(), hex(e[3]), hex(e[4])) for e in entries] == [
        ("nvs", "0x9000", "0x6000"),
        ("phy_init", "0xf000", "0x1000"),
        ("factory", "0x10000", "0x1f0000"),
        ("vfs", "0x200000", "0x5e0000"),
        ("ring", "0x7e0000", "0x20000"),
    ]
    assert TABLE[160:162] == b"\xeb\xeb"
    assert len(TABLE) == 0xC00


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"chip": "esp32c3"}, "the chip is an ESP32-C3, not an ESP32-S3; take the right board"),
        ({"silent": True}, "the chip does not answer; hold BOOT, press RESET, release BOOT"),
        ({"bad_bit_at": 0x2000}, "what is in flash is not what was sent"),
    ],
)
def test_what_the_chip_does_wrong_is_told_with_the_remedy(fault, says, tmp_path, no_reset):
    path = make_image(tmp_path / "mp.bin")
    content = bytearray(path.read_bytes())
    content[0x2000] = 0xFF  # a bit to lose
    path.write_bytes(content)
    found = image.Image(path, "esp32s3", (1, 29), "v1.29", "", path.stat().st_size)
    with RomLoader(**fault) as rom, pytest.raises(FlashError, match=re.escape(says)):
        chip.write(found, None, rom.port, **no_reset)


def test_a_wrong_image_is_refused_before_anything_is_written(tmp_path):
    refusals = [
        (make_image(tmp_path / "c3.bin", 5), "c3.bin is for esp32c3, the board is an esp32s3"),
        (
            make_image(tmp_path / "old.bin", version=b"v1.24.1"),
            "is MicroPython v1.24.1; the keypad",
        ),
        (tmp_path / "missing.bin", "missing.bin cannot be read (No such file or directory)"),
    ]
    (tmp_path / "page.html").write_text("<html>not found</html>")
    refusals.append((tmp_path / "page.html", "is no ESP32 image"))
    for path, says in refusals:
        assert says in flash("--image", path, "--dry-run", code=1)
    found = image.read(make_image(tmp_path / "app.bin", table=False), "esp32s3")
    with pytest.raises(FlashError, match="has no partition table at 0x8000"):
        chip.with_table(found, TABLE)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nvs, data, nvs, 0x9000", "line 1 is no partition"),
        ("nvs, data, nvs, 0x9000, 100", "whole blocks"),
        ("app, app, factory, 0x11000, 0x1000", "must begin at a multiple of 0x10000"),
        ("nvs, data, nvs, 0x8000, 0x1000", "overlaps what ends at 0x9000"),
    ],
)
def test_a_wrong_partition_table_names_its_line(line, says, tmp_path):
    path = tmp_path / "partitions.csv"
    path.write_text(line)
    with pytest.raises(FlashError, match=says):
        partitions.table(path)


# ***** the files *****


def test_a_new_board_gets_the_application_verified_and_runs_it(board):
    said = flash("--port", board.port)
    assert "all 29 verified" in re.sub(r"all \d+ verified", "all 29 verified", said)
    board.wait_event(lambda event: "provision the keypad" in event.text)
    wanted = build.build(ROOT, build.compiler())
    for path, content in wanted.items():
        assert (board.files / path).read_bytes() == content
    assert "are right already" in flash("--port", board.port)


def test_a_half_flashed_board_goes_on_and_leaves_nothing_stale(board):
    flash("--port", board.port)
    board.wait_event(lambda event: "provision the keypad" in event.text)
    (board.files / "main.py").unlink()
    (board.files / "keypad" / "core.mpy").write_bytes(b"half")
    (board.files / "keypad" / "core.py").write_text("raise SystemExit('stale')")
    (board.files / "notes.txt").write_text("the installer's own")
    said = flash("--port", board.port)
    assert "half-flashed" in said
    assert "2 written, 1 removed" in said
    assert not (board.files / "keypad" / "core.py").exists()
    assert (board.files / "notes.txt").exists()


def test_an_interrupted_run_never_leaves_a_board_that_starts_half_an_application(board):
    """Cut off in each file in turn: main.py is there only when everything else is right."""
    wanted = {"keypad/a.mpy": b"a" * 3000, "keypad/b.mpy": b"b", "main.py": b"print('whole')"}
    main = board.files / "main.py"

    class CutOffError(Exception):
        pass

    for last in wanted:
        main.write_text("print('old')")
        for path in list(wanted)[:-1]:
            (board.files / path).unlink(missing_ok=True)

        def moved(path, _count, last=last):
            if path == last:
                raise CutOffError

        with serial_board.Board(board.port) as open_board:
            steps = files.plan(wanted, files.hashes(open_board))
            with pytest.raises(CutOffError):
                files.put_right(open_board, wanted, steps, moved)
            left = files.plan(wanted, files.hashes(open_board)).write
        assert not main.exists() or left in ([], ["main.py"]), (last, left)
        assert not main.exists() or main.read_text() != "print('old')", last
    with serial_board.Board(board.port) as open_board:
        files.put_right(
            open_board, wanted, files.plan(wanted, files.hashes(open_board)), lambda *_: None
        )
        files.verify(open_board, wanted)


def test_a_board_that_does_not_keep_what_was_written_is_named(board):
    with serial_board.Board(board.port) as open_board:
        (board.files / "boot.py").write_text("other")
        with pytest.raises(FlashError, match=r"1 files on the board are not as written \(boot.py"):
            files.verify(open_board, {"boot.py": b"mine"})


def test_another_mpy_cross_than_the_boards_is_refused(board, tmp_path):
    fake = tmp_path / "mpy-cross"
    fake.write_text(
        "#!/bin/sh\ncase $1 in --version) echo 'mpy-cross emitting mpy v5';; *) : > \"$2\";; esac\n"
    )
    fake.chmod(0o755)
    said = flash("--port", board.port, "--mpy-cross", fake, code=1)
    assert "writes .mpy 5.0, the board's MicroPython" in said
    assert "reads 6.3; write a MicroPython image of the same" in said
    assert not (board.files / "main.py").exists()


# ***** the port *****


def test_a_busy_port_names_who_has_it(board):
    program = (
        "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); "
        "print('open', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, board.port],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with holder:
        assert holder.stdout.readline() == "open\n"
        said = flash("--port", board.port, code=1)
        holder.stdin.close()
    assert f"{board.port} is in use by " in said
    assert f"python ({holder.pid})" in said or f"python3 ({holder.pid})" in said
    assert "close the serial monitor" in said


def test_no_port_and_no_micropython_say_what_to_do(tmp_path):
    assert "there is no port" in flash("--port", tmp_path / "none", code=1)
    with RomLoader(silent=True) as rom:
        said = flash("--port", rom.port, code=1)
    assert "answers as MicroPython" in said
    assert "hold BOOT, press RESET" in said


def test_auto_wants_exactly_one_board(monkeypatch):
    class Port:
        def __init__(self, device, vid):
            self.device, self.vid = device, vid

    ports = []
    monkeypatch.setattr(serial_board.list_ports, "comports", lambda: ports)
    with pytest.raises(serial_board.NoPort, match="no board found"):
        serial_board.find_port("auto")
    ports += [Port("/dev/ttyUSB0", 0x10C4), Port("/dev/ttyS0", None)]
    assert serial_board.find_port("auto") == "/dev/ttyUSB0"
    ports.append(Port("/dev/ttyACM0", 0x303A))
    with pytest.raises(serial_board.NoPort, match="several boards: /dev/ttyUSB0, /dev/ttyACM0"):
        serial_board.find_port("auto")


def test_a_board_that_goes_away_in_the_middle_is_told(board):
    with serial_board.Board(board.port) as open_board:
        board.cut_power()
        with pytest.raises(serial_board.NoAnswer, match="stopped answering; check cable"):
            open_board.run("print(1)")


def test_dry_run_writes_nothing_and_needs_no_board():
    said = flash("--port", "/dev/none", "--dry-run")
    assert "nothing was written" in said
    assert "keypad/core.mpy" in said

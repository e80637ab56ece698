"""A keypad whose MicroPython has ROMFS: its thirds are chosen, proved and left as folders are.

Real here: VfsRom, boot.py, the update, every byte through the laws of flash. A stand-in: the
mapping of the partition (hardware/emulated_board/shims/_romfs.py).
"""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_wire import seal
from alarm_wire.parcel import pack_image
from alarm_wire.signal import PANIC, STARTED, UPDATED
from hardware.emulated_board.board import ROOT
from holdfast.flash import build, rom
from holdfast.release import image
from numbers_kept import nvs, set_nvs
from stretches import ASKED, longest
from witness import DEVICE, KEY

CABLE, NEW, NEWER = (0, 1, 9), (0, 2, 0), (0, 3, 0)
NUMBER, NUMBER_2 = map(image.version_number, (NEW, NEWER))
BLOCKS = 96
THIRD = BLOCKS // rom.THIRDS * rom.BLOCK_BYTES
OWN_MS_MAX = 12


@pytest.fixture(scope="module")
def maker():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


@pytest.fixture(scope="module")
def releases():
    """Version -> files."""
    compiler = build.compiler()
    return {version: build.build(ROOT, compiler, version) for version in (CABLE, NEW, NEWER)}


@pytest.fixture
def board(broker, make_board, maker, releases):
    """What came by cable lies in the first third; what the emulated board brings is not used."""
    nvs = {"heartbeat_s": 1, "maker": image.modulus(maker)}
    made = make_board(
        broker.port, nvs=nvs, compiled=True, romfs_blocks=BLOCKS, environment=dict(ASKED)
    )
    put(made, 0, rom.image(releases[CABLE]))
    return made


def put(board, third, content):
    with (board.folder / "flash.romfs").open("r+b") as file:
        file.seek(third * THIRD)
        file.write(content)


def lies(board, third, count):
    with (board.folder / "flash.romfs").open("rb") as file:
        file.seek(third * THIRD)
        return file.read(count)


def send(witness, files, version, maker):
    whole = image.pack(files, version, build.written_version(build.compiler())[0], maker)
    number = image.version_number(version)
    for piece in pack_image(DEVICE, number, whole, seal.Signer(KEY, seal.UPDATE)):
        witness.send(piece, "config")


def runs(witness, version, since=0.0):
    number = image.version_number(version)
    witness.wait(lambda a: a.at > since and a.beat and a.beat.firmware == number, 120)


def updated(witness, value):
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.value) == (UPDATED, value), 120)


def update_while_pressed(witness, board, releases, maker):
    """From the cable's version to NEW, with presses on the way."""
    runs(witness, CABLE)
    send(witness, releases[NEW], NEW, maker)
    for _ in range(4):
        board.press()
        board.release()
    updated(witness, NUMBER)
    runs(witness, NEW)


def test_updates_go_from_third_to_third_while_presses_go_on(witness, board, maker, releases):
    board.start()
    update_while_pressed(witness, board, releases, maker)
    written = rom.image(releases[NEW])
    assert lies(board, 1, len(written)) == written
    assert (nvs(board)["image"], nvs(board)["release"], nvs(board)["tried"]) == (1, NUMBER, 0)
    send(witness, releases[NEWER], NEWER, maker)
    updated(witness, NUMBER_2)
    runs(witness, NEWER)
    board.press()
    board.wait_lamp("stored", 60)
    witness.wait(lambda a: a.signal and a.signal.kind == PANIC and a.signal.epoch == 3, 60)
    assert lies(board, 1, len(written)) == written
    assert lies(board, 0, 4) == rom.image(releases[CABLE])[:4]
    assert nvs(board)["image"] == 2
    assert not list(board.folder.glob("slot_*"))
    assert longest(board)[1] <= OWN_MS_MAX


def test_an_image_that_cannot_start_is_taken_back(witness, board, releases):
    broken = releases[NEW] | {"keypad/core.mpy": b"M\x06"}
    put(board, 1, rom.image(broken))
    set_nvs(board, image=1 << 2, tried=NUMBER)
    board.start()
    updated(witness, -NUMBER)
    runs(witness, CABLE)
    assert (nvs(board)["image"], nvs(board)["tried"]) == (0, 0)


@pytest.mark.parametrize("damage", [b"", b"\xd2\xcd\x31\x8f\xff\x7f"], ids=["erased", "too long"])
def test_a_third_that_is_not_there_any_more_gives_way_to_the_cables(witness, board, damage):
    put(board, 1, damage)
    set_nvs(board, image=1)
    board.start()
    runs(witness, CABLE)


def test_a_module_that_is_missing_gives_way_to_the_cables(witness, board, releases):
    files = {name: files for name, files in releases[NEW].items() if name != "keypad/core.mpy"}
    put(board, 1, rom.image(files))
    set_nvs(board, image=1)
    board.start()
    runs(witness, CABLE)
    assert nvs(board)["image"] == 0


def test_flash_that_does_not_keep_a_bit_is_told_and_never_run(witness, board, maker, releases):
    board.environment["BOARD_WORN"] = "romfs"
    board.start()
    witness.wait_signal(STARTED, 60)
    send(witness, releases[NEW], NEW, maker)
    updated(witness, 0)
    assert "image" not in nvs(board)
    board.press()
    board.wait_lamp("stored", 60)


def test_what_runs_from_files_is_updated_into_files_beside_romfs(witness, board, maker, releases):
    put(board, 0, b"\xff" * 16)
    board.start()
    witness.wait_signal(STARTED, 60)
    send(witness, releases[NEW], NEW, maker)
    updated(witness, NUMBER)
    runs(witness, NEW)
    assert (board.folder / "slot_1" / "keypad" / "core.mpy").exists()
    assert lies(board, 1, 4) == b"\xff" * 4


def test_it_runs_and_updates_in_a_heap_of_64_kb(witness, board, maker, releases):
    """From folders the update needed 72 KB (docs/decisions/0040)."""
    board.heap_kb = 64
    board.start()
    update_while_pressed(witness, board, releases, maker)
    board.press()
    board.wait_lamp("stored", 60)
    assert not any("Memory" in line for line in board.said())

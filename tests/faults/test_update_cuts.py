"""The power goes at any step of an update: the old image runs or the new, and no press is lost.

Every program and every erase of the file system (MicroPython's littlefs over flash with the laws of
NOR) and of the flash ring, and every number of the NVS, can be the last one, torn too.
"""

import os
import random
import re
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_wire import seal
from alarm_wire.parcel import pack_image
from hardware.emulated_board.board import ROOT
from hardware.emulated_board.compiled import find_interpreter
from holdfast.flash import rom
from holdfast.release import image
from longer import longer
from witness import DEVICE, KEY

CHIP = ROOT / "tests/support/update_chip"
SIGNER = seal.Signer(KEY, seal.UPDATE)
MPY = 6
NEW = (0, 3, 0)
SIZES = {"keypad/__init__.mpy": 60, "keypad/core.mpy": 3400, "alarm_wire/seal.mpy": 300}


def files(version, **more):
    """An image's files: those of two versions are as long as each other, and differ."""
    rng = random.Random(str(version))
    return {name: rng.randbytes(size) for name, size in (SIZES | more).items()}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Place -> folder; an image for ROMFS fills more than one block."""
    maker = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    made = {}
    for place, always in (("files", {}), ("romfs", {"keypad/more.mpy": 1500})):
        folder = made[place] = tmp_path_factory.mktemp(place)
        for name, version, more in (
            ("older", (0, 1, 5), {"keypad/gone.mpy": 90}),
            ("old", (0, 2, 0), {}),
            ("new", NEW, {"boards/esp32_s3.mpy": 130}),
        ):
            inside = files(version, **always, **more)
            whole = image.pack(inside, version, MPY, maker)
            (folder / f"{name}.img").write_bytes(whole)
            (folder / f"{name}.rom").write_bytes(rom.image(inside))
        pieces = pack_image(DEVICE, image.version_number(NEW), whole, SIGNER)
        (folder / "pieces").write_bytes(b"".join(bytes([len(p)]) + p for p in pieces))
        (folder / "maker").write_bytes(image.modulus(maker))
    return made


def cuts(images, flow, place="files", *, tears=2, depth=1, firmware=ROOT / "firmware"):
    """(how many cuts, how many faults) of an update that ends by `flow`."""
    path = [CHIP, firmware, ROOT, ".frozen"]
    ran = subprocess.run(
        [
            *(find_interpreter(), "-X", "heapsize=64M", CHIP / "cuts.py"),
            *(firmware / "boot.py", images[place], flow, str(tears), str(depth), place),
        ],
        env={**os.environ, "MICROPYPATH": ":".join(map(str, path))},
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    print(ran.stdout, ran.stderr[-3000:])
    assert ran.returncode == 0
    return tuple(map(int, re.search(r"cuts (\d+) faults (\d+)", ran.stdout).groups()))


@pytest.mark.parametrize("place", ["files", "romfs"])
@pytest.mark.parametrize(
    ("flow", "tears", "depth", "least"),
    [
        ("confirm", 2, 1, 320),
        ("unheard", 2, 1, 8),
        ("crash", 2, 1, 8),
        ("crash", 1, 2, 8),
        longer("confirm", 8, 1, 900),
        longer("confirm", 1, 2, 900),  # each step's way on is cut at each of its steps
    ],
)
def test_each_step_can_be_the_last_one(images, flow, tears, depth, least, place):
    done, faults = cuts(images, flow, place, tears=tears, depth=depth)
    assert faults == 0
    assert done >= least


UNPACK = '        await _unpack(file, files, "slot_%d" % slot)\n'
COUNTED = "        self.wanted += 1\n"
STAYS = "                trial.confirm_image(version_number())\n"
# What people would write. Each works as long as the power stays.
SWITCH_FIRST = (
    "install.py",
    UNPACK,
    '        NVS(NAMESPACE).set_i32("image", number("image") & 3 | slot << 2)\n' + UNPACK,
)
PIECES_COUNTED = (
    "fetch.py",
    COUNTED,
    COUNTED + "        __import__('esp32').NVS('').set_i32('fetched', self.wanted)\n",
)
PIECES_BELIEVED = (
    "fetch.py",
    "min(os.stat(FILE)[6] // _DATA_BYTES, count - 1)",
    '__import__("keypad.boots", None, None, ("x",)).number("fetched")',
)
NOT_PROVED = (
    "install.py",
    "        await _prove(file",
    "        await asyncio.sleep_ms(0) or (file",
)
TRIED_FIRST = ("install.py", 'set_i32("tried", -version)', 'set_i32("tried", version)')
TOLD_FIRST = (
    "orders.py",
    STAYS,
    "                self._keep(Wish(UPDATED, value=self._start.tried))\n" + STAYS,
)
RECORDS = "            await _write(file, files, slot)\n"
SWITCH_BEFORE_RECORDS = (
    "install.py",
    RECORDS,
    '            NVS(NAMESPACE).set_i32("image", number("image") & 3 | slot << 2)\n' + RECORDS,
)
ERASED_IS_ERASED = (
    "romfs.py",
    "        if not offset:\n",
    "        if not offset and self._device.cells[self._place] != 0xFF:\n",
)
NOT_READ_BACK = ("romfs.py", "if digest.digest() != self._digest.digest():", "if not digest:")
BUGS = {
    "the number is written, then the files": (SWITCH_FIRST,),
    "each piece was sealed, so nobody proves the file": (
        *(PIECES_COUNTED, PIECES_BELIEVED, NOT_PROVED),
    ),
    "what is about to be tried counts as tried": (TRIED_FIRST,),
    "it is told that the image stays, then it stays": (TOLD_FIRST,),
}
ROMFS_BUGS = {
    "the number is written, then the records": (SWITCH_BEFORE_RECORDS,),
    "a block that begins erased is erased, nobody reads back": (ERASED_IS_ERASED, NOT_READ_BACK),
    "what is about to be tried counts as tried": (TRIED_FIRST,),
}


@pytest.mark.parametrize(
    ("place", "bug"), [("files", bug) for bug in BUGS] + [("romfs", bug) for bug in ROMFS_BUGS]
)
def test_the_harness_catches(images, tmp_path, place, bug):
    shutil.copytree(ROOT / "firmware", tmp_path / "firmware")
    for name, before, after in (BUGS if place == "files" else ROMFS_BUGS)[bug]:
        source = tmp_path / "firmware/keypad" / name
        text = source.read_text("utf-8")
        assert text.count(before) == 1, f"{name} has changed; mend the seeded bug"
        source.write_text(text.replace(before, after), "utf-8")
    assert cuts(images, "confirm", place, tears=1, firmware=tmp_path / "firmware")[1] > 0

"""Proves a fetched image and puts it into the slot that is not running, in slices of a few ms.

A slot is a folder, or a third of the partition `romfs` when what runs now came from one (boot.py).

    image   "HFI1", version 4, .mpy version 1, files 1 | for each file: length of its name 1,
            name, length 4, content | RSA-3072 signature 384 over the SHA-256 of all before it

It promises that nothing is unpacked before the maker's signature has held, that the running image
is not touched, and that the switch is one number of the NVS, written once the files are whole. The
maker's public key is in the NVS (`maker`, the modulus); without one no update is taken. PKCS #1
v1.5 (RFC 8017, 8.2.2): the encoded digest is built anew and compared whole, nothing of the
signature is parsed.
"""

import asyncio
import hashlib
import os
import struct
import sys

from esp32 import NVS, Partition

from keypad.boots import NAMESPACE, number
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from keypad.romfs import Third

_MAGIC = b"HFI1"
_HEAD = "!4sIBB"
_HEAD_BYTES = const(10)
_KEY_BYTES = const(384)
_SQUARES = const(16)
"""The public exponent is 65537."""
_SHA256 = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
_CHUNK_BYTES = const(256)
_FOLDERS = ("keypad", "boards", "alarm_wire")


class ImageError(Exception):
    """The image is not to be used: why, in words and as alarm_wire.parcel numbers it."""

    def __init__(self, why: int, text: str) -> None:
        super().__init__(text)
        self.why = why


async def install(path: str) -> int:
    """Prove the image in the file `path`, unpack it, put it on trial; its version. ImageError."""
    last = max(number("release"), 1)
    with open(path, "rb") as file:
        await _prove(file, os.stat(path)[6] - _KEY_BYTES)
        file.seek(0)
        magic, version, mpy, files = struct.unpack(_HEAD, file.read(_HEAD_BYTES))
        if magic != _MAGIC or version <= last:
            raise ImageError(3, "version %d, the last one was %d" % (version, last))
        implementation: "object" = sys.implementation
        if mpy != getattr(implementation, "_mpy") & 0xFF:  # noqa: B009  # not in every stub
            raise ImageError(4, "it is for another MicroPython")
        slot = 2 if number("image") & 3 == 1 else 1
        if sys.path[0].startswith("/slot_"):
            await _write(file, files, slot)
        else:
            await _unpack(file, files, "slot_%d" % slot)
    nvs = NVS(NAMESPACE)
    nvs.set_i32("tried", -version)  # about to: power that goes here has tried nothing
    nvs.set_i32("image", number("image") & 3 | slot << 2)
    nvs.set_i32("tried", version)
    nvs.commit()
    return int(version)


async def _prove(file: "IO[bytes]", length: int) -> None:
    modulus = bytearray(_KEY_BYTES)
    try:
        NVS(NAMESPACE).get_blob("maker", modulus)
    except OSError:
        raise ImageError(1, "there is no maker's key in the NVS; provision one")
    digest = hashlib.sha256()
    while length > 0:
        chunk = file.read(min(length, _CHUNK_BYTES))
        digest.update(chunk)
        length -= len(chunk) or length
        await asyncio.sleep_ms(0)
    key = int.from_bytes(modulus, "big")
    signature = int.from_bytes(file.read(_KEY_BYTES), "big")
    power = signature % key
    for _ in range(_SQUARES):
        power = power * power % key
        await asyncio.sleep_ms(0)
    power = power * signature % key
    end = b"\x00" + _SHA256 + digest.digest()
    wanted = b"\x00\x01" + b"\xff" * (_KEY_BYTES - 2 - len(end)) + end
    if signature >= key or power.to_bytes(_KEY_BYTES, "big") != wanted:
        raise ImageError(2, "the maker has not signed it")


async def _unpack(file: "IO[bytes]", files: int, slot: str) -> None:
    _make(slot)
    for folder in _FOLDERS:
        _make(slot + "/" + folder)
        for name in os.listdir(slot + "/" + folder):
            os.remove(slot + "/" + folder + "/" + name)
            await asyncio.sleep_ms(0)
    for name, length in _entries(file, files):
        with open(slot + "/" + name, "wb") as made:
            await _copy(file, length, made)


async def _write(file: "IO[bytes]", files: int, third: int) -> None:
    from keypad.romfs import Third, heads

    listed = []
    for entry in _entries(file, files):
        listed.append(entry)
        file.seek(entry[1], 1)
    made = Third(Partition.find(Partition.TYPE_DATA, label="romfs")[0], third)
    file.seek(_HEAD_BYTES)
    before = iter(heads(listed))
    for entry in _entries(file, files):
        made.write(next(before))
        await _copy(file, entry[1], made)
    for _ in made.read_back():
        await asyncio.sleep_ms(0)


def _entries(file: "IO[bytes]", files: int) -> "Iterator[tuple[str, int]]":
    """(name, length) of each file; its content stands next in `file` and must be passed."""
    for _ in range(files):
        name = file.read(file.read(1)[0]).decode()
        folder, _, rest = name.partition("/")
        if folder not in _FOLDERS or "/" in rest or ".." in rest:
            raise ImageError(5, "a file %s has no place" % name)
        yield name, struct.unpack("!I", file.read(4))[0]


async def _copy(file: "IO[bytes]", left: int, made: "IO[bytes] | Third") -> None:
    while left:
        chunk = file.read(min(left, _CHUNK_BYTES))
        made.write(chunk)
        left -= len(chunk) or left
        await asyncio.sleep_ms(0)


def _make(folder: str) -> None:
    try:
        os.mkdir(folder)
    except OSError:
        pass  # it is there

"""The application as ROMFS: its bytecode runs where it lies in flash and takes no heap.

For a board whose MicroPython has ROMFS and a partition `romfs`. Its first third is what came by
cable, the other two are for what comes over the air (firmware/boot.py chooses, keypad/romfs.py
writes). It promises that whole blocks are written and compared by SHA-256 on the board, the one
with the header last, so that half an image is never mounted.
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from typing import TYPE_CHECKING

from mpremote.romfs import VfsRomWriter

from holdfast.flash import FlashError
from holdfast.flash.build import STARTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.serial_board import Board

BLOCK_BYTES = 4096
THIRDS = 3
_CHUNK_BYTES = 1024
_OFFERED = """
import vfs
from esp32 import Partition
_rom = Partition.find(Partition.TYPE_DATA, label='romfs') if hasattr(vfs, 'rom_ioctl') else ()
print(_rom[0].ioctl(4, 0) if _rom and vfs.rom_ioctl(1) > 0 else 0)
"""
_HASH = """
import hashlib
from binascii import b2a_base64
def _hash(blocks):
    h = hashlib.sha256()
    page = bytearray(4096)
    for n in range(blocks):
        _rom[0].readblocks(n, page)
        h.update(page)
    return ''.join('%02x' % b for b in h.digest())
"""


def image(files: dict[str, bytes]) -> bytes:
    """`files` (but boot.py and main.py, which stay files) as a ROMFS image of whole blocks."""
    writer = VfsRomWriter()
    inside = {name: files[name] for name in sorted(files) if name not in STARTED}
    for folder in sorted({name.partition("/")[0] for name in inside}):
        writer.opendir(folder)
        for name, content in inside.items():
            if name.startswith(folder + "/"):
                writer.mkfile(name.partition("/")[2], content)
        writer.closedir()
    whole = bytes(writer.finalise())
    return whole.ljust(-(-len(whole) // BLOCK_BYTES) * BLOCK_BYTES, b"\xff")


def third_bytes(board: Board) -> int:
    """How much the cable's third holds; 0 when this MicroPython runs nothing from ROMFS."""
    return int(board.run(_OFFERED)) // THIRDS * BLOCK_BYTES


def lies_there(board: Board, content: bytes) -> bool:
    """Whether the cable's third holds `content`, by SHA-256 on the board."""
    board.run(_OFFERED + _HASH)
    there = board.run(f"print(_hash({len(content) // BLOCK_BYTES}))").strip()
    return there == hashlib.sha256(content).hexdigest()


def write(board: Board, content: bytes, moved: Callable[[int], None]) -> None:
    """Write `content` into the cable's third; `moved` hears bytes. Raises FlashError.

    Nothing may run from it: main.py is gone (files.stop_application).
    """
    board.run(_OFFERED)
    board.run("from binascii import a2b_base64 as _bytes")
    board.run("_rom[0].ioctl(6, 0)")
    for block in reversed(range(len(content) // BLOCK_BYTES)):
        board.run(f"_rom[0].ioctl(6, {block})")
        for offset in reversed(range(0, BLOCK_BYTES, _CHUNK_BYTES)):
            place = block * BLOCK_BYTES + offset
            data = b2a_base64(content[place : place + _CHUNK_BYTES], newline=False)
            board.run(f"_rom[0].writeblocks({block}, _bytes({data!r}), {offset})")
            moved(_CHUNK_BYTES)
    if not lies_there(board, content):
        raise FlashError(
            "what lies in the partition romfs is not what was written; do the same again, and if "
            "it stays so the flash is worn: take another board"
        )

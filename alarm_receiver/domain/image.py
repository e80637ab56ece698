"""A signed image for keypads, as its bytes say: version, files, boards. Pure; no signature here.

"HFI1", version 4, .mpy version 1, files 1 | for each file: length of its name 1, name,
length 4, content | signature of the maker 384                (firmware/keypad/install.py)
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from alarm_wire.parcel import DATA_BYTES_MAX, IMAGE_PIECES_MAX

MAGIC = b"HFI1"
SIGNATURE_BYTES = 384
IMAGE_BYTES_MAX = IMAGE_PIECES_MAX * DATA_BYTES_MAX
_HEAD = "!4sIBB"
_HEAD_BYTES = struct.calcsize(_HEAD)
_NAME = re.compile(r"(keypad|boards|alarm_wire)/[a-z0-9_]{1,40}\.(mpy|py)")
_BOARD = re.compile(r"boards/([a-z0-9_]+)\.(?:mpy|py)")
VERSION_MAX = 0x7FFFFFFF
_CUT = "the image was cut or is not signed"
"""Without a signature the last files stand in its place; nobody knows which of both it was."""


class BadImage(Exception):
    """It is no image that a keypad could take; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Image:
    """What an image says of itself: its version, the .mpy version, the boards it has pins for."""

    version: int
    mpy: int
    boards: tuple[str, ...]


def version_text(version: int) -> str:
    """MAJOR.MINOR.PATCH."""
    return f"{version >> 16}.{version >> 8 & 255}.{version & 255}"


def read(content: bytes) -> Image:
    """What `content` is an image of. Raises BadImage."""
    if not _HEAD_BYTES + SIGNATURE_BYTES < len(content) <= IMAGE_BYTES_MAX:
        raise BadImage(f"an image has at most {IMAGE_BYTES_MAX} bytes, this has {len(content)}")
    magic, version, mpy, files = struct.unpack_from(_HEAD, content)
    if magic != MAGIC:
        raise BadImage("this is no image; make one with holdfast release build")
    if not 0 < version <= VERSION_MAX:
        raise BadImage(f"version {version} is out of range")
    end = len(content) - SIGNATURE_BYTES
    place = _HEAD_BYTES
    boards: list[str] = []
    for _ in range(files):
        place, name = _file(content, place, end)
        board = _BOARD.fullmatch(name)
        if board and board[1] != "__init__":
            boards.append(board[1])
    if place != end:
        raise BadImage(f"{end - place} bytes too many or too few: {_CUT}")
    if not boards:
        raise BadImage("it has pins for no board at all")
    return Image(version, mpy, tuple(sorted(boards)))


def _file(content: bytes, place: int, end: int) -> tuple[int, str]:
    """Where the file after `place` ends, and its name. Raises BadImage."""
    name_end = place + 1 + content[place] if place < end else end + 1
    if name_end + 4 > end:
        raise BadImage(f"it ends too early: {_CUT}")
    name = content[place + 1 : name_end].decode("ascii", "replace")
    if not _NAME.fullmatch(name):
        raise BadImage(f"a file {name[:40]!r} has no place on a keypad")
    (size,) = struct.unpack_from("!I", content, name_end)
    if size > end - name_end - 4:
        raise BadImage(f"the file {name} is not whole: {_CUT}")
    return name_end + 4 + size, name

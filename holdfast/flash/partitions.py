"""Reads partitions.csv and writes the table that the chip's second-stage loader reads at 0x8000.

Each entry has 32 bytes: magic 0xAA50, type, subtype, offset, size, label of 16 bytes, flags; an MD5
over all entries closes the table (ESP-IDF, partition table).
"""

from __future__ import annotations

import csv
import hashlib
import struct
from typing import TYPE_CHECKING

from holdfast.flash import FlashError

if TYPE_CHECKING:
    from pathlib import Path

OFFSET = 0x8000
_ENTRY = "<HBBII16sI"
_ENTRY_BYTES = 32
_MAGIC = 0x50AA
_MD5 = b"\xeb\xeb" + b"\xff" * 14
_TABLE_BYTES = 0xC00
_BLOCK_BYTES = 0x1000
_APP_BYTES = 0x10000
_TYPES = {"app": 0, "data": 1}
_SUBTYPES = {
    "factory": 0, "ota_0": 0x10, "ota_1": 0x11,
    "ota": 0, "phy": 1, "nvs": 2, "nvs_keys": 4, "fat": 0x81, "spiffs": 0x82,
}  # fmt: skip


def table(path: Path) -> bytes:
    """The binary table of `path`. Raises FlashError with the line that is wrong."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise FlashError(f"{path} cannot be read ({error.strerror})") from error
    entries = []
    end = OFFSET + _BLOCK_BYTES
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        try:
            label, kind, subtype, offset_text, size_text = cells[:5]
            offset, size = int(offset_text, 0), _size(size_text)
            entry = struct.pack(
                _ENTRY,
                _MAGIC,
                _TYPES[kind] if kind in _TYPES else int(kind, 0),
                _SUBTYPES[subtype] if subtype in _SUBTYPES else int(subtype, 0),
                offset,
                size,
                label.encode("ascii"),
                0,
            )
        except (ValueError, KeyError, struct.error) as error:
            raise FlashError(
                f"{path} line {number} is no partition ({error}); write name, type, subtype, "
                "offset, size"
            ) from error
        _check(path, number, (label, kind), (offset, size), end)
        end = offset + size
        entries.append(entry)
    body = b"".join(entries)
    closed = body + _MD5 + hashlib.md5(body).digest()  # noqa: S324  # the chip's loader wants MD5
    return closed.ljust(_TABLE_BYTES, b"\xff")


def labels(content: bytes) -> tuple[str, ...]:
    """The labels of the table at the beginning of `content`; none when none is there."""
    found = []
    for place in range(0, min(len(content), _TABLE_BYTES) - _ENTRY_BYTES, _ENTRY_BYTES):
        magic, *_, label, _ = struct.unpack_from(_ENTRY, content, place)
        if magic != _MAGIC:
            break
        found.append(label.rstrip(b"\0").decode("ascii", "replace"))
    return tuple(found)


def _size(text: str) -> int:
    units = {"K": 1024, "M": 1024 * 1024}
    if text[-1:].upper() in units:
        return int(text[:-1], 0) * units[text[-1].upper()]
    return int(text, 0)


def _check(
    path: Path, number: int, name: tuple[str, str], place: tuple[int, int], end: int
) -> None:
    (label, kind), (offset, size) = name, place
    step = _APP_BYTES if kind == "app" else _BLOCK_BYTES
    if offset % step or size % _BLOCK_BYTES or size <= 0:
        raise FlashError(
            f"{path} line {number}: {label} must begin at a multiple of {step:#x} and have whole "
            f"blocks of {_BLOCK_BYTES:#x}"
        )
    if offset < end:
        raise FlashError(
            f"{path} line {number}: {label} at {offset:#x} overlaps what ends at {end:#x}"
        )

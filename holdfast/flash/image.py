"""Reads a MicroPython image for the ESP32 family before anything is written to a chip.

The layout is Espressif's: an image begins with 0xE9, its chip is at byte 12; the application
descriptor begins with 0xABCD5432 and holds the version 16 bytes later (ESP-IDF, esp_app_format.h).
"""

from __future__ import annotations

import hashlib
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.flash import FlashError, partitions

if TYPE_CHECKING:
    from pathlib import Path

CHIPS = {0: "esp32", 2: "esp32s2", 5: "esp32c3", 9: "esp32s3", 13: "esp32c6"}
"""Chip number in the image -> esptool's name."""
BOOT_OFFSETS = {"esp32": 0x1000, "esp32s2": 0x1000}
"""Where the image begins in flash; 0 on the newer chips."""
VERSION_MIN = (1, 29)
"""TLS with pre-shared keys came with MicroPython 1.29."""
_IMAGE_MAGIC = 0xE9
_DESCRIPTOR = struct.pack("<I", 0xABCD5432)
_BYTES_MIN = 200_000
_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True)
class Image:
    """A MicroPython image: for which chip, which version (None: not told), where it goes."""

    path: Path
    chip: str
    version: tuple[int, int] | None
    version_text: str
    sha256: str
    size: int
    labels: tuple[str, ...] = ()
    """Of the partitions in its own table."""

    @property
    def offset(self) -> int:
        """Where it is written."""
        return BOOT_OFFSETS.get(self.chip, 0)


def read(path: Path, chip: str) -> Image:
    """The image in `path`, which must be for `chip`. Raises FlashError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FlashError(
            f"the image {path} cannot be read ({error.strerror}); give the .bin file of "
            f"MicroPython for {chip} that you downloaded"
        ) from error
    if len(content) < _BYTES_MIN or content[0] != _IMAGE_MAGIC:
        raise FlashError(
            f"{path} is no ESP32 image ({len(content)} bytes, no 0xE9 at its start); download it "
            "again: the .bin file, not .uf2, .elf or the web page"
        )
    if len(content) > _BYTES_MAX:
        raise FlashError(f"{path} has {len(content)} bytes, more than any ESP32 module holds")
    number = struct.unpack_from("<H", content, 12)[0]
    found = CHIPS.get(number, f"chip {number}")
    if found != chip:
        raise FlashError(
            f"{path} is for {found}, the board is an {chip}; download the image for {chip}, or "
            f"say --chip {found} if the board is one"
        )
    version, text = _version(content)
    if version is not None and version < VERSION_MIN:
        raise FlashError(
            f"{path} is MicroPython {text}; the keypad needs {VERSION_MIN[0]}.{VERSION_MIN[1]} or "
            "newer (TLS with pre-shared keys)"
        )
    digest = hashlib.sha256(content).hexdigest()
    labels = partitions.labels(content[partitions.OFFSET - BOOT_OFFSETS.get(chip, 0) :])
    return Image(path, chip, version, text, digest, len(content), labels)


def _version(content: bytes) -> tuple[tuple[int, int] | None, str]:
    for place in re.finditer(re.escape(_DESCRIPTOR), content):
        raw = content[place.start() + 16 : place.start() + 48].split(b"\0")[0]
        match = re.match(rb"v?(\d+)\.(\d+)", raw)
        if match:
            return (int(match[1]), int(match[2])), raw.decode("ascii", "replace")
    return None, "unknown"

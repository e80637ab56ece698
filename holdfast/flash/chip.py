"""esptool: writes an image into a chip's flash. It runs as a program of its own (GPL-2.0-or-later).

esptool compares the MD5 of what is in flash with what was sent, for every part, before it says so.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from holdfast.flash import FlashError
from holdfast.flash.partitions import OFFSET

if TYPE_CHECKING:
    from collections.abc import Callable

    from holdfast.flash.image import Image

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")
_BLAME = (
    (
        re.compile(r"This chip is (\S+?),? not (\S+?)[.,]"),
        "the chip is an {0}, not an {1}; take the right board, or image and --chip for this one",
    ),
    (
        re.compile(r"port is busy|doesn't exist|Could not open|could not open|in use"),
        "the port cannot be opened; close what has it (serial monitor, mpremote), or name another",
    ),
    (
        re.compile(r"Failed to connect|No serial data received|Wrong boot mode"),
        "the chip does not answer; hold BOOT, press RESET, release BOOT; again, --before no-reset",
    ),
    (
        re.compile(r"MD5 of file does not match|Write failed|digest mismatch|Verification failed"),
        "what is in flash is not what was sent; try --baud 115200; if it stays so it is worn",
    ),
    (
        re.compile(r"will not fit|exceeds flash size|larger than"),
        "the image does not fit into this chip's flash; take the image for its size",
    ),
)


def write(
    image: Image,
    table: bytes | None,
    port: str,
    *,
    baud: int = 460800,
    before: str = "default-reset",
    erase: bool = False,
    moved: Callable[[float], None],
) -> None:
    """Write `image`, with `table` in the place of its own partition table. Raises FlashError.

    `moved` hears the part that is written, 0.0 to 1.0.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "image.bin"
        path.write_bytes(with_table(image, table))
        command = [
            *(sys.executable, "-m", "esptool", "--chip", image.chip, "--port", port),
            *("--baud", str(baud), "--before", before, "--after", "hard-reset", "write-flash"),
            *(["--erase-all"] if erase else []),
            *("--flash-size", "keep", hex(image.offset), str(path)),
        ]
        said = _run(command, moved)
    if "Hash of data verified" not in said:
        raise FlashError("esptool ended without having verified the flash; try again")


def with_table(image: Image, table: bytes | None) -> bytes:
    """The image's bytes; with `table` where its partition table is. Raises FlashError."""
    content = bytearray(image.path.read_bytes())
    if table is not None:
        place = OFFSET - image.offset
        if content[place : place + 2] != b"\xaa\x50":
            raise FlashError(
                f"{image.path} has no partition table at {OFFSET:#x}; take the full image that "
                "MicroPython offers for a first installation, not the .app-bin for updates"
            )
        content[place : place + len(table)] = table
    return bytes(content)


def _run(command: list[str], moved: Callable[[float], None]) -> str:
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    said: list[str] = []
    with process:
        for line in process.stdout or ():
            said.append(line)
            found = _PERCENT.findall(line)
            if found and "Writing" in line:
                moved(float(found[-1]) / 100)
    text = "".join(said)
    if process.returncode:
        raise FlashError(_reason(text))
    return text


def _reason(text: str) -> str:
    """What went wrong, with what to do; else esptool's own last words."""
    for pattern, remedy in _BLAME:
        match = pattern.search(text)
        if match:
            return remedy.format(*match.groups())
    last = [line.strip() for line in text.splitlines() if line.strip()]
    return f"esptool failed: {last[-1] if last else 'without a word'}; run it by hand to see more"

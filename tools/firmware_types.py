"""Checks the firmware's types against the ESP32's own stubs.

    python tools/firmware_types.py

A run of its own, because the stubs replace Python's standard library by MicroPython's. mypy will
not take stubs from where pip puts them, so they are copied to var/typings first.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STUBS = ROOT / "var/typings"
DISTRIBUTIONS = ("micropython-esp32-stubs", "micropython-stdlib-stubs")


def main() -> int:
    """Copy the stubs, run mypy, hand on its exit code."""
    shutil.rmtree(STUBS, ignore_errors=True)
    for name in DISTRIBUTIONS:
        for file in importlib.metadata.files(name) or ():
            if file.suffix == ".pyi" or file.name == "VERSIONS":
                target = STUBS / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(Path(str(file.locate())), target)
    command = [sys.executable, "-m", "mypy", "--config-file", "tools/firmware_types.ini"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

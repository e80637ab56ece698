"""The unit files of wire and firmware, run by real MicroPython as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UNITS = sorted([*ROOT.glob("tests/wire/test_*.py"), *ROOT.glob("tests/firmware/test_*.py")])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: f"{unit.parent.name}/{unit.stem}")
def test_unit_file_passes_under_micropython(unit):
    path = [ROOT, ROOT / "firmware", ROOT / "tests/support", ".frozen"]
    ran = subprocess.run(
        [
            Path(sys.executable).with_name("micropython"),
            ROOT / "tests/micropython/run_units.py",
            unit,
        ],
        env={**os.environ, "MICROPYPATH": ":".join(map(str, path))},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    wanted = len(re.findall(r"^def test_", unit.read_text("utf-8"), re.MULTILINE))
    assert f"{wanted} passed" in ran.stdout

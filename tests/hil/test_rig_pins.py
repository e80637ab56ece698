"""The rig's program, the firmware's strobe and the pin maps speak of the same pins."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_rigs_pins_are_those_of_its_map():
    pins = tomllib.loads((ROOT / "hardware/pins/hil_rig_pico.toml").read_text())["pins"]
    program = (ROOT / "hardware/hil_rig/rig.py").read_text()
    named = dict(re.findall(r"^([A-Z][A-Z_]+) = (\d+)$", program, re.MULTILINE))
    assert {name: int(number) for name, number in named.items()} == {
        name: pin["gpio"] for name, pin in pins.items()
    }

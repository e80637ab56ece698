"""Numbers that firmware and hardware share: the firmware's constants are those of the lists.

MicroPython cannot read the .toml files on the board, so the constants stand in its code and are
held against the source here. Shares of dividers are compared with the fitted resistors.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from hardware.checks.firmware_pins import constants

if TYPE_CHECKING:
    from pathlib import Path

    from hardware.books import Books

# File below firmware/keypad -> constant -> where its number stands in values.toml (dots are steps).
SHARED = {
    "debounce.py": {"STABLE_MS": "button.stable_ms"},
    "trigger.py": {
        "DUAL_MS_MAX": "modes.dual_ms_max",
        "HOLD_MS_MIN": "modes.hold_ms.0",
        "HOLD_MS_MAX": "modes.hold_ms.1",
    },
    "sounds.py": {
        "SOUNDER_HZ": "sounder.drive_hz",
        "SIREN_ON_MS": "sounder.siren_on_ms",
        "SIREN_OFF_MS": "sounder.siren_off_ms",
        "SIREN_TEST_MS": "sounder.siren_test_ms",
    },
    "config.py": {"SIREN_S_MAX": "sounder.siren_s_max"},
    "loop.py": {
        "CLASSIFY_COUNT": "loop.reading.classify_count",
        "CLASSIFY_MS_MIN": "loop.reading.classify_ms_min",
    },
}
# Constant of inputs.py -> upper and lower resistor of the divider that it undoes.
SHARES = {"_MAINS_SHARE": ("R307", "R308"), "_BATTERY_SHARE": ("R305", "R306")}


def _value(books: Books, path: str) -> Any:
    found: Any = books.values
    for step in path.split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    return found


def windows(file: Path) -> dict[str, tuple[int, int]]:
    """The loop's windows as the firmware has them, read without importing it."""
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "WINDOWS":
            rows = ast.unparse(node.value).replace("(", " ").replace(")", " ").split(" , ")
            cells = [row.replace(",", " ").split() for row in rows]
            return {cell[0].lower(): (int(cell[1]), int(cell[2])) for cell in cells}
    return {}


def check(books: Books, keypad: Path) -> list[str]:
    """Complaints about the constants in the folder `keypad`."""
    wrong = []
    for name, shared in SHARED.items():
        theirs = constants(keypad / name)
        for constant, path in shared.items():
            ours = _value(books, path)
            if theirs.get(constant) != ours:
                wrong.append(f"{name}: {constant} = {theirs.get(constant)}, values.toml has {ours}")
    theirs = constants(keypad / "inputs.py")
    for constant, (up, low) in SHARES.items():
        share = books.ohms("keypad", up) / books.ohms("keypad", low) + 1
        if theirs.get(constant) != share:
            wrong.append(f"inputs.py: {constant} = {theirs.get(constant)}, {up}/{low} give {share}")
    limits = books.values["loop"]["windows_permille"]
    if windows(keypad / "loop.py") != {state: tuple(pair) for state, pair in limits.items()}:
        wrong.append("loop.py: WINDOWS are not those of values.toml")
    return wrong

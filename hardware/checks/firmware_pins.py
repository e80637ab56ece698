"""The firmware's pin numbers are those of the pin file, both ways.

The board file is read with `ast`, not imported: it belongs to the firmware and may need
MicroPython.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from hardware.books import PinMap


def constants(path: Path) -> dict[str, int]:
    """Module-level NAME = integer of a Python file, also behind `const(...)`."""
    found = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        value = node.value
        if isinstance(value, ast.Call) and len(value.args) == 1:
            value = value.args[0]
        if isinstance(value, ast.Constant) and type(value.value) is int:
            found[node.targets[0].id] = value.value
    return found


def check(pins: PinMap, board_file: Path) -> list[str]:
    """Complaints about `board_file` against `pins`; names with an underscore are no pins."""
    found = constants(board_file)
    theirs = {name: gpio for name, gpio in found.items() if not name.startswith("_")}
    ours = {pin.name: pin.gpio for pin in pins.pins.values()}
    wrong = [
        f"{board_file.name}: {name} = {gpio}, the pin file says {ours[name]}"
        for name, gpio in theirs.items()
        if name in ours and ours[name] != gpio
    ]
    wrong += [
        f"{board_file.name}: {name} = {gpio} stands in no pin file: add it there first"
        for name, gpio in theirs.items()
        if name not in ours
    ]
    wrong += [
        f"{board_file.name}: {name} = {gpio} of the pin file is missing"
        for name, gpio in ours.items()
        if name not in theirs
    ]
    return wrong


def board_source(pins: PinMap) -> str:
    """The board file that fits `pins`, for a person to paste or a new board to start from."""
    title = f'"""Pins of the {pins.board} on an {pins.part}; hardware/pins/ is the source."""'
    lines = [f"{pin.name} = {pin.gpio}  # {pin.why.split(';')[0]}" for pin in pins.pins.values()]
    return "\n".join([title, "", *lines, ""])

"""The longest stretches of an emulated board's event loop; ask for them in its environment."""

ASKED = {"BOARD_STRETCHES": "1"}
TOLD_MS = 5.0
"""Shorter ones are not reported (hardware/emulated_board/shims/_stretches.py)."""


def longest(board):
    """(by the wall, by the board's own processor time) in ms; TOLD_MS when none was longer."""
    seen = [tuple(map(int, e.text.split()[:2])) for e in board.events() if e.kind == "stretch"]
    return tuple(max([TOLD_MS, *(pair[place] / 1000 for pair in seen)]) for place in (0, 1))

"""What the emulated board keeps, read from outside, and its NVS changed while it is off."""

import json

from alarm_wire.frame import signal_of
from keypad.ring import BLOCK_BYTES, Ring
from nor import Nor

FILE = "flash.nvs.holdfast"
RING = "flash.ring"


def nvs(board):
    """All values by name."""
    return json.loads((board.folder / FILE).read_text("utf-8"))


def set_nvs(board, **values):
    """Change some of them."""
    (board.folder / FILE).write_text(json.dumps(nvs(board) | values), "utf-8")


def kinds_kept(board):
    """The kinds of the signals that lie in its flash ring now, as its next start would find them.

    For what shows and sounds nothing; the board may go on while a copy is looked at.
    """
    content = (board.folder / RING).read_bytes()
    flash = Nor(len(content) // BLOCK_BYTES)
    flash.cells[:] = content
    ring = Ring(flash)
    return {signal_of(ring.read(number)).kind for number in ring.first(len(ring))}

"""What the emulated board keeps in its NVS, read and changed from outside while it is off."""

import json

FILE = "flash.nvs.holdfast"


def nvs(board):
    """All values by name."""
    return json.loads((board.folder / FILE).read_text("utf-8"))


def set_nvs(board, **values):
    """Change some of them."""
    (board.folder / FILE).write_text(json.dumps(nvs(board) | values), "utf-8")

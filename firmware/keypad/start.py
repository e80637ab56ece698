"""Starts the keypad: the order matters, because the heap is small.

The flash ring comes first, while the heap is still in one piece: its index and the buffer of one
block are the largest pieces there are. The rest of the application is loaded after that.
"""

import asyncio

from esp32 import Partition

from keypad.ring import Ring, RingError


def open_ring() -> "tuple[Ring | None, str | None]":
    """The flash ring; or None and why the board has none that can be used."""
    found = Partition.find(Partition.TYPE_DATA, label="ring")
    if not found:
        return None, "there is no partition named ring; flash firmware/partitions.csv"
    try:
        return Ring(found[0]), None
    except (RingError, OSError) as error:
        return None, str(error)


def run() -> None:
    """Start the keypad; returns only when it has not been provisioned."""
    ring, trouble = open_ring()

    from keypad.config import ConfigError, load

    try:
        config = load()
    except ConfigError as error:
        print("keypad: %s" % error)
        return

    from keypad.app import Keypad

    board = __import__("boards." + config.board, None, None, ("PANIC",))
    asyncio.run(Keypad(config, board, ring, trouble).run())

"""The code matrix on its pins: rows are pulled down one at a time, columns are read."""

import asyncio

from machine import Pin

from keypad.codes import Keys
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.clock import Uptime

_SCAN_MS = const(5)
_COLUMNS = const(3)


class Matrix:
    """Calls `pressed(key)` for each key of keypad.codes.KEYS; `keys` knows which are stuck."""

    def __init__(
        self, board: "Any", uptime: "Uptime", pressed: "Callable[[str], None]", stuck: int = 0
    ) -> None:
        rows = (board.ROW_1, board.ROW_2, board.ROW_3, board.ROW_4)
        columns = (board.COLUMN_1, board.COLUMN_2, board.COLUMN_3)
        self._rows = [Pin(number, Pin.OPEN_DRAIN, value=1) for number in rows]
        self._columns = [Pin(number, Pin.IN, Pin.PULL_UP) for number in columns]
        self._uptime = uptime
        self._pressed = pressed
        self.keys = Keys(stuck)

    async def run(self) -> None:
        """Scan for ever."""
        while True:
            held = 0
            for place, row in enumerate(self._rows):
                row.value(0)
                for column, pin in enumerate(self._columns):
                    if not pin.value():
                        held |= 1 << (place * _COLUMNS + column)
                row.value(1)
            key = self.keys.sample(self._uptime.now_ms(), held)
            if key is not None:
                self._pressed(key)
            await asyncio.sleep_ms(_SCAN_MS)

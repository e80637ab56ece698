"""The inputs that not every keypad has: loop, tamper, supplies, code matrix. Loaded if asked.

One task looks at all of them by turns: a task for each would hold its own frame and its own place
in the event loop, to do nothing most of the time.
"""

import asyncio

from keypad.panel import Panel, Wish
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.clock import Uptime
    from keypad.entry import Entry
    from keypad.inputs import Inputs
    from keypad.settings import Settings

_TURN_MS = const(5)
_TEND_MS = const(1000)


class Extras:
    """Builds what the settings ask for, and looks at it. `run` is to run.

    trouble       TROUBLE_* bits of all of them
    supplies_mv   millivolts of mains and battery, 0 when not watched
    """

    def __init__(
        self,
        config: "Settings",
        board: "Any",
        uptime: "Uptime",
        panel: Panel,
        keep: "Callable[[Wish], object]",
        *,
        press: "Callable[[], None]",
        heard: "Callable[..., None] | None" = None,
    ) -> None:
        self._uptime = uptime
        self._inputs: "Inputs | None" = None
        self._entry: "Entry | None" = None
        self.supplies_mv = (0, 0)
        if config.loop or config.tamper or config.supplies:
            from keypad.inputs import Inputs

            self._inputs = Inputs(config, board, keep, press)
        if config.codes:
            from keypad.entry import Entry

            self._entry = Entry(config.codes, board, uptime.now_ms(), panel, keep, heard=heard)
        self._sum()

    async def run(self) -> None:
        """Look at everything, for ever."""
        inputs = self._inputs
        entry = self._entry
        if entry is not None:
            entry.started()
        tended_ms = -_TEND_MS
        while True:
            now_ms = self._uptime.now_ms()
            tends = now_ms - tended_ms >= _TEND_MS
            if tends:
                tended_ms = now_ms
            if entry is not None:
                entry.scan(now_ms)
                if tends:
                    entry.tend(now_ms)
            if inputs is not None:
                inputs.look(now_ms)
                if tends:
                    inputs.tend(now_ms)
            self._sum()
            await asyncio.sleep_ms(_TURN_MS)

    def _sum(self) -> None:
        self.trouble = 0
        if self._inputs is not None:
            self.trouble = self._inputs.trouble
            self.supplies_mv = self._inputs.supplies_mv
        if self._entry is not None:
            self.trouble |= self._entry.trouble

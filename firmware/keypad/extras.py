"""The inputs that not every keypad has: loop, tamper, supplies, code matrix. Loaded if asked."""

import asyncio

from keypad.buttons import Button
from keypad.panel import Panel, Wish
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from keypad.clock import Uptime
    from keypad.entry import Entry
    from keypad.inputs import Inputs
    from keypad.settings import Settings


_LOOK_MS = const(100)


class Extras:
    """Builds what the settings ask for; `trouble` and the voltages for the heartbeat."""

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
        self._contacts: "list[Button]" = []
        self._parts: "list[Callable[[], Coroutine[Any, Any, None]]]" = []
        if config.loop or config.tamper or config.supplies:
            from keypad.inputs import LID, WALL, Inputs

            inputs = self._inputs = Inputs(board, uptime, keep, press)
            if config.loop:
                self._parts.append(inputs.watch_loop)
            if config.supplies:
                self._parts.append(inputs.watch_supplies)
            if config.tamper:
                for contact, number in ((LID, board.TAMPER), (WALL, board.TAMPER_WALL)):
                    self._parts.append(self._contact(inputs, contact, number))
                self._parts.append(self._look)
            self._parts.append(inputs.watch_quiet)
        if config.codes:
            from keypad.entry import Entry

            pairs = [(code, duress) for code, duress in config.codes]
            entry = self._entry = Entry(pairs, board, uptime, panel, keep, heard=heard)
            self._parts += [entry.matrix.run, entry.tend]

    def parts(self) -> "list[Callable[[], Coroutine[Any, Any, None]]]":
        """The tasks to run."""
        return self._parts

    @property
    def trouble(self) -> int:
        """TROUBLE_* bits of the inputs."""
        bits = 0 if self._inputs is None else self._inputs.trouble
        return bits if self._entry is None else bits | self._entry.trouble

    @property
    def mains_mv(self) -> int:
        """Millivolts of the supply; 0 when not watched."""
        return 0 if self._inputs is None else self._inputs.mains_mv

    @property
    def battery_mv(self) -> int:
        """Millivolts of the cell; 0 when not watched."""
        return 0 if self._inputs is None else self._inputs.battery_mv

    def _contact(
        self, inputs: "Inputs", contact: int, number: int
    ) -> "Callable[[], Coroutine[Any, Any, None]]":
        button = Button(
            number, self._uptime, lambda closed: inputs.tamper(contact, closed), tell_open=True
        )
        self._contacts.append(button)
        return button.run

    async def _look(self) -> None:
        """Interrupts may be lost: a lid that was opened must not depend on one."""
        while True:
            for button in self._contacts:
                button.look()
            await asyncio.sleep_ms(_LOOK_MS)

"""The inputs that not every keypad has: loop, tamper, supplies, code matrix. Loaded if asked."""

import asyncio

from alarm_wire.signal import (
    CODE_LOCKED,
    PANEL_RESET,
    TEST_ENDED,
    TEST_STARTED,
)
from keypad.buttons import Button
from keypad.panel import Panel, Wish
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from keypad.clock import Uptime
    from keypad.codes import Codes
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
        self._heard = heard
        self._uptime = uptime
        self._panel = panel
        self._keep = keep
        self._inputs: "Inputs | None" = None
        self._codes: "Codes | None" = None
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
        if config.codes:
            from keypad.codes import Codes
            from keypad.matrix import Matrix

            self._codes = Codes([(code, duress) for code, duress in config.codes])
            self._parts.append(Matrix(board, uptime, self._key).run)

    def parts(self) -> "list[Callable[[], Coroutine[Any, Any, None]]]":
        """The tasks to run."""
        return self._parts

    @property
    def trouble(self) -> int:
        """TROUBLE_* bits of the inputs."""
        return 0 if self._inputs is None else self._inputs.trouble

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

    def _key(self, key: str) -> None:
        from keypad.codes import DURESS, LOCKED, USER

        if self._codes is None:
            return
        answer = self._codes.key(self._uptime.now_ms(), key)
        if answer is None:
            return
        if self._heard is not None:
            self._heard(good=answer.what in (USER, DURESS))
        if answer.what == LOCKED and answer.wish:
            self._keep(Wish(CODE_LOCKED))
        elif answer.what == DURESS or (answer.what == LOCKED and answer.user):
            self._keep(self._panel.duress(answer.user, locked=answer.what == LOCKED))
        elif answer.what == USER and answer.wish in ("0", "1"):
            on = answer.wish == "1"
            if self._panel.test(self._uptime.now_ms(), on):
                self._keep(Wish(TEST_STARTED if on else TEST_ENDED, value=answer.user))
        elif answer.what == USER:
            self._panel.reset()
            self._keep(Wish(PANEL_RESET, value=answer.user))

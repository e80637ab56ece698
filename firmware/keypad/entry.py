"""What codes do: the matrix, its codes and the panel, put together. Loaded only with `codes`.

It promises that a duress code does to the panel what its user's own code with the same wish does,
that no power cut makes wrong codes forgotten, and that a key that sticks is told.
"""

import asyncio

from alarm_wire.signal import (
    CODE_LOCKED,
    LOOP_FAULT,
    LOOP_RESTORED,
    PANEL_RESET,
    TEST_ENDED,
    TEST_STARTED,
    TROUBLE_LOOP,
)
from keypad.boots import number, put
from keypad.codes import DURESS, LOCKED, USER, Codes
from keypad.matrix import Matrix
from keypad.panel import Panel, Wish
from keypad.swinger import Swinger
from keypad.trigger import Trigger
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from keypad.clock import Uptime

_TEND_MS = const(1000)
_KEY = const(3)
"""Value of a loop_fault: a key of the matrix; 1 and 2 are the red buttons."""


class Entry:
    """The code matrix at work. `matrix.run` and `tend` are to run."""

    def __init__(
        self,
        pairs: "list[tuple[str, str]]",
        board: "Any",
        uptime: "Uptime",
        panel: Panel,
        keep: "Callable[[Wish], object]",
        *,
        heard: "Callable[..., None] | None",
    ) -> None:
        self._uptime = uptime
        self._panel = panel
        self._keep = keep
        self._heard = heard
        self._tries = number("tries")
        self._codes = Codes(pairs, self._tries, uptime.now_ms())
        stuck = number("keys")
        self.matrix = Matrix(board, uptime, self._key, stuck)
        self._jam = Trigger(jammed=int(stuck > 0))
        self._swinger = Swinger()

    @property
    def trouble(self) -> int:
        """TROUBLE_* bits of the matrix."""
        return TROUBLE_LOOP if self._jam.jammed else 0

    async def tend(self) -> None:
        """Look after the keys and what is to outlast a start, for ever."""
        if number("testing"):
            self._keep(Wish(TEST_ENDED))  # the test mode does not outlast a start
            put("testing", 0)
        while True:
            now_ms = self._uptime.now_ms()
            self._count(now_ms)
            stuck = self.matrix.keys.stuck
            told = None
            if self._jam.jams(0, stuck > 0, now_ms):
                put("keys", stuck)
                wish = Wish(LOOP_FAULT if stuck else LOOP_RESTORED, value=_KEY)
                told = self._swinger.changed(now_ms, wish)
            told = told or self._swinger.quiet(now_ms)
            if told is not None:
                self._keep(told)
            await asyncio.sleep_ms(_TEND_MS)

    def _count(self, now_ms: int) -> None:
        tries = self._codes.tries(now_ms)
        if tries != self._tries:
            self._tries = tries
            put("tries", tries)

    def _key(self, key: str) -> None:
        now_ms = self._uptime.now_ms()
        answer = self._codes.key(now_ms, key)
        if answer is None:
            return
        self._count(now_ms)  # before anything tells what it was
        good = answer.what in (USER, DURESS)
        if self._heard is not None:
            self._heard(good=good)
        if answer.what == LOCKED and answer.wish:
            self._keep(Wish(CODE_LOCKED))
        forced = answer.what == DURESS or (answer.what == LOCKED and answer.user > 0)
        if forced:
            self._keep(self._panel.duress(answer.user))
        if good and answer.wish in ("0", "1"):
            self._test(now_ms, answer.user, answer.wish == "1", forced)
        elif good:
            self._panel.reset()
            if not forced:
                self._keep(Wish(PANEL_RESET, value=answer.user))

    def _test(self, now_ms: int, user: int, on: bool, forced: bool) -> None:
        if not self._panel.test(now_ms, on, forced):
            return
        if on:
            put("testing", 1)
        self._keep(Wish(TEST_STARTED if on else TEST_ENDED, value=user))
        if not on:
            put("testing", 0)

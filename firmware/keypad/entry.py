"""What codes do: the matrix on its pins, its codes and the panel. Loaded only with `codes`.

It promises that a duress code does to the panel what its user's own code with the same wish does,
that no power cut makes wrong codes forgotten, and that a key that sticks is told.
"""

from machine import Pin

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
from keypad.codes import DURESS, LOCKED, USER, Codes, Keys
from keypad.panel import Panel, Wish
from keypad.swinger import Swinger
from keypad.trigger import JAM_MS
from micropython import const

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_COLUMNS = const(3)
_KEY = const(3)
"""Value of a loop_fault: a key of the matrix; 1 and 2 are the red buttons."""


class Entry:
    """The code matrix at work: `started` once, `scan` each few milliseconds, `tend` each second.

    trouble   TROUBLE_* bits of the matrix
    """

    def __init__(
        self,
        pairs: "list[tuple[str, str]]",
        board: "Any",
        now_ms: int,
        panel: Panel,
        keep: "Callable[[Wish], object]",
        *,
        heard: "Callable[..., None] | None",
    ) -> None:
        rows = (board.ROW_1, board.ROW_2, board.ROW_3, board.ROW_4)
        columns = (board.COLUMN_1, board.COLUMN_2, board.COLUMN_3)
        self._rows: "list[Pin]" = []
        for row in rows:
            self._rows.append(Pin(row, Pin.OPEN_DRAIN, value=1))
        self._columns: "list[Pin]" = []
        for column in columns:
            self._columns.append(Pin(column, Pin.IN, Pin.PULL_UP))
        self._panel = panel
        self._keep = keep
        self._heard = heard
        self._tries = number("tries")
        self._codes = Codes(pairs, self._tries, now_ms)
        stuck = number("keys")
        self._keys = Keys(stuck)
        self.trouble = TROUBLE_LOOP if stuck else 0
        self._as_told_ms = 0
        self._swinger = Swinger()

    def started(self) -> None:
        """The keypad runs: the test mode does not outlast a start, and that is told."""
        if number("testing"):
            self._keep(Wish(TEST_ENDED))
            put("testing", 0)

    def scan(self, now_ms: int) -> None:
        """Pull the rows down one at a time and read the columns; do what a whole entry says."""
        held = 0
        for place, row in enumerate(self._rows):
            row.value(0)
            for column, pin in enumerate(self._columns):
                if not pin.value():
                    held |= 1 << (place * _COLUMNS + column)
            row.value(1)
        key = self._keys.sample(now_ms, held)
        if key is not None:
            self._key(now_ms, key)

    def tend(self, now_ms: int) -> None:
        """Look after the keys and what is to outlast a start."""
        self._count(now_ms)
        stuck = self._keys.stuck
        told = None
        if (stuck > 0) == (self.trouble > 0):
            self._as_told_ms = now_ms
        elif not stuck or now_ms - self._as_told_ms >= JAM_MS:
            self.trouble = TROUBLE_LOOP if stuck else 0
            put("keys", stuck)
            wish = Wish(LOOP_FAULT if stuck else LOOP_RESTORED, value=_KEY)
            told = self._swinger.changed(now_ms, wish)
        told = told or self._swinger.quiet(now_ms)
        if told is not None:
            self._keep(told)

    def _count(self, now_ms: int) -> None:
        tries = self._codes.tries(now_ms)
        if tries != self._tries:
            self._tries = tries
            put("tries", tries)

    def _key(self, now_ms: int, key: str) -> None:
        answer = self._codes.key(now_ms, key)
        if answer is None:
            return
        what, user, wish = answer
        self._count(now_ms)  # before anything tells what it was
        good = what in (USER, DURESS)
        if self._heard is not None:
            self._heard(good=good)
        if what == LOCKED and wish:
            self._keep(Wish(CODE_LOCKED))
        forced = what == DURESS or (what == LOCKED and user > 0)
        if forced:
            self._keep(self._panel.duress(user))
        if good and wish in ("0", "1"):
            self._test(now_ms, user, wish == "1", forced)
        elif good:
            self._panel.reset()
            if not forced:
                self._keep(Wish(PANEL_RESET, value=user))

    def _test(self, now_ms: int, user: int, on: bool, forced: bool) -> None:
        if not self._panel.test(now_ms, on, forced):
            return
        if on:
            put("testing", 1)
        self._keep(Wish(TEST_STARTED if on else TEST_ENDED, value=user))
        if not on:
            put("testing", 0)

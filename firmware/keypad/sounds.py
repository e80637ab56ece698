"""What an audible keypad sounds, and for how long at most. Pure: takes the time, says a level.

It promises that every sound ends by itself, that a siren yields to a code and to nothing else, and
that a duress code sounds like any user's code. A covert keypad has none of this: its settings
refuse a sounder, and this is not even loaded. The numbers are those of hardware/values.toml.
"""

from micropython import const

SOUNDER_HZ = const(4000)
SIREN_ON_MS = const(500)
SIREN_OFF_MS = const(250)
SIREN_TEST_MS = const(2000)
"""A walk test proves the siren; it does not deafen the shop."""

UNIT_MS = const(10)
# Units of sound and silence by turns, from the first sound on.
TAKEN = bytes((12,))
STORED = bytes((6, 9, 6))
HELPED = bytes((6, 9, 6, 9, 6))
GOOD = bytes((4, 6, 4))
"""A user's code, and a duress code: nobody beside him hears the difference."""
WRONG = bytes((50,))


class Sounds:
    """At most one sound at a time; the siren goes before all others."""

    def __init__(self, siren_s: int) -> None:
        self._siren_ms = siren_s * 1000
        self._pattern = b""
        self._since_ms = 0
        self._siren_until_ms: "int | None" = None
        self._siren_since_ms = 0

    def press(self, now_ms: int, *, testing: bool, taken: bool) -> None:
        """The red button was pressed and, if `taken`, kept."""
        if self._siren_ms:
            if self._siren_until_ms is None:
                self._siren_since_ms = now_ms
            for_ms = min(self._siren_ms, SIREN_TEST_MS) if testing else self._siren_ms
            self._siren_until_ms = now_ms + for_ms
        elif taken:
            self.once(TAKEN, now_ms)

    def once(self, pattern: bytes, now_ms: int) -> None:
        """Sound `pattern` once, in place of the one before."""
        self._pattern = pattern
        self._since_ms = now_ms

    def code(self, now_ms: int, *, good: bool) -> None:
        """A code was entered: a good one, also one under duress, silences everything."""
        if good:
            self._siren_until_ms = None
        self.once(GOOD if good else WRONG, now_ms)

    def level(self, now_ms: int) -> bool:
        """Whether it sounds now."""
        if self._siren_until_ms is not None:
            if now_ms < self._siren_until_ms:
                return (now_ms - self._siren_since_ms) % (SIREN_ON_MS + SIREN_OFF_MS) < SIREN_ON_MS
            self._siren_until_ms = None
        left_ms = now_ms - self._since_ms
        for place, length in enumerate(self._pattern):
            if left_ms < length * UNIT_MS:
                return not place & 1
            left_ms -= length * UNIT_MS
        self._pattern = b""
        return False

    def over(self) -> bool:
        """Whether there is nothing left to sound."""
        return self._siren_until_ms is None and not self._pattern

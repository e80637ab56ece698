"""The supervised hold-up loop: what its voltage says, once it has said so for long enough. Pure.

Two resistors at the end of the line make four windows of voltage, in thousandths of the rail (the
numbers are those of hardware/values.toml, and a test compares them). Between two windows is
`fault`, never the nearest. A state counts after three equal classifications over at least 40 ms.
"""

from micropython import const

NORMAL = const(0)
ALARM = const(1)
SHORT = const(2)
OPEN = const(3)
FAULT = const(4)
LOOP_NAMES = ("normal", "alarm", "short", "open", "fault")

WINDOWS = ((SHORT, -50, 60), (NORMAL, 240, 360), (ALARM, 470, 630), (OPEN, 660, 1100))
CLASSIFY_COUNT = const(3)
CLASSIFY_MS_MIN = const(40)
SAMPLE_MS = const(20)


def classify(permille: int) -> int:
    """The state that a reading of `permille` of the rail stands for."""
    for state, low, high in WINDOWS:
        if low <= permille <= high:
            return state
    return FAULT


class Loop:
    """One loop; nothing is known of it before the first state has lasted."""

    def __init__(self) -> None:
        self.state: "int | None" = None
        self._candidate = FAULT
        self._count = 0
        self._since_ms = 0

    def sample(self, now_ms: int, permille: int) -> "int | None":
        """A reading; the new state at the moment it is certain, else None."""
        state = classify(permille)
        if state != self._candidate or not self._count:
            self._candidate = state
            self._count = 0
            self._since_ms = now_ms
        self._count += 1
        if (
            state == self.state
            or self._count < CLASSIFY_COUNT
            or now_ms - self._since_ms < CLASSIFY_MS_MIN
        ):
            return None
        self.state = state
        return state

"""What makes a press out of closed contacts: one button, two together, or one held. Pure.

Two buttons within 500 ms or a hold of 0.1 to 3 s are what police guidelines for hold-up devices ask
for, so that a cleaner's cloth does not call a patrol car.
"""

from micropython import const

SINGLE = "single"
DUAL = "dual"
HOLD = "hold"
MODES = (SINGLE, DUAL, HOLD)
DUAL_MS_MAX = const(500)
HOLD_MS_MIN = const(100)
HOLD_MS_MAX = const(3000)
JAM_MS = const(60000)
"""A contact that stays closed for so long cannot call any more."""


class Trigger:
    """Told of every debounced change; says when a press is complete. One press per closing.

    jammed   a bit for each contact that has stayed closed for JAM_MS; of two the other then calls
             alone
    """

    def __init__(self, mode: str = SINGLE, hold_ms: int = 1000, jammed: int = 0) -> None:
        if mode not in MODES:
            raise ValueError("mode %s is not one of single, dual, hold" % mode)
        self._mode = mode
        self._hold_ms = hold_ms
        self._closed_ms: "dict[int, int]" = {}
        self._due_ms: "int | None" = None
        self._spent = False
        self._open_ms = [0, 0]
        self.jammed = jammed

    def jams(self, button: int, closed: bool, now_ms: int) -> bool:
        """Contact `button` is as it is at `now_ms`; whether that changed `jammed`. Ask often."""
        if closed == bool(self.jammed >> button & 1):
            self._open_ms[button] = now_ms
            return False
        if closed and now_ms - self._open_ms[button] < JAM_MS:
            return False
        self.jammed ^= 1 << button
        return True

    def changed(self, button: int, closed: bool, now_ms: int) -> bool:
        """Contact `button` closed or opened at `now_ms`; True when that completes a press."""
        if not closed:
            self._closed_ms.pop(button, None)
            self._due_ms = None
            self._spent = self._spent and bool(self._closed_ms)
            return False
        self._closed_ms[button] = now_ms
        if self._mode == SINGLE or (self._mode == DUAL and self.jammed):
            return True
        if self._mode == HOLD:
            if self._due_ms is None and not self._spent:
                self._due_ms = now_ms + self._hold_ms
            return False
        times = self._closed_ms.values()
        if self._spent or len(times) < len(MODES) - 1 or max(times) - min(times) > DUAL_MS_MAX:
            return False
        self._spent = True
        return True

    def wait_ms(self, now_ms: int) -> "int | None":
        """How long until `tick` may complete a press; None when only a change can."""
        return None if self._due_ms is None else max(0, self._due_ms - now_ms)

    def tick(self, now_ms: int) -> bool:
        """Time has passed: True when a hold is complete."""
        if self._due_ms is None or now_ms < self._due_ms:
            return False
        self._due_ms = None
        self._spent = True
        return True

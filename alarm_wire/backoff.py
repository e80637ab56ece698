"""Waits between attempts: doubling, capped, spread by a jitter that the caller draws."""


class Backoff:
    """Grows from `wait_ms_min` by doubling to `wait_ms_max`; `reset` after a success.

    The jitter is a number from 0.0 to 1.0 drawn by the caller. A wait lies between half of its
    nominal length and all of it, so a thousand devices that fail together do not return together.

    due_ms   for whoever keeps one of these per thing: when the wait ends
    """

    def __init__(self, wait_ms_min: int, wait_ms_max: int) -> None:
        if not 0 < wait_ms_min <= wait_ms_max:
            raise ValueError(
                "waits must be 0 < min <= max, not %d, %d" % (wait_ms_min, wait_ms_max)
            )
        self.wait_ms_min = wait_ms_min
        self.wait_ms_max = wait_ms_max
        self._nominal_ms = wait_ms_min
        self.due_ms = 0

    def next_ms(self, jitter: float) -> int:
        """Milliseconds to wait now; the next wait is up to twice as long."""
        nominal_ms = self._nominal_ms
        self._nominal_ms = min(nominal_ms * 2, self.wait_ms_max)
        return nominal_ms - int(nominal_ms * (1.0 - jitter)) // 2

    def longest(self) -> bool:
        """Whether the waits have grown as long as they get."""
        return self._nominal_ms == self.wait_ms_max

    def reset(self) -> None:
        """Start again from `wait_ms_min`."""
        self._nominal_ms = self.wait_ms_min

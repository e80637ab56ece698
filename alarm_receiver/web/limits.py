"""How often somebody may be wrong, and how much he may ask, in memory.

It promises that guessing a password is slow, that a right one is never refused because of
somebody else's guesses from another address, and that one who asks too much slows down himself
alone.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

WINDOW_MS = 300_000
FAILURES_MAX = 10
"""Wrong passwords for one name from one address in five minutes."""
ADDRESS_MAX = 100
"""Wrong passwords from one address in five minutes, whatever the names; a centre may have one
address, so whoever has come in from there before comes in all the same."""
KEYS_MAX = 20_000


class Failures:
    """Counts failures; `blocked` says whether another try is allowed at all."""

    def __init__(self) -> None:
        self._failed_ms: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def blocked(self, name: str, address: str, now_ms: int) -> bool:
        """Whether there were too many failures for this name from there lately."""
        return self._count((name.casefold(), address), now_ms) >= FAILURES_MAX

    def crowded(self, address: str, now_ms: int) -> bool:
        """Whether there were too many failures from there lately, whatever the names."""
        return self._count(("", address), now_ms) >= ADDRESS_MAX

    def failed(self, name: str, address: str, now_ms: int) -> None:
        """Note a failure."""
        for key in ((name.casefold(), address), ("", address)):
            self._failed_ms.setdefault(key, []).append(now_ms)
            self._failed_ms.move_to_end(key)
            del self._failed_ms[key][:-ADDRESS_MAX]
        while len(self._failed_ms) > KEYS_MAX:
            self._failed_ms.popitem(last=False)

    def _count(self, key: tuple[str, str], now_ms: int) -> int:
        return sum(one > now_ms - WINDOW_MS for one in self._failed_ms.get(key, ()))


class Rate:
    """Lets `per_second` requests of a name through, and `burst` at once."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_s = per_second
        self._burst = burst
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._lock = Lock()

    def wait_s(self, name: str, now_ms: int) -> float:
        """0 and one request is counted; or how long to wait, and none is."""
        with self._lock:
            left, at_ms = self._left.pop(name, (float(self._burst), now_ms))
            left = min(self._burst, left + max(0, now_ms - at_ms) / 1000 * self._per_s)
            wait_s = 0.0 if left >= 1 else (1 - left) / self._per_s
            self._left[name] = (left if wait_s else left - 1, now_ms)
            while len(self._left) > KEYS_MAX:
                self._left.popitem(last=False)
            return wait_s


class Allowance:
    """Lets `per_second` signals of a device through, and `burst` at once; for one thread.

    It remembers for each device until when its signals have been booked at one every
    `1 / per_second`; who is `burst` of them ahead waits. Registered devices only, so it is bounded.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self._apart_ms = 1000 / per_second
        self._ahead_ms = (burst - 1) * self._apart_ms
        self._booked_ms: dict[bytes, float] = {}

    def take(self, device: bytes, now_ms: int) -> bool:
        """True and one signal is counted; or False, and none is."""
        booked_ms = self._booked_ms.get(device, 0.0)
        if booked_ms < now_ms:
            booked_ms = now_ms
        elif booked_ms - now_ms > self._ahead_ms:
            return False
        self._booked_ms[device] = booked_ms + self._apart_ms
        return True

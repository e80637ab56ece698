"""How often somebody may be wrong: failed sign-ins by name and by address, in memory.

It promises that guessing a password is slow, and that a right one is never refused because of
somebody else's guesses from another address.
"""

from __future__ import annotations

from collections import OrderedDict

WINDOW_MS = 300_000
FAILURES_MAX = 10
"""Wrong passwords for one name from one address in five minutes."""
ADDRESS_MAX = 100
"""Wrong passwords from one address in five minutes, whatever the names."""
KEYS_MAX = 20_000


class Failures:
    """Counts failures; `blocked` says whether another try is allowed at all."""

    def __init__(self) -> None:
        self._failed_ms: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def blocked(self, name: str, address: str, now_ms: int) -> bool:
        """Whether there were too many failures lately."""
        return (
            self._count((name.casefold(), address), now_ms) >= FAILURES_MAX
            or self._count(("", address), now_ms) >= ADDRESS_MAX
        )

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

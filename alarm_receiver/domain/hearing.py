"""Which heartbeats are news: each (epoch, number) of a device counts once.

It promises that a heartbeat recorded on the wire and sent again is told apart from a live one,
while frames that overtook each other inside a small window still count. Pure and in memory.
"""

from __future__ import annotations

WINDOW = 64
"""How many numbers back a late heartbeat may still be heard; two paths reorder by a few."""


class Hearing:
    """What was heard of each device: newest epoch and number, and the window behind it."""

    def __init__(self, devices_max: int = 1_000_000) -> None:
        self.devices_max = devices_max
        self._newest: dict[bytes, tuple[int, int, int]] = {}
        self.heard_ms: dict[bytes, int] = {}

    def hear(self, device: bytes, epoch: int, number: int, now_ms: int) -> bool:
        """Note a heartbeat whose seal held. False: heard before, or older than the window."""
        known = self._newest.get(device)
        if known is None:
            if len(self._newest) >= self.devices_max:
                return False
            self._newest[device] = (epoch, number, 1)
        else:
            seen = self._seen(known, epoch, number)
            if seen is None:
                return False
            self._newest[device] = seen
        self.heard_ms[device] = now_ms
        return True

    def fresh_enough(self, device: bytes, epoch: int, number: int) -> bool:
        """Whether a heartbeat may prove who asks: not older than the window; may come twice."""
        known = self._newest.get(device)
        return known is None or (epoch, number) >= (known[0], known[1] - WINDOW)

    @staticmethod
    def _seen(known: tuple[int, int, int], epoch: int, number: int) -> tuple[int, int, int] | None:
        newest_epoch, newest, window = known
        if epoch != newest_epoch:
            return (epoch, number, 1) if epoch > newest_epoch else None
        if number > newest:
            ahead = number - newest
            window = 1 if ahead >= WINDOW else (window << ahead | 1) & ((1 << WINDOW) - 1)
            return (epoch, number, window)
        bit = 1 << (newest - number)
        if newest - number >= WINDOW or window & bit:
            return None
        return (epoch, newest, window | bit)

"""Which heartbeats are news: each (epoch, number) of a device counts once.

It promises that a heartbeat recorded on the wire and sent again is told apart from a live one,
while frames that overtook each other inside a small window still count; and, with what was `kept`
and given back after a restart, that the same holds across it. Pure and in memory.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarm_wire.signal import Heartbeat

KEEP_MS = 600_000
"""Keypads are supervised by their gateway; that they were heard here is kept now and then."""
WINDOW = 64
"""How many numbers back a late heartbeat may still be heard; two paths reorder by a few."""


class Hearing:
    """What was heard of each device: newest epoch and number, and the window behind it."""

    def __init__(self, devices_max: int = 1_000_000) -> None:
        self.devices_max = devices_max
        self.keep_ms = KEEP_MS
        self._newest: dict[bytes, tuple[int, int, int]] = {}
        self.heard_ms: dict[bytes, int] = {}
        self._unkept: dict[bytes, Heartbeat | None] = {}
        self._since_kept: dict[bytes, None] = {}
        self._lately: dict[bytes, None] = {}
        self._kept_ms: dict[bytes, int] = {}

    def hear(
        self,
        device: bytes,
        epoch: int,
        number: int,
        now_ms: int,
        *,
        prompt: bool = True,
        said: Heartbeat | None = None,
    ) -> bool:
        """Note a heartbeat whose seal held. False: heard before, or older than the window.

        A `prompt` one is to be kept at once, others every `keep_ms`, with what it `said`.
        """
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
        self._since_kept[device] = self._lately[device] = None
        if prompt or now_ms - self._kept_ms.get(device, 0) >= self.keep_ms:
            self._unkept[device] = said
        return True

    def remember(self, device: bytes, epoch: int, number: int, heard_ms: int) -> None:
        """What was kept before a restart: nothing up to `number` counts again."""
        if len(self._newest) < self.devices_max and device not in self._newest:
            self._newest[device] = (epoch, number, (1 << WINDOW) - 1)
            self.heard_ms[device] = heard_ms

    def told(self, device: bytes, heard_ms: int) -> None:
        """Another process heard it; for those who look, not for what counts."""
        if heard_ms > self.heard_ms.get(device, 0):
            self.heard_ms[device] = heard_ms

    def unkept(self, count: int) -> list[tuple[bytes, int, int, int]]:
        """At most `count` devices whose newest (epoch, number, moment) is to be kept."""
        return self._rows(islice(self._unkept, count))

    def since_kept(self) -> list[tuple[bytes, int, int, int]]:
        """All devices of which something newer was heard than what was kept."""
        return self._rows(self._since_kept)

    def lately(self) -> list[tuple[bytes, int, int, int]]:
        """All devices that were heard since this was asked last; from one thread at a time."""
        devices = list(self._lately)
        for one in devices:  # taken off before it is looked at: who is heard meanwhile is on again
            self._lately.pop(one, None)
        return self._rows(devices)

    def said(self, rows: Iterable[tuple[bytes, int, int, int]]) -> list[tuple[Heartbeat, int]]:
        """What the devices of these rows said of themselves, and when."""
        found = ((self._unkept.get(row[0]), row[3]) for row in rows)
        return [(beat, heard_ms) for beat, heard_ms in found if beat is not None]

    def kept(self, rows: Iterable[tuple[bytes, int, int, int]]) -> None:
        """These are in the store now."""
        for device, epoch, number, heard_ms in rows:
            self._kept_ms[device] = heard_ms
            self._since_kept.pop(device, None)
            if self._newest[device][:2] == (epoch, number):
                self._unkept.pop(device, None)
            else:
                self._since_kept[device] = None

    def fresh_enough(self, device: bytes, epoch: int, number: int) -> bool:
        """Whether a heartbeat may prove who asks: not older than the window; may come twice."""
        known = self._newest.get(device)
        return known is None or (epoch, number) >= (known[0], known[1] - WINDOW)

    def _rows(self, devices: Iterable[bytes]) -> list[tuple[bytes, int, int, int]]:
        return [(one, *self._newest[one][:2], self.heard_ms[one]) for one in list(devices)]

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

"""Which numbers of a device are missing: what was sealed before something that arrived.

A device counts its signals without gaps inside an epoch. It promises that a gap is seen when the
number after it arrives; whether it is filled in time is for the caller to look at. It forgets the
longest silent devices beyond its bound. Pure and in memory.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

Device = tuple[str, int]
"""A device in one epoch."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Numbers `first` to `last` of a device's epoch that had not arrived when `last` + 1 had."""

    device: str
    epoch: int
    first: int
    last: int

    @property
    def count(self) -> int:
        """How many numbers it has."""
        return self.last - self.first + 1


class Numbers:
    """The highest number seen of each device."""

    def __init__(self, devices_max: int = 100_000) -> None:
        self._devices_max = devices_max
        self._last: OrderedDict[Device, int] = OrderedDict()

    def __len__(self) -> int:
        return len(self._last)

    def note(self, device: str, epoch: int, number: int) -> Gap | None:
        """Note a number; the gap that it leaves behind it. The first one of an epoch leaves none.

        What was before the first cannot be told from what was sent to another store, or before
        the device came here.
        """
        last = self._last.get((device, epoch))
        self._last[device, epoch] = number if last is None else max(number, last)
        self._last.move_to_end((device, epoch))
        if len(self._last) > self._devices_max:
            self._last.popitem(last=False)
        if last is None or number <= last + 1:
            return None
        return Gap(device, epoch, last + 1, number - 1)

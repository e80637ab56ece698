"""The gateway's own body: mains, lid, clock, disk and configuration, each told when it changes.

It promises that a change is told once and that an input must hold for two looks before it counts.
Inputs are files that the kernel keeps (power_supply, GPIO): what cannot be read is told as lost,
because a cut wire must not look like good news.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarm_wire.signal import (
    CLOCK_SKEWED,
    MAINS_LOST,
    MAINS_RESTORED,
    STORE_RESTORED,
    STORE_TROUBLE,
    TAMPER,
    TAMPER_RESTORED,
)

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.config import Inputs

SKEW_MS_MAX = 60_000
"""The receiver's clock and ours may differ by so much; every stamp of ours is wrong beyond it."""
FREE_BYTES_MIN = 20_000_000
LOOKS = 2


@dataclass(frozen=True, slots=True)
class Change:
    """`kind` of signal to send, `value` for it, and `text` for people."""

    kind: int
    value: int
    text: str


class Body:
    """Looked at once a second by `look`; told the receiver's clock by `clock`."""

    def __init__(self, folder: Path, inputs: Inputs) -> None:
        self._folder = folder
        self._inputs = [
            (inputs.mains_file, inputs.mains_good, MAINS_LOST, MAINS_RESTORED, "mains"),
            (inputs.tamper_file, inputs.tamper_good, TAMPER, TAMPER_RESTORED, "lid"),
        ]
        self._bad: dict[str, bool] = {}
        self._streak: dict[str, int] = {}
        self._skew_ms: dict[int, int] = {}
        self._skewed: set[int] = set()

    def look(self) -> list[Change]:
        """What has changed since the last look."""
        changes = []
        for file, good, lost, restored, name in self._inputs:
            if file:
                value = _read(file)
                text = f"{name}: {file} says {value!r}, good is {good!r}"
                changes += self._settle(name, value != good, lost, restored, text)
        try:
            disk = os.statvfs(self._folder)
        except OSError:
            return changes  # the spool tells of it
        free = disk.f_bavail * disk.f_frsize
        text = f"disk: {free // 1_000_000} MB free below {self._folder}; make room"
        changes += self._settle(
            "disk", free < FREE_BYTES_MIN, STORE_TROUBLE, STORE_RESTORED, text, free // 1_000_000
        )
        return changes

    def clock(self, path: int, receiver_utc_ms: int, our_utc_ms: int) -> list[Change]:
        """A receiver's clock came by `path` under a seal that holds: told when ours is far from it.

        Each path by itself: one receiver whose own clock is wrong is told once, not at each poll.
        """
        skew_ms = our_utc_ms - receiver_utc_ms
        self._skew_ms[path] = skew_ms
        if abs(skew_ms) <= SKEW_MS_MAX:
            self._skewed.discard(path)
            return []
        if path in self._skewed:
            return []
        self._skewed.add(path)
        text = f"our clock is {skew_ms / 1000:.0f} s from the receiver's; is time being kept (NTP)?"
        return [Change(CLOCK_SKEWED, skew_ms // 1000, text)]

    def skew_ms(self, path: int) -> int:
        """How far our clock ran before the receiver's behind `path` at last; 0 if never told."""
        return self._skew_ms.get(path, 0)

    def _settle(  # noqa: PLR0917 - what, how, both kinds, and the words for it
        self, name: str, bad: bool, lost: int, restored: int, text: str, value: int = 0
    ) -> list[Change]:
        if bad == self._bad.get(name, False):
            self._streak[name] = 0
            return []
        self._streak[name] = self._streak.get(name, 0) + 1
        if self._streak[name] < LOOKS:
            return []
        self._streak[name] = 0
        self._bad[name] = bad
        return [Change(lost if bad else restored, value, text)]


def _read(file: str) -> str:
    """The first word of a file; '' when it cannot be read."""
    try:
        with open(file, encoding="ascii", errors="replace") as opened:  # noqa: PTH123 - a sysfs name
            words = opened.read(64).split()
    except OSError:
        return ""
    return words[0] if words else ""

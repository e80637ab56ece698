"""Which paths stand: the broker, and each receiver. Pure; a path is told lost after some patience.

It promises that each loss and each return is told once, and that a receiver which restarts within
the patience is not told at all.
"""

from __future__ import annotations

from dataclasses import dataclass

BROKER = 0
"""The path to the broker at the premises; receivers count from 1. `value` of PATH_LOST."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A path was lost or has returned; `text` says what for people."""

    path: int
    lost: bool
    text: str


class Paths:
    """The standing of some paths; all stand at first."""

    def __init__(self, patience_ms: int) -> None:
        self._patience_ms = patience_ms
        self._failing: dict[int, tuple[int, str]] = {}
        self._lost: set[int] = set()

    def stands(self, path: int) -> list[Standing]:
        """It has just been used."""
        self._failing.pop(path, None)
        if path not in self._lost:
            return []
        self._lost.discard(path)
        return [Standing(path, lost=False, text="")]

    def fails(self, path: int, text: str, now_ms: int) -> bool:
        """It could not be used. True the first time since it last stood."""
        if path in self._failing:
            return False
        self._failing[path] = (now_ms, text)
        return True

    def judge(self, now_ms: int) -> list[Standing]:
        """Those that have failed for longer than the patience."""
        told = []
        for path, (since_ms, text) in self._failing.items():
            if path not in self._lost and now_ms - since_ms >= self._patience_ms:
                self._lost.add(path)
                told.append(Standing(path, lost=True, text=text))
        return told

    def lost(self) -> frozenset[int]:
        """The paths that are told lost."""
        return frozenset(self._lost)

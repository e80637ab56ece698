"""Which paths stand: the broker, and each way to each receiver. Pure; named EN 50136 profiles.

A path is one address of a receiver over one network interface. It promises that the loss of a path
is told once and within the reporting time of its profile, that a second path steps up to the rate
of the first while that one fails, and that a receiver is tried by the best path first and by every
other after it. All receivers lost is told to keypads by nobody here: they miss the receivers'
sealed answers to their heartbeats and light their trouble lamps by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from alarm_wire import profiles

BROKER = 0
"""The path to the broker at the premises; receivers' paths count from 1. `value` of PATH_LOST."""
BROKER_LOST_MS = 10_000
POLL_MS_MAX = 30_000
"""A first path is polled at least so often: the connection for the next alarm stays warm (receivers
close idle ones, commonly after 60 to 75 s)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Reporting times of EN 50136-1:2012+A1: how soon the loss of a path must be known, seconds."""

    name: str
    first_s: int
    second_s: int = 0


PROFILES = {name: Profile(name, *seconds) for name, seconds in profiles.PROFILES.items()}
"""By name; where the figures come from, and what they do not promise, stands there."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way to one receiver: `nth` 0 is its first. `poll_ms` 0: as the profile needs."""

    name: str
    receiver: int
    nth: int
    profile: Profile
    poll_ms: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """A path was lost or has returned; `text` says what for people."""

    path: int
    lost: bool
    text: str


class Paths:
    """The standing of the broker (path 0) and of `paths` (1, 2, ...); all stand at first."""

    def __init__(self, paths: list[Path], now_ms: int) -> None:
        self._paths = paths
        self._stood_ms = [now_ms] * (len(paths) + 1)
        self._failing: dict[int, str] = {}
        self._lost: set[int] = set()

    def stands(self, path: int, now_ms: int) -> list[Standing]:
        """It has just been used."""
        self._stood_ms[path] = now_ms
        self._failing.pop(path, None)
        if path not in self._lost:
            return []
        self._lost.discard(path)
        return [Standing(path, lost=False, text="")]

    def fails(self, path: int, text: str) -> bool:
        """It could not be used. True the first time since it last stood."""
        first = path not in self._failing
        self._failing[path] = text
        return first

    def judge(self, now_ms: int) -> list[Standing]:
        """Those that fail and have not stood for longer than they may."""
        told = []
        for path, text in self._failing.items():
            silent_ms = now_ms - self._stood_ms[path]
            if path not in self._lost and silent_ms >= self._lost_ms(path):
                self._lost.add(path)
                told.append(Standing(path, lost=True, text=text))
        return told

    def poll_ms(self, path: int) -> int:
        """How long after one poll the next is due."""
        one = self._paths[path - 1]
        if one.poll_ms:
            return one.poll_ms
        reporting_ms = self._reporting_ms(path)
        if one.nth and not self._stepped_up(one):
            return reporting_ms // 4
        return min(reporting_ms // 4, POLL_MS_MAX)

    def best(self, receiver: int) -> list[int]:
        """The paths to a receiver: those that stand before those that fail, the first first."""
        mine = [n for n, one in enumerate(self._paths, 1) if one.receiver == receiver]
        return sorted(mine, key=lambda path: (path in self._failing, self._paths[path - 1].nth))

    def lost(self) -> frozenset[int]:
        """The paths that are told lost."""
        return frozenset(self._lost)

    def failing(self) -> dict[int, str]:
        """The paths that fail now, told or not, and why."""
        return dict(self._failing)

    def name(self, path: int) -> str:
        """What people call it."""
        return "broker" if path == BROKER else self._paths[path - 1].name

    def receiver(self, path: int) -> int:
        """The receiver that a path leads to."""
        return self._paths[path - 1].receiver

    def __len__(self) -> int:
        return len(self._stood_ms)

    def _lost_ms(self, path: int) -> int:
        """Three quarters of the reporting time; the rest is for the report to arrive."""
        return BROKER_LOST_MS if path == BROKER else self._reporting_ms(path) * 3 // 4

    def _reporting_ms(self, path: int) -> int:
        one = self._paths[path - 1]
        if one.nth and one.profile.second_s and not self._stepped_up(one):
            return one.profile.second_s * 1000
        return one.profile.first_s * 1000

    def _stepped_up(self, one: Path) -> bool:
        """Whether the first path to the same receiver fails."""
        return any(
            self._paths[path - 1].receiver == one.receiver and not self._paths[path - 1].nth
            for path in self._failing
            if path != BROKER
        )

"""Which paths stand: the broker, and each way to each receiver. Pure; named EN 50136 profiles.

A path is one address of a receiver over one network interface. It promises that the loss of a path
is told once and within the reporting time of its profile, that a link to the broker which falls and
stands again all the time is told as lost too, that a second path steps up to the rate
of the first while that one fails, and that a receiver is tried by the best path first and by every
other after it. All receivers lost is told to keypads by nobody here: they miss the receivers'
sealed answers to their heartbeats and light their trouble lamps by themselves.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from alarm_wire import profiles

BROKER = 0
"""The path to the broker at the premises; receivers' paths count from 1. `value` of PATH_LOST."""
BROKER_LOST_MS = 10_000
FALLS_MAX = 5
FALLS_MS = 300_000
"""So many falls of the broker's link in so long are no accident: commonly a second client with our
name, each cutting the other off. It is told lost until it has fallen less often for as long."""
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
        self._falls_ms: deque[int] = deque(maxlen=FALLS_MAX)
        self._fell = ""
        self._lost: set[int] = set()

    def stands(self, path: int, now_ms: int) -> list[Standing]:
        """It has just been used."""
        self._stood_ms[path] = now_ms
        if self._failing.pop(path, "") and path == BROKER:
            self._falls_ms.append(now_ms)
        if path not in self._lost or (path == BROKER and self._unsteady(now_ms)):
            return []
        self._lost.discard(path)
        return [Standing(path, lost=False, text="")]

    def fails(self, path: int, text: str, now_ms: int) -> bool:
        """It could not be used. True the first time since it last stood."""
        first = path not in self._failing
        self._failing[path] = text
        if path == BROKER:
            self._fell = text
            if first:  # a link stands until it falls; nothing says so in between
                self._stood_ms[BROKER] = now_ms
        return first

    def judge(self, now_ms: int) -> list[Standing]:
        """Those that fail and have not stood for longer than they may."""
        told = self._steadiness(now_ms)
        for path, text in self._failing.items():
            silent_ms = now_ms - self._stood_ms[path]
            if path not in self._lost and silent_ms >= self._lost_ms(path):
                self._lost.add(path)
                told.append(Standing(path, lost=True, text=text))
        return told

    def _unsteady(self, now_ms: int) -> bool:
        return len(self._falls_ms) == FALLS_MAX and now_ms - self._falls_ms[0] < FALLS_MS

    def _steadiness(self, now_ms: int) -> list[Standing]:
        """The broker's link, when it fell too often; its return, when it has not for as long."""
        unsteady = self._unsteady(now_ms)
        if unsteady and BROKER not in self._lost:
            self._lost.add(BROKER)
            text = (
                f"fell {FALLS_MAX} times in {FALLS_MS // 60_000} minutes, last: {self._fell}; "
                "does a second gateway or another client use our name there?"
            )
            return [Standing(BROKER, lost=True, text=text)]
        if BROKER in self._lost and BROKER not in self._failing and not unsteady:
            self._lost.discard(BROKER)
            return [Standing(BROKER, lost=False, text="")]
        return []

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

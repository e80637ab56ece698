"""How long each kind of record is kept, and which rows of a log make one range. Pure values.

It promises that nothing younger than `DAYS_MIN` is ever due, that nothing is due until somebody
has confirmed the periods, and that ranges name every row of theirs and no other one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DAYS_MIN = 30
"""EN 50131-1 wants an intruder system's log for 30 days; nothing here may be kept shorter."""
DAYS_MAX = 36_500
DAY_MS = 86_400_000
Run = tuple[int, int]
"""First and last row of a range, both in it."""


class Kind(StrEnum):
    """A kind of record. `answers` are the interview, notes and calls: what people said."""

    ANSWERS = "answers"
    TIMELINE = "timeline"
    SIGNALS = "signals"
    DEEDS = "deeds"
    SESSIONS = "sessions"
    STRANGERS = "strangers"


CHAINED = (Kind.ANSWERS, Kind.TIMELINE, Kind.SIGNALS, Kind.DEEDS)
"""Kinds whose rows are linked in the audit's chain."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long a kind is kept, and who says so."""

    days: int
    source: str


@dataclass(frozen=True, slots=True)
class Periods:
    """The periods of all kinds. `confirmed_by` is who checked them against the law; or nobody."""

    of: Mapping[Kind, Period]
    confirmed_by: str = ""

    def before_ms(self, kind: Kind, now_ms: int) -> int:
        """Records of `kind` from before this moment are due at `now_ms`."""
        return now_ms - max(self.of[kind].days, DAYS_MIN) * DAY_MS


def runs(rows: Iterable[int]) -> list[Run]:
    """Rows as ranges, in order."""
    found: list[Run] = []
    for row in sorted(rows):
        if found and row == found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found


def without(some: Iterable[Run], rows: Iterable[int]) -> list[Run]:
    """The ranges `some` with `rows` taken out."""
    left = sorted(some)
    for row in sorted(rows):
        for place, (first, last) in enumerate(left):
            if first <= row <= last:
                left[place : place + 1] = [
                    one for one in ((first, row - 1), (row + 1, last)) if one[0] <= one[1]
                ]
                break
    return left

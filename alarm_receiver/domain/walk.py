"""What a press counts for in a walk test: the one rule, for the console, the API and the command.

It promises that a press which may be a real hold-up is asked about and ticks nothing until a person
has vouched for it. By itself a press ticks its button only when the keypad marked it, under its
seal, as made in the installer's test mode, during this test, and for the first time. Whatever is
said here closes, hides and delays no ticket. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_wire.signal import HOLD_UP, PANIC

if TYPE_CHECKING:
    from collections.abc import Sequence

WALKED = frozenset({HOLD_UP, PANIC})
"""What a pressed button sends. Duress, medical and fire are no walk: no word makes them tick."""
SLACK_MS = 2_000
"""Whoever begins the test may press in the same moment."""


class Standing(StrEnum):
    """Whose press it is."""

    MARKED = "marked"
    ASKED = "asked"
    VOUCHED = "vouched"
    DISOWNED = "disowned"


@dataclass(frozen=True, slots=True)
class Press:
    """An emergency of the site. `word`: what somebody said of it last, None for nobody yet.

    `age_ms` is the time from the contact to `received_ms`; a bound from below unless `age_exact`.
    """

    device: str
    kind: int
    marked: bool
    received_ms: int
    age_ms: int
    age_exact: bool
    word: bool | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """`standings` in the order of the presses; `ticks`: device -> place of the press it owes."""

    standings: list[Standing] = field(default_factory=list)
    ticks: dict[str, int] = field(default_factory=dict)


def judge(keypads: Sequence[str], presses: Sequence[Press], since_ms: int) -> Course:
    """Judge `presses`, in the order of arrival, of a walk past `keypads` begun at `since_ms`."""
    course = Course()
    for place, press in enumerate(presses):
        waiting = press.device in keypads and press.device not in course.ticks
        standing = _standing(press, waiting=waiting, since_ms=since_ms)
        course.standings.append(standing)
        vouched = standing is Standing.VOUCHED and press.kind in WALKED
        if waiting and (vouched or standing is Standing.MARKED):
            course.ticks[press.device] = place
    return course


def _standing(press: Press, *, waiting: bool, since_ms: int) -> Standing:
    if press.word is not None:
        return Standing.VOUCHED if press.word else Standing.DISOWNED
    during = press.age_exact and press.received_ms - press.age_ms >= since_ms - SLACK_MS
    if waiting and press.marked and during and press.kind in WALKED:
        return Standing.MARKED
    return Standing.ASKED

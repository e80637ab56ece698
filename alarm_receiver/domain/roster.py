"""Who is on duty: the life of one duty as a table, and what leaving asks for.

It promises that a duty always has an end, that nobody goes on a break who is the last one at the
desk, and that nobody goes home with tickets in his hands: they would only come back after minutes.
Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_receiver.domain.ticket import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

DUTY_MS_MAX = 16 * 3_600_000
"""The longest duty that can be planned; twelve hours and what a night may bring."""
UNPLANNED_MS = 12 * 3_600_000
EARLY_MS = 3_600_000
"""Who comes at most this long before his planned duty begins it."""
BREAK_MS_MAX = 3_600_000
"""A break that lasts longer ends by itself: he is paged again, which is noticed at once."""


class State(StrEnum):
    """Where a duty stands."""

    PLANNED = "planned"
    ON = "on"
    BREAK = "break"
    ENDED = "ended"


class Act(StrEnum):
    """What happens to a duty. RUN_OUT is its own end, or that of a break, by the clock."""

    PLAN = "plan"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    CANCEL = "cancel"
    RUN_OUT = "run_out"


NEXT: dict[tuple[State | None, Act], State] = {
    (None, Act.PLAN): State.PLANNED,
    (None, Act.START): State.ON,
    (State.PLANNED, Act.START): State.ON,
    (State.PLANNED, Act.CANCEL): State.ENDED,
    (State.PLANNED, Act.RUN_OUT): State.ENDED,
    (State.ON, Act.PAUSE): State.BREAK,
    (State.ON, Act.END): State.ENDED,
    (State.ON, Act.RUN_OUT): State.ENDED,
    (State.BREAK, Act.RESUME): State.ON,
    (State.BREAK, Act.END): State.ENDED,
    (State.BREAK, Act.RUN_OUT): State.ON,
}
"""State and act -> state after it. What is not here is refused by name."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One operator's duty. `due_ms` is when the clock acts next; None once it has ended."""

    id: str
    agency: str
    operator: str
    state: State
    from_ms: int
    until_ms: int
    due_ms: int | None
    began_ms: int | None = None
    ended_ms: int | None = None


def planned(id_: str, agency: str, operator: str, from_ms: int, until_ms: int) -> Duty:
    """A duty to come. Raises Refused."""
    if not 0 < until_ms - from_ms <= DUTY_MS_MAX:
        raise Refused(
            f"a duty ends after it begins, {DUTY_MS_MAX // 3_600_000} hours later at most"
        )
    state = NEXT[None, Act.PLAN]
    return Duty(id_, agency, operator, state, from_ms, until_ms, until_ms)


def started(id_: str, agency: str, operator: str, now_ms: int) -> Duty:
    """A duty that nobody planned, from now on."""
    until_ms = now_ms + UNPLANNED_MS
    state = NEXT[None, Act.START]
    return Duty(id_, agency, operator, state, now_ms, until_ms, until_ms, began_ms=now_ms)


def act_on(duty: Duty, act: Act, now_ms: int) -> Duty:
    """The duty after `act`. Raises Refused."""
    if duty.state is State.BREAK and act is Act.RUN_OUT and now_ms >= duty.until_ms:
        act = Act.END  # the duty is over, not only the break
    state = NEXT.get((duty.state, act))
    if state is None:
        raise Refused(f"cannot {act.replace('_', ' ')} a duty that is {duty.state}")
    if act is Act.START and now_ms < duty.from_ms - EARLY_MS:
        raise Refused("the duty begins more than an hour from now")
    if state is State.ENDED:
        return replace(duty, state=state, due_ms=None, ended_ms=now_ms)
    due_ms = duty.until_ms
    if state is State.BREAK:
        due_ms = min(due_ms, now_ms + BREAK_MS_MAX)
    began_ms = now_ms if duty.began_ms is None else duty.began_ms
    return replace(duty, state=state, due_ms=due_ms, began_ms=began_ms)


def check_leave(act: Act, *, others_on: int, held: Iterable[int]) -> None:
    """Raise Refused when an operator may not go now. `held` are numbers of his tickets."""
    tickets = sorted(held)
    if act in (Act.PAUSE, Act.END) and tickets:
        listed = ", ".join(map(str, tickets))
        raise Refused(f"you hold ticket {listed}: hand back or pass on what you hold, then go")
    if act is Act.PAUSE and not others_on:
        raise Refused("you are the last one at the desk; a break needs somebody to take your place")


def overlapping(duties: Iterable[Duty], from_ms: int, until_ms: int) -> Duty | None:
    """A duty that has not ended and shares time with this one."""
    for one in duties:
        if one.state is not State.ENDED and one.from_ms < until_ms and from_ms < one.until_ms:
            return one
    return None


def uncovered(duties: Iterable[Duty], from_ms: int, until_ms: int) -> list[tuple[int, int]]:
    """The stretches of a span in which nobody is on duty nor planned to be."""
    found, covered_ms = [], from_ms
    for one in sorted(duties, key=lambda one: one.from_ms):
        if one.state is State.ENDED or one.until_ms <= covered_ms:
            continue
        if one.from_ms >= until_ms:
            break
        if one.from_ms > covered_ms and one.state is State.PLANNED:
            found.append((covered_ms, one.from_ms))
        covered_ms = one.until_ms
    if covered_ms < until_ms:
        found.append((covered_ms, until_ms))
    return found

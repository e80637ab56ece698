"""The life of a test: a site, or zones of it, whose technical alarms are diverted for a while.

It promises that a test ends by itself, that its end is announced before, and that no emergency is
ever diverted (`domain.intake.class_of`). Where a test stands follows from the clock alone. Pure.
"""

from __future__ import annotations

from enum import StrEnum

WARN_MS = 600_000
"""So long before its end a test is shown as ending: time to prolong it, or to clear up."""


class State(StrEnum):
    """Where a test stands."""

    RUNNING = "running"
    ENDING = "ending"
    ENDED = "ended"


class Act(StrEnum):
    """What happens to a test: PUT and END by people, WARN and RUN_OUT by the clock."""

    PUT = "put"
    WARN = "warn"
    END = "end"
    RUN_OUT = "run_out"


NEXT: dict[tuple[State | None, Act], State] = {
    (None, Act.PUT): State.RUNNING,
    (State.RUNNING, Act.WARN): State.ENDING,
    (State.RUNNING, Act.END): State.ENDED,
    (State.ENDING, Act.END): State.ENDED,
    (State.ENDING, Act.RUN_OUT): State.ENDED,
}
"""State and act -> state after it."""


def state_at(until_ms: int, now_ms: int) -> State:
    """Where a test that ends at `until_ms` stands, as far as the clock has brought it."""
    state = NEXT[None, Act.PUT]
    if now_ms >= until_ms - WARN_MS:
        state = NEXT[state, Act.WARN]
    if now_ms >= until_ms:
        state = NEXT[state, Act.RUN_OUT]
    return state

"""What can be done to a ticket and where that brings it, as one table.

It promises that what is not in `NEXT` is refused by name. Pure values.
"""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a ticket stands. All but CLOSED are live."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DISPATCHED = "dispatched"
    CLOSED = "closed"


class Act(StrEnum):
    """What can be done to a ticket; each act is one entry of its timeline."""

    OPEN = "open"
    SIGNAL = "signal"
    SECURITY = "security"
    SILENCE = "silence"
    RESTORE = "restore"
    CONFIRM = "confirm"
    PAGE = "page"
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    CALL = "call"
    NOTE = "note"
    PARK = "park"
    TRANSFER = "transfer"
    DISPATCH = "dispatch"
    UNDERWAY = "underway"
    ARRIVED = "arrived"
    HAND_BACK = "hand_back"
    COME_BACK = "come_back"
    CLOSE = "close"


class Outcome(StrEnum):
    """How a closed ticket ended."""

    SAFE_BY_PHONE = "safe_by_phone"
    ATTENDED = "attended"
    FALSE_ALARM = "false_alarm"
    REPAIRED = "repaired"
    RESTORED = "restored"
    TEST = "test"


EVIDENCE = (Act.SIGNAL, Act.SECURITY, Act.SILENCE, Act.RESTORE, Act.CONFIRM, Act.PAGE)
_WORDS = (Act.NOTE, Act.ANSWER, Act.CALL)
_HELP = (Act.UNDERWAY, Act.ARRIVED)
_DECIDES = (Act.PARK, Act.TRANSFER, Act.DISPATCH, Act.HAND_BACK, Act.CLOSE)
OF_THE_HOLDER = frozenset({Act.ANSWER, Act.CALL, *_DECIDES, *_HELP})
"""Acts of whoever holds the ticket. Others read along and write notes; a supervisor may step in."""

BEGINS = frozenset({Act.OPEN, Act.HAND_BACK, Act.COME_BACK})
"""Acts that begin a step of the escalation policy: its people are paged, whoever was before."""

NEXT: dict[tuple[State | None, Act], State] = {
    (None, Act.OPEN): State.OPEN,
    (State.OPEN, Act.NOTE): State.OPEN,
    (State.OPEN, Act.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.OPEN, Act.COME_BACK): State.OPEN,
    (State.ACKNOWLEDGED, Act.PARK): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Act.TRANSFER): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Act.DISPATCH): State.DISPATCHED,
    (State.ACKNOWLEDGED, Act.HAND_BACK): State.OPEN,
    (State.ACKNOWLEDGED, Act.COME_BACK): State.OPEN,
    (State.ACKNOWLEDGED, Act.CLOSE): State.CLOSED,
    (State.DISPATCHED, Act.DISPATCH): State.DISPATCHED,
    (State.DISPATCHED, Act.UNDERWAY): State.DISPATCHED,
    (State.DISPATCHED, Act.ARRIVED): State.DISPATCHED,
    (State.DISPATCHED, Act.TRANSFER): State.DISPATCHED,
    (State.DISPATCHED, Act.HAND_BACK): State.OPEN,
    (State.DISPATCHED, Act.COME_BACK): State.OPEN,
    (State.DISPATCHED, Act.CLOSE): State.CLOSED,
    **{(state, act): state for state in State if state != State.CLOSED for act in EVIDENCE},
    **{(state, act): state for state in (State.ACKNOWLEDGED, State.DISPATCHED) for act in _WORDS},
}
"""State and act -> state after it. What is not here is refused by name."""

UNSEEN: dict[Act, frozenset[Act]] = {
    Act.ACKNOWLEDGE: frozenset({*EVIDENCE, Act.NOTE, Act.COME_BACK}),
    Act.NOTE: frozenset(Act) - {Act.CLOSE},
    Act.ANSWER: frozenset(Act) - {Act.CLOSE, Act.HAND_BACK, Act.COME_BACK, Act.TRANSFER},
    Act.CALL: frozenset({*EVIDENCE, *_WORDS, *_HELP}),
    Act.PARK: frozenset({*EVIDENCE, *_WORDS}),
    Act.TRANSFER: frozenset({*EVIDENCE, *_WORDS}),
    Act.DISPATCH: frozenset({*EVIDENCE, *_WORDS, *_HELP}),
    Act.UNDERWAY: frozenset({*EVIDENCE, *_WORDS}),
    Act.ARRIVED: frozenset({*EVIDENCE, *_WORDS, *_HELP}),
    Act.HAND_BACK: frozenset({*EVIDENCE, *_WORDS}),
    Act.CLOSE: frozenset({Act.PAGE}),
}
"""What may have happened since the version that the operator saw, without making his act stale.

A second press while he reaches for the key must not cost him the ticket; closing, though, needs
to have seen everything: nobody closes over a press that came in a moment ago.
"""

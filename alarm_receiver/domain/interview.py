"""The interview: what an operator must get answered, and what follows from it.

It promises that a caller who is unsafe or needs medical help is never talked away: the branch
rule lets a ticket be closed by phone only after "safe" and "no medical help". Pure; answers are
entries of the ticket's timeline, the last one counts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_receiver.domain.ticket import Act, Entry, Outcome, Refused, Ticket, TicketClass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarm_receiver.domain.plan import Plan


ANSWER_MAX = 1_000


class Question(StrEnum):
    """The five questions of the desk, and the two that decide."""

    NATURE = "nature"
    PLACE = "place"
    NUMBER = "number"
    CONTACT = "contact"
    OTHER = "other"
    SAFE = "safe"
    MEDICAL = "medical"


class Branch(StrEnum):
    """What the answers so far ask for."""

    ASK = "ask"
    BY_PHONE = "by_phone"
    DISPATCH = "dispatch"


DECIDING = (Question.SAFE, Question.MEDICAL)
YES_NO = ("yes", "no", "unknown")
REQUIRED = (Question.NATURE, Question.PLACE, Question.NUMBER, Question.CONTACT)
"""Answered before a ticket may be closed by phone. `other` may stay empty."""


def check_answer(question: Question, answer: str) -> None:
    """Raise Refused for an answer that cannot be."""
    if question in DECIDING and answer not in YES_NO:
        raise Refused(f"{question} is answered yes, no or unknown, not {answer!r}")
    if len(answer) > ANSWER_MAX:
        raise Refused(f"an answer has at most {ANSWER_MAX} characters, not {len(answer)}")


def answers(entries: Iterable[Entry]) -> dict[Question, str]:
    """The last answer to each question."""
    return {
        Question(str(entry.detail["question"])): str(entry.detail["answer"])
        for entry in entries
        if entry.act is Act.ANSWER
    }


BRANCHES: dict[tuple[str | None, str | None], Branch] = {
    ("yes", "no"): Branch.BY_PHONE,
    ("yes", None): Branch.ASK,
    (None, "no"): Branch.ASK,
    (None, None): Branch.ASK,
    **{("yes", medical): Branch.DISPATCH for medical in ("yes", "unknown")},
    **{(None, medical): Branch.DISPATCH for medical in ("yes", "unknown")},
    **{
        (safe, medical): Branch.DISPATCH
        for safe in ("no", "unknown")
        for medical in (None, *YES_NO)
    },
}
"""Answers to "safe?" and "medical help?" -> what they ask for; None: not answered yet."""


THREATENED = ("hold_up", "duress")
"""Kinds that ask for help whatever is answered: who says that all is well may be made to."""


def threatened(ticket: Ticket) -> bool:
    """Whether somebody may stand beside the caller: a hold-up, a duress word, a silent alarm."""
    return ticket.kind in THREATENED or ticket.silent


def branch_of(ticket: Ticket, given: Mapping[Question, str]) -> Branch:
    """What the answers ask for on this ticket; no answer talks a threat away."""
    if ticket.class_ is TicketClass.EMERGENCY and threatened(ticket):
        return Branch.DISPATCH
    return branch(given)


def branch(given: Mapping[Question, str]) -> Branch:
    """Unsafe or in need of medical help: dispatch. Unknown counts as not safe."""
    return BRANCHES.get((given.get(Question.SAFE), given.get(Question.MEDICAL)), Branch.ASK)


def check_close(
    ticket: Ticket, outcome: Outcome, given: Mapping[Question, str], plan: Plan
) -> None:
    """Raise Refused when `ticket` may not be closed with `outcome` after these answers."""
    if ticket.class_ is not TicketClass.EMERGENCY:
        return
    if str(outcome) not in plan.outcomes:
        allowed = ", ".join(plan.outcomes)
        raise Refused(f"a {ticket.kind} ends with one of {allowed}, not with {outcome}")
    if outcome is not Outcome.SAFE_BY_PHONE:
        return
    if branch_of(ticket, given) is not Branch.BY_PHONE:
        raise Refused(
            "not by phone: the answers do not say that everybody is safe and nobody needs "
            "medical help; dispatch instead"
        )
    missing = [str(one) for one in REQUIRED if not given.get(one, "").strip()]
    if missing:
        raise Refused(f"ask first: {', '.join(missing)}")

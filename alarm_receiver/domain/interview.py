"""The interview: what an operator must get answered, and what follows from it.

It promises that a caller who is unsafe or needs medical help is never talked away: the branch
rule lets a ticket be closed by phone only after "safe" and "no medical help", and under another
name only after help was sent. Pure; answers are entries of the ticket's timeline, the last counts.
"""

from __future__ import annotations

from dataclasses import dataclass
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


class Missing(StrEnum):
    """What a ticket still needs before it may end so."""

    HELP = "help"
    WORDS = "words"
    BY_PHONE = "by_phone"
    QUESTIONS = "questions"


class Unfinished(Refused):
    """The ticket may not end so yet; `missing` says what for, `questions` which are unasked."""

    def __init__(self, missing: list[Missing], questions: list[Question], why: str) -> None:
        self.missing = missing
        self.questions = questions
        super().__init__(why)


MISSED = {
    Missing.HELP: "send help first, that is what it asks for",
    Missing.WORDS: "write down what they found there who were sent",
    Missing.BY_PHONE: "not by phone: the answers do not say that everybody is safe and nobody "
    "needs medical help; send help instead",
}
WAY_OUT = "a supervisor may end it all the same, with a reason"


@dataclass(frozen=True, slots=True)
class Ending:
    """How somebody wants to end a ticket.

    `helped`: help was sent; `override`: a supervisor's reason to end it without what is missing.
    """

    outcome: Outcome
    helped: bool
    text: str = ""
    override: str = ""


def missing(ticket: Ticket, ending: Ending, given: Mapping[Question, str]) -> list[Missing]:
    """What keeps an emergency from ending so: the branch rule, whatever the ending is called.

    Help is sent where the answers or a threat ask for it; nobody has attended who was not sent;
    and a threat ends with what they found who were sent.
    """
    if ticket.class_ is not TicketClass.EMERGENCY:
        return []
    found: list[Missing] = []
    asked_for = branch_of(ticket, given) is Branch.DISPATCH
    if not ending.helped and (asked_for or ending.outcome is Outcome.ATTENDED):
        found.append(Missing.HELP)
    if threatened(ticket) and not ending.text.strip():
        found.append(Missing.WORDS)
    if ending.override.strip():
        found = []
    if ending.outcome is Outcome.SAFE_BY_PHONE:  # no reason makes somebody safe who is not
        if branch_of(ticket, given) is not Branch.BY_PHONE:
            found.append(Missing.BY_PHONE)
        elif unasked(given):
            found.append(Missing.QUESTIONS)
    return found


def unasked(given: Mapping[Question, str]) -> list[Question]:
    """What must be answered before a ticket is solved by phone, and is not."""
    return [one for one in REQUIRED if not given.get(one, "").strip()]


def helped(entries: Iterable[Entry]) -> bool:
    """Whether help was ever sent."""
    return any(entry.act is Act.DISPATCH for entry in entries)


def check_close(ticket: Ticket, ending: Ending, given: Mapping[Question, str], plan: Plan) -> None:
    """Raise Refused when `ticket` may not be closed with `ending` after these answers."""
    if ticket.class_ is not TicketClass.EMERGENCY:
        return
    if str(ending.outcome) not in plan.outcomes:
        allowed = ", ".join(plan.outcomes)
        raise Refused(f"a {ticket.kind} ends with one of {allowed}, not with {ending.outcome}")
    found = missing(ticket, ending, given)
    if not found:
        return
    questions = unasked(given) if Missing.QUESTIONS in found else []
    said = [MISSED[one] for one in found if one in MISSED]
    if questions:
        said.append(f"ask first: {', '.join(questions)}")
    if not set(found) & {Missing.BY_PHONE, Missing.QUESTIONS}:
        said.append(WAY_OUT)
    raise Unfinished(found, questions, "; ".join(said))

"""The interview: what an operator must find out, and what the answers forbid.

It promises that answers are only ever added (the newest counts, the others stay on the timeline),
and that nobody is left alone who is unsafe or needs medical help: such a ticket cannot be closed
as solved by phone, nor can one where nobody asked. It knows no clock and stores nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_receiver.domain.ticket import Act, Outcome, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarm_receiver.domain.ticket import Entry

TEXT_MAX = 1_000


class Question(StrEnum):
    """What is asked, in the order of asking; the first two decide whether help is sent."""

    SAFE = "safe"
    MEDICAL = "medical"
    NATURE = "nature"
    PLACE = "place"
    NUMBER = "number"
    CONTACT = "contact"
    OTHER = "other"


DECIDING = (Question.SAFE, Question.MEDICAL)
"""Answered with YES, NO or UNKNOWN; the others with words."""
YES, NO, UNKNOWN = "yes", "no", "unknown"
CHOICES = (YES, NO, UNKNOWN)


class Hindrance(StrEnum):
    """Why a ticket cannot be closed as solved by phone."""

    UNSAFE = "unsafe"
    MEDICAL = "medical"
    SAFE_NOT_ASKED = "safe_not_asked"
    MEDICAL_NOT_ASKED = "medical_not_asked"


_SAID = {
    Hindrance.UNSAFE: "somebody is not in a safe place",
    Hindrance.MEDICAL: "somebody needs medical help",
    Hindrance.SAFE_NOT_ASKED: "it is not known whether everybody is safe; ask",
    Hindrance.MEDICAL_NOT_ASKED: "it is not known whether somebody needs medical help; ask",
}


class NotAnAnswer(Refused):
    """The question does not take this answer."""


class NotByPhone(Refused):
    """The answers forbid to close this ticket as solved by phone."""

    def __init__(self, hindrances: tuple[Hindrance, ...]) -> None:
        self.hindrances = hindrances
        why = "; ".join(_SAID[one] for one in hindrances)
        super().__init__(f"cannot be solved by phone: {why}. Send help, or correct the answers")


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, when (milliseconds since 1970, UTC) and who wrote it down."""

    text: str
    at_ms: int
    actor: str


@dataclass(frozen=True, slots=True)
class Interview:
    """The newest answer to each question that has one."""

    answers: dict[Question, Answer] = field(default_factory=dict)

    def said(self, question: Question) -> str:
        """The newest answer's text; empty when there is none."""
        found = self.answers.get(question)
        return found.text if found else ""

    @property
    def hindrances(self) -> tuple[Hindrance, ...]:
        """What forbids to solve this by phone; UNKNOWN counts as not asked."""
        found = []
        safe, medical = self.said(Question.SAFE), self.said(Question.MEDICAL)
        if safe == NO:
            found.append(Hindrance.UNSAFE)
        elif safe != YES:
            found.append(Hindrance.SAFE_NOT_ASKED)
        if medical == YES:
            found.append(Hindrance.MEDICAL)
        elif medical != NO:
            found.append(Hindrance.MEDICAL_NOT_ASKED)
        return tuple(found)

    @property
    def help_is_needed(self) -> bool:
        """Whether an answer says that somebody must be sent."""
        return bool({Hindrance.UNSAFE, Hindrance.MEDICAL} & set(self.hindrances))


def checked(question: str, text: str) -> dict[str, object]:
    """The detail of an ANSWER entry. Raises NotAnAnswer."""
    if question not in set(Question):
        raise NotAnAnswer(f"there is no question {question!r}; ask one of {', '.join(Question)}")
    text = text.strip()
    if len(text) > TEXT_MAX:
        raise NotAnAnswer(f"an answer has at most {TEXT_MAX} characters; this one has {len(text)}")
    if question in DECIDING and text not in CHOICES:
        raise NotAnAnswer(f"{question} is answered with one of {', '.join(CHOICES)}")
    return {"question": question, "answer": text}


def fold(entries: Iterable[Entry]) -> Interview:
    """The interview that a timeline holds, first entry to last."""
    answers: dict[Question, Answer] = {}
    for entry in entries:
        if entry.act is Act.ANSWER:
            question = Question(str(entry.detail["question"]))
            answers[question] = Answer(str(entry.detail["answer"]), entry.at_ms, entry.actor)
    return Interview(answers)


def check_close(outcome: str, entries: Iterable[Entry]) -> None:
    """Refuse to close as solved by phone what the answers forbid. Raises NotByPhone."""
    if outcome != Outcome.SAFE_BY_PHONE:
        return
    hindrances = fold(entries).hindrances
    if hindrances:
        raise NotByPhone(hindrances)

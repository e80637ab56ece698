"""One ticket: what is known, the interview, what was done, and how it ends.

It promises that what an operator typed is not lost to a refusal (the form comes back as it was),
and that nobody closes over a signal that he has not seen: each form names the version it was
drawn from, and a stale one is answered with what happened since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alarm_receiver.domain.interview import Question, answers, check_answer
from alarm_receiver.domain.ticket import Act, Outcome, Refused, Stale, TicketError
from alarm_receiver.store import boards, lines
from alarm_receiver.store.tickets import Unknown
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.acts import act as act_on
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.cards import card
from alarm_receiver.web.pages import Reader, person
from alarm_receiver.web.words import ACTS, N_, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/tickets", include_in_schema=False)
Version = Annotated[int, Form(ge=1, le=2**31 - 1)]
Short = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=4000)]
UNSAFE = N_("Somebody is not in a safe place: send help.")
MEDICAL = N_("Somebody needs medical help: send help.")
ASK_SAFE = N_("Ask whether everybody is in a safe place.")
ASK_MEDICAL = N_("Ask whether somebody needs medical help.")


def hindrances(given: Mapping[Question, str]) -> list[str]:
    """Why these answers forbid to solve it by phone; none when they allow it."""
    safe, medical = given.get(Question.SAFE), given.get(Question.MEDICAL)
    found = []
    if safe != "yes":
        found.append(UNSAFE if safe == "no" else ASK_SAFE)
    if medical != "no":
        found.append(MEDICAL if medical == "yes" else ASK_MEDICAL)
    return found


@dataclass(slots=True)
class Trouble:
    """Why an act was refused, and what was typed: the form shows both again."""

    said: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    status: int = 200


@router.get("/{id}")
def show_ticket(request: Request, id: str, parts: Parts) -> Response:
    """The ticket's screen."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _screen(request, parts, who, id, Trouble())


@router.post("/{id}/answer")
def answer(
    request: Request, id: str, parts: Parts, who: Who, version: Version, question: Short, text: Text
) -> Response:
    """Write an answer down; the page does it by itself a moment after the last key."""

    def detail() -> dict[str, object]:
        if question not in set(Question):
            raise Refused(f"there is no question {question!r}")
        check_answer(Question(question), text)
        return {"question": question, "answer": text}

    return _Doing(request, parts, who, id).do(Act.ANSWER, version, detail, {question: text})


@router.post("/{id}/note")
def note(
    request: Request, id: str, parts: Parts, who: Who, version: Version, text: Text
) -> Response:
    """Write a note on the timeline."""
    typed = {"note": text}
    return _Doing(request, parts, who, id).do(Act.NOTE, version, lambda: {"text": text}, typed)


@router.post("/{id}/dispatch")
def dispatch(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    to: Short,
    text: Text = "",
) -> Response:
    """Record who was sent."""
    typed = {"to": to, "dispatch": text}
    detail = {"to": to, "text": text}
    return _Doing(request, parts, who, id).do(Act.DISPATCH, version, lambda: detail, typed)


@router.post("/{id}/hand-back")
def hand_back(request: Request, id: str, parts: Parts, who: Who, version: Version) -> Response:
    """Give the ticket back to the desk."""
    return _Doing(request, parts, who, id).do(Act.HAND_BACK, version, dict, {}, leave=True)


@router.post("/{id}/close")
def close(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    outcome: Annotated[Outcome, Form()],
    text: Text = "",
) -> Response:
    """Close the ticket with its outcome."""
    typed = {"outcome": str(outcome), "close": text}
    detail = {"outcome": str(outcome), "text": text}
    doing = _Doing(request, parts, who, id)
    return doing.do(Act.CLOSE, version, lambda: detail, typed, leave=True)


@dataclass(slots=True)
class _Doing:
    """One act on a ticket, and the answer to whoever asked for it."""

    request: Request
    parts: Context
    who: Operator
    id: str

    def do(
        self, act: Act, version: int, detail: Any, typed: dict[str, str], *, leave: bool = False
    ) -> Response:
        """Do it; then back to the ticket (or to the desk), or to the form with what is wrong."""
        wants_json = "application/json" in self.request.headers.get("accept", "")
        try:
            whole = act_on(self.parts, self.who, self.id, act, version, detail())
        except TicketError as error:
            said = self.explain(error, typed.get("outcome", ""))
            if wants_json:
                return JSONResponse({"said": said}, 409)
            trouble = Trouble(said, typed, 409)
            return _screen(self.request, self.parts, self.who, self.id, trouble)
        if wants_json:
            return JSONResponse({"version": whole.version})
        return RedirectResponse("/" if leave else f"/tickets/{self.id}", 303)

    def explain(self, error: TicketError, outcome: str) -> str:
        """Why an act was refused, in the reader's words."""
        spoken = Reader.of(self.request).language
        if isinstance(error, Stale):
            what = ", ".join(
                f"{spoken(word(ACTS, str(one.act)))} (\u2068{person(one.actor)}\u2069)"
                for one in error.unseen
            )
            said = spoken("Something happened since you looked: %(what)s. Look, then decide again.")
            return said % {"what": what}
        if outcome == Outcome.SAFE_BY_PHONE:
            with self.parts.reader.connect() as connection:
                board = boards.one(connection, self.who.agency, self.id)
            if why := hindrances(answers(board.entries)):
                return " ".join(spoken(one) for one in why)
        return spoken("That cannot be done to this ticket now.")


def _screen(
    request: Request, parts: Context, who: Operator, id_: str, trouble: Trouble
) -> Response:
    with parts.reader.connect() as connection:
        board = boards.one(connection, who.agency, id_)
        line = lines.some(connection, who.agency, [id_]).get(id_)
    if line is None:
        raise Unknown(id_)
    given = answers(board.entries)
    mine = board.ticket.holder == f"operator:{who.name}"
    values = {
        "ticket": board.ticket,
        "card": card(line),
        "signals": board.signals,
        "entries": list(reversed(board.entries)),
        "given": {str(question): text for question, text in given.items()},
        "hindrances": hindrances(given),
        "outcomes": [str(one) for one in _outcomes(str(board.ticket.class_))],
        "mine": mine,
        "working": mine and str(board.ticket.state) in ("acknowledged", "dispatched"),
        "trouble": trouble,
    }
    return shell.screen(request, parts, who, "ticket.html", values, trouble.status)


def _outcomes(class_: str) -> tuple[Outcome, ...]:
    """How a ticket of this class can end, the usual first."""
    if class_ == "emergency":
        return (Outcome.SAFE_BY_PHONE, Outcome.ATTENDED, Outcome.FALSE_ALARM)
    if class_ == "technical":
        return (Outcome.REPAIRED, Outcome.ATTENDED, Outcome.FALSE_ALARM)
    return (Outcome.TEST, Outcome.FALSE_ALARM, Outcome.ATTENDED)

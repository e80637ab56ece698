"""One ticket: what is known, the interview, what was done, and how it ends.

It promises that what an operator typed is not lost to a refusal (the form comes back as it was),
and that nobody closes over a signal that he has not seen: each form names the version it was
drawn from, and a stale one is answered with what happened since.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alarm_receiver.domain.dispatch import EXPECTED_S_MAX
from alarm_receiver.domain.escalation import PARK_MS_MAX
from alarm_receiver.domain.interview import Question, Unfinished, answers, check_answer
from alarm_receiver.domain.ticket import Act, Outcome, Refused, Stale, TicketError
from alarm_receiver.store import boards
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.acts import act as act_on
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.sheet import Trouble, draw, unfinished
from alarm_receiver.web.pages import Reader, person
from alarm_receiver.web.refusals import refusal
from alarm_receiver.web.words import ACTS, N_, word

if TYPE_CHECKING:
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/tickets", include_in_schema=False)
Version = Annotated[int, Form(ge=1, le=2**31 - 1)]
Short = Annotated[str, Form(max_length=200)]
Text = Annotated[str, Form(max_length=4000)]
Target = Literal["premises", "keyholder", "agency"]


@router.get("/{id}")
def show_ticket(request: Request, id: str, parts: Parts) -> Response:
    """The ticket's screen."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else draw(request, parts, who, id, Trouble())


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


@router.post("/{id}/call")
def call(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    target: Annotated[Target, Form()],
    name: Short = "",
    result: Text = "",
    override: Short = "",
) -> Response:
    """Record a call. The plan may forbid to ring the site; a supervisor may override it."""
    detail: dict[str, object] = {"target": target, "who": name, "result": result}
    if override.strip():
        detail["override"] = override.strip()
    typed = {"target": target, "name": name, "result": result, "override": override}
    return _Doing(request, parts, who, id).do(Act.CALL, version, lambda: detail, typed)


@router.post("/{id}/park")
def park(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    minutes: Annotated[int, Form(ge=1, le=PARK_MS_MAX // 60_000)],
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Put the ticket aside; it comes back by itself."""
    typed = {"why": reason, "minutes": str(minutes)}

    def detail() -> dict[str, object]:
        if not reason.strip():
            raise Refused("putting it aside needs a reason")
        return {"park_ms": minutes * 60_000, "reason": reason.strip()}

    return _Doing(request, parts, who, id).do(Act.PARK, version, detail, typed)


@router.post("/{id}/transfer")
def transfer(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    to: Short,
    reason: Short = "",
) -> Response:
    """Pass the ticket on; a supervisor also one that somebody else holds."""
    detail: dict[str, object] = {"to": f"operator:{to}", "reason": reason.strip()}
    with parts.reader.connect() as connection:
        holder = boards.one(connection, who.agency, id).ticket.holder
    doing = _Doing(request, parts, who, id)
    typed = {"whom": reason, "to": to}
    leave = holder == f"operator:{who.name}"
    return doing.do(Act.TRANSFER, version, lambda: detail, typed, leave=leave)


@router.post("/{id}/dispatch")
def dispatch(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    to: Short = "",
    unit: Short = "",
    text: Text = "",
) -> Response:
    """Record who was sent: a unit of the list, or somebody else in words."""
    typed = {"to": to, "dispatch": text, "unit": unit}

    def detail() -> dict[str, object]:
        if to.strip():
            return {"to": to.strip(), "text": text}
        if not unit:
            raise Refused("nobody is named to be sent")
        return {"to": unit, "unit": unit, "text": text}

    return _Doing(request, parts, who, id).do(Act.DISPATCH, version, detail, typed)


@router.post("/{id}/underway")
def underway(
    request: Request,
    id: str,
    parts: Parts,
    who: Who,
    version: Version,
    minutes: Annotated[int, Form(ge=1, le=EXPECTED_S_MAX // 60)],
) -> Response:
    """Record that help confirmed and when it expects to be there."""
    detail: dict[str, object] = {"expected_s": minutes * 60}
    typed = {"underway": str(minutes)}
    return _Doing(request, parts, who, id).do(Act.UNDERWAY, version, lambda: detail, typed)


@router.post("/{id}/arrived")
def arrived(request: Request, id: str, parts: Parts, who: Who, version: Version) -> Response:
    """Record that help has arrived."""
    return _Doing(request, parts, who, id).do(Act.ARRIVED, version, dict, {})


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
    override: Short = "",
) -> Response:
    """Close the ticket with its outcome; a supervisor also without what is missing."""
    typed = {"outcome": str(outcome), "close": text, "unfinished": override}
    detail = {"outcome": str(outcome), "text": text}
    if override.strip():
        detail["override"] = override.strip()
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
            said = detail()
            if not self._done(act, version, said):
                act_on(self.parts, self.who, self.id, act, version, said)
        except TicketError as error:
            said = self.explain(error)
            if wants_json:
                return JSONResponse({"said": said}, 409)
            trouble = Trouble(said, typed, 409)
            return draw(self.request, self.parts, self.who, self.id, trouble)
        if wants_json:
            with self.parts.reader.connect() as connection:
                board = boards.one(connection, self.who.agency, self.id)
            return JSONResponse({"version": board.ticket.version})
        return RedirectResponse("/" if leave else f"/tickets/{self.id}", 303)

    def _done(self, act: Act, version: int, said: dict[str, object]) -> bool:
        """Whether this very form was taken before: a second Enter, or an answer that was lost."""
        with self.parts.reader.connect() as connection:
            board = boards.one(connection, self.who.agency, self.id)
        return any(
            one.version > version
            and one.act is act
            and one.actor == f"operator:{self.who.name}"
            and all(one.detail.get(name) == value for name, value in said.items())
            for one in board.entries
        )

    def explain(self, error: TicketError) -> str:
        """Why an act was refused, in the reader's words."""
        spoken = Reader.of(self.request).language
        if isinstance(error, Stale):
            what = ", ".join(
                f"{spoken(word(ACTS, str(one.act)))} (\u2068{person(one.actor)}\u2069)"
                for one in error.unseen
            )
            said = spoken("Something happened since you looked: %(what)s. Look, then decide again.")
            return said % {"what": what}
        if isinstance(error, Unfinished):
            with self.parts.reader.connect() as connection:
                board = boards.one(connection, self.who.agency, self.id)
            return " ".join(unfinished(error.missing, answers(board.entries), spoken))
        found = refusal(error, spoken, N_("That cannot be done to this ticket now."))
        self.request.state.wrong = found.fields
        return found.said

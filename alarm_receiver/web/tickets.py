"""Tickets over the API: list, read, and the acts of an operator.

Every act names the `version` of the ticket that its maker saw: in the body, or as the ticket's ETag
in If-Match. When something happened since that he must have seen, the answer is 409 and names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from alarm_receiver.domain.ticket import Act, State, TicketClass
from alarm_receiver.store import boards, pages
from alarm_receiver.store.people import Operator
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.acts import act, read, whole
from alarm_receiver.web.context import Context
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import (
    ActForm,
    AnswerForm,
    CallForm,
    CloseForm,
    DispatchForm,
    NoteForm,
    PageShown,
    ParkForm,
    Tickets,
    TicketWhole,
    TransferForm,
    UnderwayForm,
    iso,
)

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
ACTS = answers(401, 403, 404, 409, 422, 503)
VERSION_MAX = 2**31 - 1
_ETAG = re.compile(r'"([1-9][0-9]{0,9})"')


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for an act, which version he says he saw, and where the new ETag goes."""

    parts: Context
    who: Operator
    response: Response
    seen: int | None

    def act(
        self, id: str, act_: Act, version: int | None, detail: dict[str, object]
    ) -> TicketWhole:
        """Do it. Raises 422 when no version is named, or two."""
        if version is not None and self.seen not in (None, version):
            raise ApiError(422, f"the body names version {version}, If-Match {self.seen}")
        saw = version or self.seen
        if saw is None:
            raise ApiError(422, "name the version that you saw: in the body, or as If-Match")
        found = act(self.parts, self.who, id, act_, saw, detail)
        self.response.headers["ETag"] = f'"{found.version}"'
        return found


def asked(
    parts: Parts,
    who: Who,
    response: Response,
    if_match: Annotated[
        str | None,
        Header(description="ETag of the ticket as you saw it; instead of `version` in the body"),
    ] = None,
) -> Asked:
    """Read If-Match. A press that came in since is no conflict for acts that it cannot spoil."""
    seen: int | None = None
    if if_match is not None:
        found = _ETAG.fullmatch(if_match.strip())
        if found is None or int(found[1]) > VERSION_MAX:
            raise ApiError(422, 'If-Match is the ETag of one ticket, as in "7"')
        seen = int(found[1])
    return Asked(parts, who, response, seen)


Ask = Annotated[Asked, Depends(asked)]


@router.get("", responses=answers(401, 422))
def list_tickets(
    parts: Parts,
    who: Who,
    request: Request,
    response: Response,
    state: Annotated[list[State] | None, Query(description="Only these states")] = None,
    class_: Annotated[
        list[TicketClass] | None, Query(alias="class", description="Only these classes")
    ] = None,
    site: Annotated[str | None, Query(max_length=36, description="Only this site")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(max_length=18, description="`next` of the page before")
    ] = None,
) -> Tickets:
    """Tickets of your agency, newest first, with their signals and timelines."""
    if after and not (after.isascii() and after.isdigit()):
        raise ApiError(422, "after is the `next` of a page, a number")
    with parts.reader.connect() as connection:
        rows = boards.page(
            connection,
            who.agency,
            states=[str(one) for one in state or ()],
            classes=[str(one) for one in class_ or ()],
            site_id=site,
            below=int(after) if after else None,
            count=limit,
        )
    last = str(rows[-1].ticket.number) if len(rows) == limit else None
    if last:  # as with every list, beside what stands in the body
        kept = [one for one in request.query_params.multi_items() if one[0] != "after"]
        url = f"{request.url.path}?{urlencode([*kept, ('after', last)])}"
        response.headers["Link"] = f'<{url}>; rel="next"'
    return Tickets(tickets=[whole(parts, row) for row in rows], next=last)


@router.get("/{id}", responses=answers(401, 404))
def read_ticket(id: str, parts: Parts, who: Who, response: Response) -> TicketWhole:
    """One ticket with its signals, timeline, interview and response plan. ETag is its version."""
    found = read(parts, who, id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.get("/{id}/pages", responses=answers(401, 404, 422))
def list_pages(id: str, parts: Parts, who: Who, asked: Listed) -> list[PageShown]:
    """Who was paged for this ticket, on which channel, and how far it got."""
    with parts.reader.connect() as connection:
        boards.check_agency(connection, who.agency, id)
        rows = asked.rows(connection, pages.list_of(id))
    return [PageShown(made_at=iso(row.pop("made_ms")) or "", **row) for row in rows]


@router.post("/{id}/acknowledge", responses=ACTS)
def acknowledge_ticket(id: str, form: ActForm, ask: Ask) -> TicketWhole:
    """Take the ticket. The keypads of its signals are told that a person has it."""
    return ask.act(id, Act.ACKNOWLEDGE, form.version, {})


@router.post("/{id}/answer", responses=ACTS)
def answer_question(id: str, form: AnswerForm, ask: Ask) -> TicketWhole:
    """Write down the answer to a question of the interview; the last answer counts.

    `safe` and `medical` take yes, no or unknown. Unless they say safe and no medical help, the
    ticket cannot be closed by phone.
    """
    detail: dict[str, object] = {"question": str(form.question), "answer": form.answer}
    return ask.act(id, Act.ANSWER, form.version, detail)


@router.post("/{id}/call", responses=ACTS)
def record_call(id: str, form: CallForm, ask: Ask) -> TicketWhole:
    """Ask to call somebody, and record it. Calling the premises of a silent alarm is refused.

    A supervisor may override that with a reason; it stays on the timeline.
    """
    detail: dict[str, object] = {"target": form.target, "who": form.who, "result": form.result}
    if form.override and form.override.strip():
        detail["override"] = form.override.strip()
    return ask.act(id, Act.CALL, form.version, detail)


@router.post("/{id}/note", responses=ACTS)
def note_on_ticket(id: str, form: NoteForm, ask: Ask) -> TicketWhole:
    """Write a note on the timeline."""
    return ask.act(id, Act.NOTE, form.version, {"text": form.text})


@router.post("/{id}/park", responses=ACTS)
def park_ticket(id: str, form: ParkForm, ask: Ask) -> TicketWhole:
    """Put the ticket aside for ten minutes at most; it comes back to the desk by itself.

    Twice in all; after that a supervisor does it.
    """
    detail: dict[str, object] = {"park_ms": form.park_s * 1000, "reason": form.reason}
    return ask.act(id, Act.PARK, form.version, detail)


@router.post("/{id}/transfer", responses=ACTS)
def transfer_ticket(id: str, form: TransferForm, ask: Ask) -> TicketWhole:
    """Pass the ticket on to another operator.

    A ticket that somebody else holds, or that was passed on twice, only a supervisor passes on, and
    gives a reason; the entry names from whom and to whom.
    """
    detail: dict[str, Any] = {"to": f"operator:{form.to}", "reason": form.reason}
    return ask.act(id, Act.TRANSFER, form.version, detail)


@router.post("/{id}/dispatch", responses=ACTS)
def dispatch_ticket(id: str, form: DispatchForm, ask: Ask) -> TicketWhole:
    """Record whom you sent. Unless somebody confirms it in two minutes, an emergency comes back."""
    detail: dict[str, object] = {"to": form.to, "text": form.text}
    if form.unit:
        detail["unit"] = form.unit
    return ask.act(id, Act.DISPATCH, form.version, detail)


@router.post("/{id}/underway", responses=ACTS)
def confirm_help(id: str, form: UnderwayForm, ask: Ask) -> TicketWhole:
    """Record that help confirmed, and when it expects to be there; the ticket waits until then."""
    return ask.act(id, Act.UNDERWAY, form.version, {"expected_s": form.expected_s})


@router.post("/{id}/arrived", responses=ACTS)
def help_arrived(id: str, form: ActForm, ask: Ask) -> TicketWhole:
    """Record that help has arrived."""
    return ask.act(id, Act.ARRIVED, form.version, {})


@router.post("/{id}/hand-back", responses=ACTS)
def hand_back_ticket(id: str, form: ActForm, ask: Ask) -> TicketWhole:
    """Give the ticket back to the desk; it waits to be acknowledged again."""
    return ask.act(id, Act.HAND_BACK, form.version, {})


@router.post("/{id}/close", responses=ACTS)
def close_ticket(id: str, form: CloseForm, ask: Ask) -> TicketWhole:
    """Close the ticket with its outcome. A closed ticket is never opened again.

    The response plan says which outcomes end this kind; by phone only after the interview. Where
    the answers ask for help, or it is a hold-up, a duress or silent, it ends after help was sent;
    the latter with what they found. A supervisor may `override` that with a reason.
    """
    detail: dict[str, object] = {"outcome": str(form.outcome), "text": form.text}
    if form.override and form.override.strip():
        detail["override"] = form.override.strip()
    return ask.act(id, Act.CLOSE, form.version, detail)

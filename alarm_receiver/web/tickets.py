"""Tickets over the API: list, read, and the acts of an operator.

Every act names the `version` of the ticket that its maker saw, in the body. When
something happened since that he must have seen, the answer is 409 and names it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from alarm_receiver.domain.ticket import Act, State, TicketClass
from alarm_receiver.store import boards, pages
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.acts import act, read, whole
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
    iso,
)

router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
ACTS = answers(401, 403, 404, 409, 422, 503)


@router.get("", responses=answers(401, 422))
def list_tickets(
    parts: Parts,
    who: Who,
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
    return Tickets(tickets=[whole(parts, row) for row in rows], next=last)


@router.get("/{id}", responses=answers(401, 404))
def read_ticket(id: str, parts: Parts, who: Who, response: Response) -> TicketWhole:
    """One ticket with its signals, timeline, interview and response plan. ETag is its version."""
    found = read(parts, who, id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.get("/{id}/pages", responses=answers(401, 404))
def list_pages(id: str, parts: Parts, who: Who) -> list[PageShown]:
    """Who was paged for this ticket, on which channel, and how far it got."""
    with parts.reader.connect() as connection:
        boards.one(connection, who.agency, id)
        rows = pages.of_ticket(connection, id)
    return [PageShown(made_at=iso(row.pop("made_ms")) or "", **row) for row in rows]


@router.post("/{id}/acknowledge", responses=ACTS)
def acknowledge_ticket(id: str, form: ActForm, parts: Parts, who: Who) -> TicketWhole:
    """Take the ticket. The keypads of its signals are told that a person has it."""
    return act(parts, who, id, Act.ACKNOWLEDGE, form.version, {})


@router.post("/{id}/answer", responses=ACTS)
def answer_question(id: str, form: AnswerForm, parts: Parts, who: Who) -> TicketWhole:
    """Write down the answer to a question of the interview; the last answer counts.

    `safe` and `medical` take yes, no or unknown. Unless they say safe and no medical help, the
    ticket cannot be closed by phone.
    """
    detail: dict[str, object] = {"question": str(form.question), "answer": form.answer}
    return act(parts, who, id, Act.ANSWER, form.version, detail)


@router.post("/{id}/call", responses=ACTS)
def record_call(id: str, form: CallForm, parts: Parts, who: Who) -> TicketWhole:
    """Ask to call somebody, and record it. Calling the premises of a silent alarm is refused.

    A supervisor may override that with a reason; it stays on the timeline.
    """
    detail: dict[str, object] = {"target": form.target, "who": form.who, "result": form.result}
    if form.override and form.override.strip():
        detail["override"] = form.override.strip()
    return act(parts, who, id, Act.CALL, form.version, detail)


@router.post("/{id}/note", responses=ACTS)
def note_on_ticket(id: str, form: NoteForm, parts: Parts, who: Who) -> TicketWhole:
    """Write a note on the timeline."""
    return act(parts, who, id, Act.NOTE, form.version, {"text": form.text})


@router.post("/{id}/park", responses=ACTS)
def park_ticket(id: str, form: ParkForm, parts: Parts, who: Who) -> TicketWhole:
    """Put the ticket aside for ten minutes at most; it comes back to the desk by itself."""
    detail: dict[str, object] = {"park_ms": form.park_s * 1000, "reason": form.reason}
    return act(parts, who, id, Act.PARK, form.version, detail)


@router.post("/{id}/transfer", responses=ACTS)
def transfer_ticket(id: str, form: TransferForm, parts: Parts, who: Who) -> TicketWhole:
    """Pass the ticket on to another operator; after two times only a supervisor may."""
    detail: dict[str, Any] = {"to": f"operator:{form.to}", "reason": form.reason}
    detail["supervised"] = who.role in ("supervisor", "admin")
    return act(parts, who, id, Act.TRANSFER, form.version, detail)


@router.post("/{id}/dispatch", responses=ACTS)
def dispatch_ticket(id: str, form: DispatchForm, parts: Parts, who: Who) -> TicketWhole:
    """Record whom you sent."""
    return act(parts, who, id, Act.DISPATCH, form.version, {"to": form.to, "text": form.text})


@router.post("/{id}/hand-back", responses=ACTS)
def hand_back_ticket(id: str, form: ActForm, parts: Parts, who: Who) -> TicketWhole:
    """Give the ticket back to the desk; it waits to be acknowledged again."""
    return act(parts, who, id, Act.HAND_BACK, form.version, {})


@router.post("/{id}/close", responses=ACTS)
def close_ticket(id: str, form: CloseForm, parts: Parts, who: Who) -> TicketWhole:
    """Close the ticket with its outcome. A closed ticket is never opened again.

    The response plan says which outcomes end this kind; by phone only after the interview.
    """
    detail: dict[str, object] = {"outcome": str(form.outcome), "text": form.text}
    return act(parts, who, id, Act.CLOSE, form.version, detail)

"""Tickets over the API: list, read, and the acts of an operator.

Every act names the `version` of the ticket that its maker saw. When something happened since
that he must have seen, the answer is 409 and names it.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import Connection

from alarm_receiver.domain.interview import check_answer
from alarm_receiver.domain.ticket import Act, State, TicketClass
from alarm_receiver.store import boards
from alarm_receiver.store import tickets as store
from alarm_receiver.store.people import Operator
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import (
    ActForm,
    AnswerForm,
    CloseForm,
    DispatchForm,
    EntryShown,
    NoteForm,
    SignalShown,
    Tickets,
    TicketWhole,
    shown,
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
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[
        str | None, Query(max_length=20, description="`next` of the page before")
    ] = None,
) -> Tickets:
    """Tickets of your agency, newest first, with their signals and timelines."""
    try:
        below = int(after) if after else None
    except ValueError:
        raise ApiError(422, "after is the `next` of a page, a number") from None
    with parts.reader.connect() as connection:
        rows = boards.page(
            connection,
            who.agency,
            states=[str(one) for one in state or ()],
            classes=[str(one) for one in class_ or ()],
            below=below,
            count=limit,
        )
    last = str(rows[-1].ticket.number) if len(rows) == limit else None
    return Tickets(tickets=[_whole(row) for row in rows], next=last)


@router.get("/{id}", responses=answers(401, 404))
def read_ticket(id: str, parts: Parts, who: Who) -> TicketWhole:
    """One ticket with its signals and its timeline."""
    return _read(parts, who, id)


@router.post("/{id}/acknowledge", responses=ACTS)
def acknowledge_ticket(id: str, form: ActForm, parts: Parts, who: Who) -> TicketWhole:
    """Take the ticket. The keypads of its signals are told that a person has it."""
    return act(parts, who, id, Act.ACKNOWLEDGE, form.version, {})


@router.post("/{id}/note", responses=ACTS)
def note_on_ticket(id: str, form: NoteForm, parts: Parts, who: Who) -> TicketWhole:
    """Write a note on the timeline."""
    return act(parts, who, id, Act.NOTE, form.version, {"text": form.text})


@router.post("/{id}/answer", responses=ACTS)
def answer_on_ticket(id: str, form: AnswerForm, parts: Parts, who: Who) -> TicketWhole:
    """Write down an answer of the interview; the newest to each question counts."""
    check_answer(form.question, form.answer)
    detail: dict[str, object] = {"question": str(form.question), "answer": form.answer}
    return act(parts, who, id, Act.ANSWER, form.version, detail)


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
    """Close the ticket with its outcome. A closed ticket is never opened again."""
    detail: dict[str, object] = {"outcome": str(form.outcome), "text": form.text}
    return act(parts, who, id, Act.CLOSE, form.version, detail)


def act(
    parts: Context, who: Operator, id_: str, act_: Act, version: int, detail: dict[str, object]
) -> TicketWhole:
    """Do an act as `who`, and read the ticket as it is then."""
    now_ms = parts.clock.now_ms()

    def do(connection: Connection) -> None:
        boards.check_agency(connection, who.agency, id_)
        store.act(
            connection,
            id_,
            act_,
            version=version,
            now_ms=now_ms,
            actor=f"operator:{who.name}",
            detail=detail,
        )

    parts.writer.do(do)
    return _read(parts, who, id_)


def _read(parts: Context, who: Operator, id_: str) -> TicketWhole:
    with parts.reader.connect() as connection:
        return _whole(boards.one(connection, who.agency, id_))


def _whole(row: boards.Board) -> TicketWhole:
    return TicketWhole(
        **shown(row.ticket),
        site_name=row.site_name,
        account=row.account,
        signals=[SignalShown.of(one) for one in row.signals],
        entries=[EntryShown.of(one) for one in row.entries],
    )

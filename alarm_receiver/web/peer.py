"""What the other receiver says that its people did: taken over here, once.

It promises that a ticket which somebody works on over there is not shown here as if nobody did,
and that an act which does not fit any more changes nothing.
"""

from __future__ import annotations

import hmac
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from pydantic import Field
from sqlalchemy import Connection

from alarm_receiver.domain.ticket import Act, Outcome, State, Ticket, TicketError
from alarm_receiver.store import tickets
from alarm_receiver.web.access import Parts
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form

router = APIRouter(prefix="/v1/peer", tags=["peer"])


class PeerForm(Form):
    """What somebody did to a ticket at the other receiver."""

    ticket: Annotated[str, Field(max_length=36)]
    act: Literal["acknowledge", "note", "answer", "call", "dispatch", "park", "transfer", "close"]
    actor: Annotated[str, Field(max_length=80)]
    outcome: Outcome | None = None


@router.post("/acts", status_code=204, responses=answers(401, 404, 422, 503))
def take_over(form: PeerForm, parts: Parts, authorization: Annotated[str, Header()] = "") -> None:
    """Take over what was done at the other receiver; only it knows the secret."""
    secret = parts.settings.peer_secret.get_secret_value()
    given = authorization.removeprefix("Bearer ").encode()
    if not secret or not hmac.compare_digest(given, secret.encode()):
        raise ApiError(401, "only the other receiver may do this")
    now_ms = parts.clock.now_ms()

    def do(connection: Connection) -> None:
        ticket = tickets.read(connection, form.ticket)
        for act, detail in _wanted(form, ticket):
            try:
                tickets.act(
                    connection,
                    ticket.id,
                    act,
                    version=None,
                    now_ms=now_ms,
                    actor=f"receiver:{form.actor}"[:80],
                    detail=detail,
                    policies=parts.policies,
                )
            except TicketError:
                return  # somebody here was faster; both timelines say what happened

    parts.writer.do(do)


def _wanted(form: PeerForm, ticket: Ticket) -> list[tuple[Act, dict[str, object]]]:
    """The acts that bring our ticket where theirs is."""
    acts: list[tuple[Act, dict[str, object]]] = []
    if ticket.state is State.CLOSED:
        return acts
    if ticket.state is State.OPEN:
        acts.append((Act.ACKNOWLEDGE, {"peer": True}))
    if form.act == "close":
        acts.append((Act.CLOSE, {"outcome": str(form.outcome or Outcome.ATTENDED), "peer": True}))
    elif form.act != "acknowledge":
        acts.append((Act.NOTE, {"text": form.act, "peer": True}))
    return acts

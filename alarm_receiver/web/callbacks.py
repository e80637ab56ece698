"""Call-backs of agencies' own systems: they acknowledge a ticket or say that it is done.

The body is sealed with the endpoint's secret (Standard Webhooks); there is no other login. It names
its page, so that it is good for no other one, and its webhook-id counts once: what somebody has
recorded and sends again does nothing. An acknowledgement takes the ticket as "agency:NAME";
"complete" is written on the timeline, and an operator closes: only he has seen everything. An SMS
gateway tells what became of a page with the token that stood in the page's `dlr-url`; a report that
changes nothing writes nothing.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Connection

from alarm_receiver.domain.paged import REPORTS, report_token
from alarm_receiver.domain.ticket import Act, Refused, TicketError
from alarm_receiver.domain.webhook import genuine
from alarm_receiver.store import callbacks, pages, reach, tickets, undelivered
from alarm_receiver.web import handed_over
from alarm_receiver.web.access import Parts
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError, answers

router = APIRouter(prefix="/v1/callbacks", tags=["agencies"])
BYTES_MAX = 16_384
ID_MAX = 100
"""Signs of a webhook-id; Standard Webhooks proposes about 30."""


class CallbackShown(BaseModel):
    """Where the ticket stands now."""

    state: str
    version: int


@router.post(
    "/{page}", responses=answers(401, 404, 409, 413, 422, 503), openapi_extra=handed_over.CALLBACK
)
async def call_back(
    page: Annotated[str, Path(max_length=36)], request: Request, parts: Parts
) -> CallbackShown:
    """Acknowledge or complete what was handed over.

    The body names the page of the path: {"page": "...", "act": "acknowledge"|"complete", "text":
    ""}. Headers webhook-id, webhook-timestamp and webhook-signature as in Standard Webhooks. The
    same webhook-id again does nothing: the answer says where the ticket stands by then.
    """
    body = bytearray()
    async for some in request.stream():
        body += some
        if len(body) > BYTES_MAX:
            raise ApiError(413, f"at most {BYTES_MAX} bytes")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return await run_in_threadpool(_take, parts, page, bytes(body), headers)


@router.get("/sms/{page}", status_code=204, responses=answers(401, 422, 503))
def take_report(
    page: Annotated[str, Path(max_length=36)],
    parts: Parts,
    token: Annotated[str, Query(max_length=64)] = "",
    status: Annotated[int, Query(ge=0, le=255)] = 0,
) -> None:
    """A delivery report as Kannel makes it: 1 delivered, 2 and 16 not; others change nothing."""
    password = parts.settings.sms_password.get_secret_value()
    wanted = report_token(password, page).encode()
    if not password or not hmac.compare_digest(wanted, token.encode("utf-8", "replace")):
        raise ApiError(401, "the token does not fit")
    state = REPORTS.get(status)
    if state is None:
        return
    with parts.reader.connect() as connection:
        changes = pages.may_become(connection, page, state)
    if changes:
        detail = f"the SMS gateway reports {status}"
        now_ms = parts.clock.now_ms()

        def report(connection: Connection) -> None:
            if pages.reported(connection, page, state, detail) and state == "failed":
                undelivered.note(connection, page, now_ms)

        parts.writer.do(report)


@dataclass(frozen=True, slots=True)
class _Said:
    """What a call-back says, its seal checked."""

    id: str
    page: str
    ticket: str
    endpoint: str
    actor: str
    act: str
    text: str


def _take(parts: Context, page: str, body: bytes, headers: dict[str, str]) -> CallbackShown:
    now_ms = parts.clock.now_ms()
    said = _believed(parts, page, body, headers, now_ms)

    def do(connection: Connection) -> CallbackShown | TicketError:
        if callbacks.first(connection, said.endpoint, said.id, page=page, body=body, now_ms=now_ms):
            try:
                _act(connection, parts, said, now_ms)
            except TicketError as error:
                # Committed: what was refused must not come true when somebody sends it again.
                callbacks.refuse(connection, said.endpoint, said.id, str(error))
                return error
        ticket = tickets.read(connection, said.ticket)
        return CallbackShown(state=str(ticket.state), version=ticket.version)

    try:
        done = parts.writer.do(do)
    except callbacks.Reused as error:
        raise ApiError(409, str(error)) from error
    if isinstance(done, TicketError):
        raise done
    return done


def _believed(
    parts: Context, page: str, body: bytes, headers: dict[str, str], now_ms: int
) -> _Said:
    """What it says. Raises ApiError for what nobody sealed, and for what is no call-back."""
    with parts.reader.connect() as connection:
        found = pages.one(connection, page)
        hook = reach.endpoint_by_id(connection, found.address) if found else None
        if found is None or hook is None or hook.disabled_ms is not None:
            raise ApiError(401, "the signature does not hold")  # not a word about which pages exist
        known = reach.secrets_of(connection, hook, now_ms)
    if not any(genuine(one, headers, body, now_ms // 1000) for one in known):
        raise ApiError(401, "the signature does not hold")
    id_ = headers.get("webhook-id", "")
    if not (0 < len(id_) <= ID_MAX and id_.isascii() and id_.isprintable()):
        raise ApiError(422, f"webhook-id has 1 to {ID_MAX} printable ASCII signs")
    act, text = _read(body, page)
    return _Said(id_, page, found.ticket, hook.id, f"agency:{hook.name}", act, text)


def _act(connection: Connection, parts: Context, said: _Said, now_ms: int) -> None:
    detail: dict[str, object] = {"text": said.text or said.act, "page": said.page}
    try:
        tickets.act(
            connection,
            said.ticket,
            Act.ACKNOWLEDGE if said.act == "acknowledge" else Act.NOTE,
            version=None,
            now_ms=now_ms,
            actor=said.actor,
            detail=detail,
            policies=parts.policies,
        )
    except Refused:
        # A second page of the same ticket, answered as well: they have it already.
        if tickets.read(connection, said.ticket).holder != said.actor:
            raise
    pages.acknowledged(connection, said.page)


def _read(body: bytes, page: str) -> tuple[str, str]:
    try:
        said: Any = json.loads(body)
        about, act, text = said.get("page"), said["act"], said.get("text", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ApiError(422, "the body is a JSON object with page, act and text") from None
    if about != page:
        raise ApiError(
            422, "`page` in the body is not the page of the path: what is signed is good for one"
        )
    if act not in ("acknowledge", "complete") or not isinstance(text, str):
        raise ApiError(422, "act is acknowledge or complete")
    return act, text[:4000]

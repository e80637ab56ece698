"""Call-backs of agencies' own systems: they acknowledge a ticket or say that it is done.

The body is sealed with the endpoint's secret (Standard Webhooks); there is no other login. An
acknowledgement takes the ticket as "agency:NAME"; "complete" is written on the timeline, and an
operator closes: only he has seen everything. An SMS gateway tells what became of a page with the
token that stood in the page's `dlr-url`; a report that changes nothing writes nothing.
"""

from __future__ import annotations

import hmac
import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Connection

from alarm_receiver.domain.paged import REPORTS, report_token
from alarm_receiver.domain.ticket import Act, Refused
from alarm_receiver.domain.webhook import genuine
from alarm_receiver.store import pages, reach, tickets
from alarm_receiver.web.access import Parts
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError, answers

router = APIRouter(prefix="/v1/callbacks", tags=["agencies"])
BYTES_MAX = 16_384


class CallbackShown(BaseModel):
    """Where the ticket stands now."""

    state: str
    version: int


@router.post("/{page}", responses=answers(401, 404, 409, 413, 422, 503))
async def call_back(
    page: Annotated[str, Path(max_length=36)], request: Request, parts: Parts
) -> CallbackShown:
    """Acknowledge or complete what was handed over: {"act": "acknowledge"|"complete", "text": ""}.

    Headers webhook-id, webhook-timestamp and webhook-signature as in Standard Webhooks.
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
        parts.writer.do(lambda connection: pages.reported(connection, page, state, detail))


def _take(parts: Context, id_: str, body: bytes, headers: dict[str, str]) -> CallbackShown:
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        found = pages.one(connection, id_)
        hook = reach.endpoint_by_id(connection, found.address) if found else None
        if found is None or hook is None or hook.disabled_ms is not None:
            raise ApiError(401, "the signature does not hold")  # not a word about which pages exist
        known = reach.secrets_of(connection, hook, now_ms)
    if not any(genuine(one, headers, body, now_ms // 1000) for one in known):
        raise ApiError(401, "the signature does not hold")
    act, text = _read(body)
    actor = f"agency:{hook.name}"

    def do(connection: Connection) -> CallbackShown:
        pages.acknowledged(connection, id_)
        detail: dict[str, object] = {"text": text or act, "page": id_}
        wanted = Act.ACKNOWLEDGE if act == "acknowledge" else Act.NOTE
        ticket = tickets.read(connection, found.ticket)
        try:
            ticket = tickets.act(
                connection,
                found.ticket,
                wanted,
                version=None,
                now_ms=now_ms,
                actor=actor,
                detail=detail,
                policies=parts.policies,
            )
        except Refused:
            if ticket.holder != actor:  # a call-back that comes twice is one call-back
                raise
        return CallbackShown(state=str(ticket.state), version=ticket.version)

    return parts.writer.do(do)


def _read(body: bytes) -> tuple[str, str]:
    try:
        said: Any = json.loads(body)
        act, text = said["act"], said.get("text", "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ApiError(422, "the body is a JSON object with act and text") from None
    if act not in ("acknowledge", "complete") or not isinstance(text, str):
        raise ApiError(422, "act is acknowledge or complete")
    return act, text[:4000]

"""The live page: tickets as they open, and the key that takes one.

It promises that a row is on every open page as soon as its ticket is committed, and that a page
whose link is dead says so within ten seconds.
"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from alarm_receiver.domain.ticket import Act, TicketError
from alarm_receiver.store import boards
from alarm_receiver.store.tickets import Unknown
from alarm_receiver.web import tickets
from alarm_receiver.web.access import Parts, Who, operator
from alarm_receiver.web.context import Context
from alarm_receiver.web.feed import Change
from alarm_receiver.web.pages import TEMPLATES
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.schemas import iso
from alarm_receiver.web.stream import SEQUENCE_MAX, open_stream, start

router = APIRouter(include_in_schema=False)
LIVE = ("open", "acknowledged", "dispatched")
SHOWN = 200


@router.get("/")
def show_page(request: Request, parts: Parts) -> Response:
    """All live tickets, most urgent first."""
    try:
        who = operator(request, parts)
    except ApiError:
        return RedirectResponse("/sign-in", 303)
    seq = parts.feed.newest  # before reading: a row may come twice, never not at all
    with parts.reader.connect() as connection:
        rows = boards.page(connection, who.agency, states=LIVE, count=SHOWN)
    rows.sort(key=_sort)
    values = {
        "rows": [_row(row) for row in rows],
        "seq": seq,
        "now_ms": parts.clock.now_ms(),
        "who": who.name,
    }
    return TEMPLATES.TemplateResponse(request, "live.html", values)


@router.get("/live/stream")
async def stream_rows(
    parts: Parts,
    who: Who,
    after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Rows of the page as they change, as HTML."""
    following = start(parts, after, last_event_id)
    return open_stream(parts, who.agency, following, _Renderer(parts).render)


@router.post("/live/{id}/acknowledge")
def take(
    parts: Parts,
    who: Who,
    id: str,
    version: Annotated[int, Form(ge=1, le=2**31 - 1)],
    accept: Annotated[str, Header()] = "",
) -> Response:
    """Take a ticket: a form without JavaScript, or the button and F2 with it."""
    said = "taken"
    status = 200
    try:
        tickets.act(parts, who, id, Act.ACKNOWLEDGE, version, {})
    except TicketError as error:
        said, status = str(error), 409
    except Unknown:
        said, status = "there is no such ticket", 404
    if "application/json" not in accept:
        return RedirectResponse("/", 303)
    return Response(json.dumps({"said": said}), status, media_type="application/json")


class _Renderer:
    """Makes the row of a change; the same bytes go to every page."""

    def __init__(self, parts: Context) -> None:
        self._parts = parts

    async def render(self, change: Change) -> bytes:
        """One server-sent event with the row as HTML."""
        html = await asyncio.to_thread(self._html, change)
        lines = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
        return f"id: {change.seq}\nevent: row\n{lines}\n".encode()

    def _html(self, change: Change) -> str:
        with self._parts.reader.connect() as connection:
            row = boards.one(connection, change.agency, change.ticket)
        return TEMPLATES.get_template("row.html").render(row=_row(row))


def _sort(row: boards.Board) -> str:
    """Where a row stands: open before taken, emergencies first, then the oldest."""
    order = {"emergency": 0, "technical": 1, "test": 2}[row.ticket.class_]
    taken = 0 if row.ticket.state == "open" else 1
    return f"{taken}{order}{row.ticket.opened_ms:015d}"


def _row(row: boards.Board) -> dict[str, object]:
    """What the template needs of a ticket."""
    ticket = row.ticket
    newest = row.signals[-1] if row.signals else None
    first = row.signals[0] if row.signals else None
    return {
        "id": ticket.id,
        "number": ticket.number,
        "class": str(ticket.class_),
        "state": str(ticket.state),
        "version": ticket.version,
        "round": ticket.round,
        "site": row.site_name,
        "account": row.account,
        "opened_at": iso(ticket.opened_ms),
        "opened_ms": ticket.opened_ms,
        "holder": (ticket.holder or "").removeprefix("operator:"),
        "kind": first["kind"].replace("_", " ") if first else "security",
        "place": (newest["zone_name"] or f"zone {newest['zone']}") if newest else "",
        "silent": any(one["silent"] for one in row.signals),
        "late": any(one["late"] for one in row.signals),
        "presses": len(row.signals),
        "sort": _sort(row),
        "live": ticket.live,
    }

"""The queue: the desk's page, taking a ticket, and the live link that keeps every page current.

It promises that a card is on every open page as soon as its ticket is committed; that two
operators who take at the same moment get two tickets, or one of them is told who has it; and that
a page can ask whether it shows what is true.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Header, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse, StreamingResponse

from alarm_receiver.domain.ticket import Act, Refused, Stale, Ticket, TicketError
from alarm_receiver.store import lines, premises, tickets
from alarm_receiver.store.tickets import Unknown
from alarm_receiver.web.access import Parts, Who, may_still
from alarm_receiver.web.acts import WORKS, act
from alarm_receiver.web.console import cards, shell
from alarm_receiver.web.console.shell import TEST_WARN_MS
from alarm_receiver.web.context import Context
from alarm_receiver.web.feed import Change
from alarm_receiver.web.pages import Reader, person
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.stream import SEQUENCE_MAX, Follower, follow, start

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator

router = APIRouter(include_in_schema=False)
Version = Annotated[int, Form(ge=1, le=2**31 - 1)]
JSON_TYPE = "application/json"


@router.get("/")
def show_desk(request: Request, parts: Parts) -> Response:
    """All live tickets, most urgent first."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    return shell.screen(request, parts, who, "desk.html")


@router.post("/queue/take")
def take_next(request: Request, parts: Parts, who: Who) -> Response:
    """Take the most urgent ticket that waits. Two who ask at once get two tickets."""
    if who.role not in WORKS:
        raise ApiError(403, f"a {who.role} does not work on tickets")
    now_ms = parts.clock.now_ms()

    def take(connection: Connection) -> Ticket | None:
        found = lines.next_open(connection, who.agency)
        if found is None:
            return None
        return tickets.act(
            connection,
            found.id,
            Act.ACKNOWLEDGE,
            version=found.version,
            now_ms=now_ms,
            actor=f"operator:{who.name}",
            policies=parts.policies,
        )

    taken = parts.writer.do(take)
    wants_json = JSON_TYPE in request.headers.get("accept", "")
    if taken is None:
        return JSONResponse({"taken": None}) if wants_json else RedirectResponse("/", 303)
    if wants_json:
        return JSONResponse({"taken": taken.id, "number": taken.number})
    return RedirectResponse(f"/tickets/{taken.id}", 303)


@router.post("/tickets/{id}/take")
def take_one(request: Request, id: str, parts: Parts, who: Who, version: Version) -> Response:
    """Take this ticket; 409 names who has it when somebody was faster."""
    wants_json = JSON_TYPE in request.headers.get("accept", "")
    try:
        act(parts, who, id, Act.ACKNOWLEDGE, version, {})
    except (Refused, Stale) as error:
        said = _why_not(parts, who, Reader.of(request), id, error)
        if wants_json:
            return JSONResponse({"said": said}, 409)
    if wants_json:
        return JSONResponse({"taken": id})
    return RedirectResponse(f"/tickets/{id}", 303)


def _why_not(parts: Context, who: Operator, reader: Reader, id_: str, error: TicketError) -> str:
    """In the reader's words: who has the ticket, or that it has changed."""
    with parts.reader.connect() as connection:
        line = lines.some(connection, who.agency, [id_]).get(id_)
    if line is None:
        raise Unknown(id_)
    if line.ticket.holder:
        said = reader.language("Already taken by %(name)s.")
        return said % {"name": f"\u2068{person(line.ticket.holder)}\u2069"}
    return reader.language("The ticket has changed. Look again.") if error else ""


@router.get("/queue/cards")
def all_cards(request: Request, parts: Parts, who: Who) -> Response:
    """Every card with the sequence it is good for: how a page starts over."""
    seq = parts.feed.newest
    code = Reader.of(request).language.code
    with parts.reader.connect() as connection:
        found = sorted(lines.live(connection, who.agency), key=cards.sort_key)
    html = "".join(cards.html(parts, one, code) for one in found)
    return JSONResponse({"seq": seq, "html": html}, headers={"Cache-Control": "no-store"})


@router.get("/queue/digest")
def digest(parts: Parts, who: Who) -> Response:
    """The version of every live ticket, and tests, for a page to compare itself with."""
    seq = parts.feed.newest
    with parts.reader.connect() as connection:
        versions = lines.versions(connection, who.agency)
        tests = premises.tests(connection, who.agency, parts.clock.now_ms())
    soon_ms = parts.clock.now_ms() + TEST_WARN_MS
    ending = sum(one["until_ms"] <= soon_ms for one in tests)
    body = {"seq": seq, "versions": versions, "on_test": len(tests), "tests_ending": ending}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/queue/stream")
async def stream_cards(
    request: Request,
    parts: Parts,
    who: Who,
    after: Annotated[int, Query(ge=0, le=SEQUENCE_MAX)] = 0,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Cards as they change, as HTML in the page's language."""
    code = Reader.of(request).language.code
    follower = Follower(
        agency=who.agency,
        after=start(parts, after, last_event_id),
        render=_renderer(parts, code).render,
        lives=lambda: may_still(request, parts),
        console=who.name,
    )
    return follow(parts, follower)


def _renderer(parts: Context, code: str) -> Renderer:
    """The one renderer of the language `code`."""
    found = parts.renderers.get(code)
    if found is None:
        found = parts.renderers[code] = Renderer(parts, code)
    return found


class Renderer:
    """Makes the cards of changes, once for all pages of a language."""

    def __init__(self, parts: Context, code: str) -> None:
        self._parts = parts
        self._code = code
        self._one_at_a_time = asyncio.Lock()

    async def render(self, changes: list[Change]) -> bytes:
        """One server-sent event a ticket: what several changes made of it is told once."""
        newest = {change.ticket: change for change in changes}
        async with self._one_at_a_time:
            missing = [one for one in newest.values() if self._code not in one.rendered]
            if missing:
                await asyncio.to_thread(self._make, missing)
        return b"".join(one.rendered[self._code] for one in newest.values())

    def _make(self, changes: list[Change]) -> None:
        by_agency: dict[str, list[Change]] = {}
        for change in changes:
            by_agency.setdefault(change.agency, []).append(change)
        for agency, mine in by_agency.items():
            with self._parts.reader.connect() as connection:
                found = lines.some(connection, agency, [one.ticket for one in mine])
                ours = {id_ for id_, one in found.items() if not lines.held(connection, one.ticket)}
            for change in mine:
                if change.ticket not in ours:
                    change.rendered[self._code] = b""
                    continue
                html = cards.html(self._parts, found[change.ticket], self._code)
                data = "".join(f"data: {line}\n" for line in html.splitlines() if line.strip())
                change.rendered[self._code] = f"event: card\n{data}\n".encode()

"""Changes as they happen: server-sent events by commit sequence, with replay.

It promises that a client that names the last sequence it saw misses nothing, whatever happened
to the connection in between, that a living connection carries a heartbeat every 3 seconds, and
that nobody goes on listening whose session was ended.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from alarm_receiver.web.access import Parts, Who, may_still
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import iso

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from alarm_receiver.web.context import Context
    from alarm_receiver.web.feed import Change

router = APIRouter(prefix="/v1", tags=["stream"])
BEAT_S = 3.0
CHECK_S = 60.0
"""A withdrawn session or token loses its stream within this time."""
SEQUENCE_MAX = 2**63 - 1


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses={
        **answers(401, 422, 503),
        200: {
            "description": "`text/event-stream`: `entry` with the change as JSON and its sequence "
            "as id; `heartbeat` every 3 seconds with the receiver's time",
            "content": {"text/event-stream": {}},
        },
    },
)
async def stream_changes(
    request: Request,
    parts: Parts,
    who: Who,
    after: Annotated[
        int | None, Query(ge=0, le=SEQUENCE_MAX, description="Last sequence seen; default: now on")
    ] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Follow every entry on your agency's tickets, from a sequence on."""
    follower = Follower(
        who.agency,
        start(parts, after, last_event_id),
        as_json,
        lives=lambda: may_still(request, parts),
    )
    return follow(parts, follower)


def start(parts: Context, after: int | None, last_event_id: str | None) -> int:
    """Where to begin: the header of a reconnecting client wins over the query."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        return min(int(last_event_id), SEQUENCE_MAX)
    return parts.feed.newest if after is None else after


async def as_json(changes: list[Change]) -> bytes:
    """Changes as the API shows them, each with its sequence as id."""
    return b"".join(_once(change) for change in changes)


def _once(change: Change) -> bytes:
    found = change.rendered.get("json")
    if found is None:
        body = {
            "seq": change.seq,
            "ticket": change.ticket,
            "number": change.number,
            "class": change.class_,
            "site": change.site,
            "version": change.version,
            "act": change.act,
            "actor": change.actor,
            "at": iso(change.at_ms),
        }
        found = f"id: {change.seq}\nevent: entry\ndata: {json.dumps(body)}\n\n".encode()
        change.rendered["json"] = found
    return found


@dataclass(frozen=True, slots=True)
class Follower:
    """Whose changes to send, after which sequence, as what, and whether he may still see them.

    `render` gets changes of his agency in order. `lives` is asked every CHECK_S, in a thread.
    """

    agency: str
    after: int
    render: Callable[[list[Change]], Awaitable[bytes]]
    lives: Callable[[], bool]
    console: str | None = None
    """Name of the operator at whose console this is; None for a program."""


def follow(parts: Context, follower: Follower) -> StreamingResponse:
    """A stream for `follower`. Raises 503 when there are too many."""
    if parts.streams >= parts.settings.streams_max:
        raise ApiError(503, f"{parts.streams} streams are open already; try again later")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _follow(parts, follower), headers=headers, media_type="text/event-stream"
    )


async def _follow(parts: Context, follower: Follower) -> AsyncIterator[bytes]:
    parts.streams += 1
    at_consoles = parts.watching.setdefault(follower.agency, Counter())
    if follower.console:
        at_consoles[follower.console] += 1
    after = follower.after
    check_at = time.monotonic() + CHECK_S
    try:
        # A store that was restored counts anew; a sequence from the old one would wait for ever.
        if after > parts.feed.newest:
            yield b"event: reset\ndata: {}\n\n"
            after = parts.feed.newest
        yield _beat(parts, after)
        while not parts.stopping.is_set():
            if time.monotonic() >= check_at:
                check_at = time.monotonic() + CHECK_S
                if not await asyncio.to_thread(follower.lives):
                    yield b"event: signed-out\ndata: {}\n\n"
                    return
            changes = await parts.feed.after(after)
            if not changes:
                seen = parts.feed.newest
                await parts.feed.wait_beyond(seen, BEAT_S)
                if parts.feed.newest == seen:
                    yield _beat(parts, after)
                continue
            mine = [one for one in changes if one.agency == follower.agency]
            told = await follower.render(mine) if mine else b""
            after = changes[-1].seq
            # The beat says how far the client is now: all before it is in this same piece.
            yield told + _beat(parts, after)
    finally:
        parts.streams -= 1
        if follower.console:
            at_consoles[follower.console] -= 1


def _beat(parts: Context, seq: int) -> bytes:
    body = json.dumps({"now_ms": parts.clock.now_ms(), "seq": seq})
    return f"event: heartbeat\ndata: {body}\n\n".encode()

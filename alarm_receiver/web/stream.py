"""Changes as they happen: server-sent events by commit sequence, with replay.

It promises that a client that names the last sequence it saw misses nothing, whatever happened
to the connection in between, and that a living connection carries a heartbeat every 3 seconds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import iso

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from alarm_receiver.web.context import Context
    from alarm_receiver.web.feed import Change

router = APIRouter(prefix="/v1", tags=["stream"])
BEAT_S = 3.0
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
    parts: Parts,
    who: Who,
    after: Annotated[
        int | None, Query(ge=0, le=SEQUENCE_MAX, description="Last sequence seen; default: now on")
    ] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> StreamingResponse:
    """Follow every entry on your agency's tickets, from a sequence on."""
    return open_stream(parts, who.agency, start(parts, after, last_event_id), as_json)


def start(parts: Context, after: int | None, last_event_id: str | None) -> int:
    """Where to begin: the header of a reconnecting client wins over the query."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit():
        return min(int(last_event_id), SEQUENCE_MAX)
    return parts.feed.newest if after is None else after


async def as_json(change: Change) -> bytes:
    """One change as the API shows it."""
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
    return f"id: {change.seq}\nevent: entry\ndata: {json.dumps(body)}\n\n".encode()


def open_stream(
    parts: Context, agency: str, after: int, render: Callable[[Change], Awaitable[bytes]]
) -> StreamingResponse:
    """A stream of what `render` makes of each change. Raises 503 when there are too many."""
    if parts.streams >= parts.settings.streams_max:
        raise ApiError(503, f"{parts.streams} streams are open already; try again later")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(
        _follow(parts, agency, after, render), headers=headers, media_type="text/event-stream"
    )


async def _follow(
    parts: Context, agency: str, after: int, render: Callable[[Change], Awaitable[bytes]]
) -> AsyncIterator[bytes]:
    parts.streams += 1
    try:
        # A store that was restored counts anew; a sequence from the old one would wait for ever.
        if after > parts.feed.newest:
            yield b"event: reset\ndata: {}\n\n"
            after = parts.feed.newest
        yield _beat(parts)
        while not parts.stopping.is_set():
            changes = await parts.feed.after(after)
            if not changes:
                seen = parts.feed.newest
                await parts.feed.wait_beyond(seen, BEAT_S)
                if parts.feed.newest == seen:
                    yield _beat(parts)
                continue
            after = changes[-1].seq
            mine = [await _once(one, render) for one in changes if one.agency == agency]
            if mine:
                yield b"".join(mine)
    finally:
        parts.streams -= 1


async def _once(change: Change, render: Callable[[Change], Awaitable[bytes]]) -> bytes:
    """What `render` makes of `change`, made once for all followers."""
    name = f"{render.__module__}.{render.__qualname__}"
    found = change.rendered.get(name)
    if found is None:
        found = change.rendered[name] = await render(change)
    return found


def _beat(parts: Context) -> bytes:
    body = json.dumps({"now_ms": parts.clock.now_ms(), "seq": parts.feed.newest})
    return f"event: heartbeat\ndata: {body}\n\n".encode()

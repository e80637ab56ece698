"""Pages that did not arrive, over the API: looked at, sent again, ended.

It promises that whoever ends a page says why, and that both acts stand on the ticket while it is
live, and on the record always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi import Path as PathField
from pydantic import BaseModel, Field

from alarm_receiver.store import deeds, undelivered
from alarm_receiver.store.undelivered import Word
from alarm_receiver.web.access import Parts, Supervisor, Who
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import Form, iso

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = APIRouter(prefix="/v1/undelivered", tags=["tickets"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
Id = Annotated[str, PathField(max_length=36)]


class UndeliveredShown(BaseModel):
    """A page that did not arrive: it still fails and is tried again, or its tries have ended."""

    id: str
    ticket: str
    ticket_number: int
    ticket_state: str
    site: str
    site_name: str
    round: int
    target: str
    channel: str
    state: Literal["failing", "failed"]
    attempts: int
    last_error: str
    made_at: str
    next_try_at: str | None


class EndForm(Form):
    """Why nobody is to be reached by it any more."""

    reason: Annotated[str, Field(min_length=1, max_length=400)]


@router.get("", responses=answers(401, 403, 422))
def list_undelivered(
    parts: Parts,
    who: Who,
    asked: Listed,
    state: Annotated[
        Literal["", "failing", "failed"], Query(description="Only these; both when left out")
    ] = "",
) -> list[UndeliveredShown]:
    """Pages of your agency that did not arrive and that nobody has ended, oldest first."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, undelivered.list_of(who.agency, state))
    return [_shown(row) for row in rows]


@router.post("/{page}/retry", status_code=204, responses=CHANGES)
def send_again(page: Id, parts: Parts, who: Supervisor) -> None:
    """Send it at once, with as many tries as at first; not when its ticket was taken."""
    word = Word(who.agency, f"operator:{who.name}", parts.clock.now_ms())

    def do(connection: Connection) -> None:
        row = undelivered.again(connection, page, word)
        deeds.write(connection, who, "page_again", page, word.now_ms, **_about(row))

    parts.writer.do(do)


@router.post("/{page}/give-up", status_code=204, responses=CHANGES)
def give_up(page: Id, form: EndForm, parts: Parts, who: Supervisor) -> None:
    """Send it no more and take it off the list, with the reason."""
    word = Word(who.agency, f"operator:{who.name}", parts.clock.now_ms(), form.reason)

    def do(connection: Connection) -> None:
        row = undelivered.end(connection, page, word)
        about = _about(row) | {"reason": form.reason}
        deeds.write(connection, who, "page_ended", page, word.now_ms, **about)

    parts.writer.do(do)


def _about(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("ticket", "target", "channel", "attempts")}


def _shown(row: dict[str, Any]) -> UndeliveredShown:
    return UndeliveredShown(
        id=row["id"],
        ticket=row["ticket"],
        ticket_number=row["number"],
        ticket_state=row["state"],
        site=row["site"],
        site_name=row["site_name"],
        round=row["round"],
        target=row["target"],
        channel=row["channel"],
        state=row["standing"],
        attempts=row["attempts"],
        last_error=row["detail"],
        made_at=iso(row["made_ms"]) or "",
        next_try_at=iso(row["due_ms"]),
    )

"""How long records are kept, what would be erased, and legal holds, over the API.

It promises that a hold stops erasing from its answer on, and that it is lifted only as a proposal
that two administrators carry out (`web.proposals`).
"""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.store import deeds, holds, retention
from alarm_receiver.store.holds import Hold
from alarm_receiver.web.access import Auditor, Parts, Supervisor
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, iso

router = APIRouter(prefix="/v1", tags=["retention"])
CHANGES = answers(401, 403, 404, 409, 422, 503)


class DueShown(BaseModel):
    """One kind of record: its period and who says so; how many rows are due, how many held.

    `more`: counting ended at ten thousand rows, due or held; there may be any number more.
    """

    kind: str
    days: int
    source: str
    before: str
    due: int
    held: int
    more: bool


class RetentionShown(BaseModel):
    """The periods. Nothing is erased while `confirmed_by` is empty."""

    confirmed_by: str
    erasing: int | None
    last_at: str | None
    kinds: list[DueShown]


class HoldForm(Form):
    """What must not be erased, and why; without `until` it runs until it is lifted."""

    kind: Literal["ticket", "site", "customer"]
    subject: Annotated[str, Field(min_length=1, max_length=36)]
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    until: AwareDatetime | None = None


class HoldShown(BaseModel):
    """A legal hold; `runs` says whether it stops erasing now."""

    id: str
    kind: str
    subject: str
    reason: str
    set_by: str
    set_at: str
    until: str | None
    lifted_at: str | None
    runs: bool


@router.get("/retention", responses=answers(401, 403))
def show_retention(parts: Parts, who: Auditor) -> RetentionShown:
    """What would be erased now, by kind. Nothing is written."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        found = retention.preview(connection, who.agency, parts.periods, now_ms)
        erasing = retention.open_one(connection, who.agency)
        last_ms = retention.last_ms(connection, who.agency)
    kinds = [
        DueShown(
            kind=one.kind,
            days=parts.periods.of[one.kind].days,
            source=parts.periods.of[one.kind].source,
            before=iso(one.before_ms) or "",
            due=one.count,
            held=one.held,
            more=one.more,
        )
        for one in found
    ]
    return RetentionShown(
        confirmed_by=parts.periods.confirmed_by,
        erasing=erasing,
        last_at=iso(last_ms or None),
        kinds=kinds,
    )


@router.get("/holds", responses=answers(401, 403, 422))
def list_holds(parts: Parts, who: Auditor, asked: Listed) -> list[HoldShown]:
    """The legal holds of your agency, newest first; those that have ended too."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, holds.list_of(who.agency))
    return [_shown(Hold(**row), now_ms) for row in rows]


@router.post("/holds", status_code=201, responses=CHANGES)
def set_hold(form: HoldForm, parts: Parts, who: Supervisor) -> HoldShown:
    """Set a legal hold on a ticket, a site or a customer: nothing of it is erased."""
    now_ms = parts.clock.now_ms()
    until_ms = None if form.until is None else int(form.until.timestamp() * 1000)
    if until_ms is not None and until_ms <= now_ms:
        raise ApiError(422, "until: that moment has passed")
    made = Hold(
        str(uuid.uuid4()), form.kind, form.subject, form.reason, who.id, now_ms, until_ms, None
    )

    def put(connection: Connection) -> None:
        holds.put(connection, who.agency, made)
        detail = {"kind": form.kind, "reason": form.reason, "until_ms": until_ms, "hold": made.id}
        deeds.write(connection, who, "hold", form.subject, now_ms, **detail)

    parts.writer.do(put)
    return _shown(made, now_ms)


def _shown(one: Hold, now_ms: int) -> HoldShown:
    return HoldShown(
        id=one.id,
        kind=one.kind,
        subject=one.subject,
        reason=one.reason,
        set_by=one.set_by,
        set_at=iso(one.set_ms) or "",
        until=iso(one.until_ms),
        lifted_at=iso(one.lifted_ms),
        runs=one.runs(now_ms),
    )

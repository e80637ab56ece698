"""Further agencies, over the API: for administrators of the house alone.

It promises that the house makes agencies and sees nothing of what is in them but how many sites
and people they have; a link for the first account is shown once.
"""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Connection

from alarm_receiver.store import agencies
from alarm_receiver.store.agencies import NAME_MAX
from alarm_receiver.store.people import Operator
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.context import Context
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import Form, iso

router = APIRouter(prefix="/v1", tags=["agencies"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
AgencyName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_MAX)
]


class AgencyNameForm(Form):
    """What an agency is called."""

    name: AgencyName


class AgencyForm(AgencyNameForm):
    """A further agency. `id` stays for ever; it is made of the name when it is empty."""

    id: Annotated[str, Field(pattern="^([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)?$")] = ""


class AgencyShown(BaseModel):
    """An agency of this receiver. `link_until`: when the link for its first account ends."""

    id: str
    name: str
    sites: int
    people: int
    admins: int
    link_until: str | None


class AgencyLinked(BaseModel):
    """The link with which an agency's first administrator makes his account; shown once."""

    id: str
    link: str
    link_until: str | None


@router.get("/agencies", responses=answers(401, 403, 422))
def list_agencies(parts: Parts, _who: Admin, asked: Listed) -> list[AgencyShown]:
    """The agencies that this receiver works for, by id."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, agencies.list_of())
    return [AgencyShown(link_until=iso(row.pop("link_until_ms")), **row) for row in rows]


@router.post("/agencies", status_code=201, responses=answers(401, 403, 409, 422, 503))
def make_agency(form: AgencyForm, parts: Parts, who: Admin, request: Request) -> AgencyLinked:
    """Make a further agency; the answer holds the link for its first administrator, once."""
    now_ms, actor = parts.clock.now_ms(), f"operator:{who.name}"

    def make(connection: Connection) -> AgencyLinked:
        id_ = agencies.add(connection, form.id, form.name, actor=actor, now_ms=now_ms)
        return _linked(connection, parts, who, request, id_)

    made = parts.writer.do(make)
    parts.learn()
    return made


@router.patch("/agencies/{id}", status_code=204, responses=CHANGES)
def rename_agency(id: str, form: AgencyNameForm, parts: Parts, who: Admin) -> None:
    """Give an agency another name; its id stays."""
    now_ms, actor = parts.clock.now_ms(), f"operator:{who.name}"
    parts.writer.do(
        lambda connection: agencies.rename(connection, id, form.name, actor=actor, now_ms=now_ms)
    )


@router.post("/agencies/{id}/link", status_code=201, responses=CHANGES)
def link_agency(id: str, parts: Parts, who: Admin, request: Request) -> AgencyLinked:
    """Make a new link for an agency that has no account yet; the one before opens no more."""
    return parts.writer.do(lambda connection: _linked(connection, parts, who, request, id))


def _linked(
    connection: Connection, parts: Context, who: Operator, request: Request, id_: str
) -> AgencyLinked:
    now_ms, secret = parts.clock.now_ms(), secrets.token_urlsafe(24)
    actor = f"operator:{who.name}"
    until_ms = agencies.link(connection, id_, secret, actor=actor, now_ms=now_ms)
    url = parts.settings.public_url or str(request.base_url).rstrip("/")
    return AgencyLinked(id=id_, link=f"{url}/setup/{secret}", link_until=iso(until_ms))

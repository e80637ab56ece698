"""Installers over the API: an administrator or supervisor sends one out with a token that ends."""

from __future__ import annotations

import secrets
import uuid
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from alarm_receiver.store import installers
from alarm_receiver.store.people import NotAllowed
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, iso
from alarm_receiver.web.turns import PASSWORDS

router = APIRouter(prefix="/v1/installers", tags=["installers"])


class InstallerForm(Form):
    """Who is sent out, and for how long."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    hours: Annotated[int, Field(ge=1, le=installers.HOURS_MAX)] = 8


class InstallerShown(BaseModel):
    """The token is shown once and stored as a hash; it ends at `expires_at`."""

    id: str
    name: str
    token: str
    expires_at: str


class CalledBack(BaseModel):
    """How many tokens were ended."""

    ended: int


@router.post("", status_code=201, responses=answers(401, 403, 422, 503))
def send_out(form: InstallerForm, parts: Parts, who: Who) -> InstallerShown:
    """A token for an installer: sites, devices and tests, nothing else. It ends by itself.

    A new token for the same name ends those before it.
    """
    now_ms = parts.clock.now_ms()
    secret = secrets.token_urlsafe(32)
    unknown = PASSWORDS.hash(secrets.token_urlsafe(32))
    try:
        id_, expires_ms = parts.writer.do(
            lambda connection: installers.send_out(
                connection,
                str(uuid.uuid4()),
                agency_id=who.agency,
                name=form.name,
                password=unknown,
                secret=secret,
                hours=form.hours,
                now_ms=now_ms,
            )
        )
    except NotAllowed as error:
        raise ApiError(403, str(error)) from None
    return InstallerShown(id=id_, name=form.name, token=secret, expires_at=str(iso(expires_ms)))


@router.post("/{id}/call-back", responses=answers(401, 403, 404, 503))
def call_back(id: str, parts: Parts, who: Who) -> CalledBack:
    """End every token of the installer at once."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        if not installers.is_installer(connection, who.agency, id):
            raise ApiError(404, f"no installer {id}")
    ended = parts.writer.do(lambda connection: installers.call_back(connection, id, now_ms))
    return CalledBack(ended=ended)

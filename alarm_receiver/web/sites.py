"""Sites over the API."""

from __future__ import annotations

import uuid

from fastapi import APIRouter

from alarm_receiver.store import registry
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import SiteForm, SiteShown

router = APIRouter(prefix="/v1/sites", tags=["sites"])


@router.post("", status_code=201, responses=answers(401, 403, 409, 422, 503))
def make_site(form: SiteForm, parts: Parts, who: Who) -> SiteShown:
    """Make a site. Its account is unique in the agency."""
    id_ = str(uuid.uuid4())
    now_ms = parts.clock.now_ms()
    parts.writer.do(
        lambda connection: registry.make_site(
            connection,
            id_,
            agency_id=who.agency,
            name=form.name,
            account=form.account,
            now_ms=now_ms,
        )
    )
    return SiteShown(id=id_, name=form.name, account=form.account)


@router.get("", responses=answers(401))
def list_sites(parts: Parts, who: Who) -> list[SiteShown]:
    """All sites of your agency, by account."""
    with parts.reader.connect() as connection:
        rows = registry.sites(connection, who.agency)
    return [SiteShown(id=row["id"], name=row["name"], account=row["account"]) for row in rows]


@router.get("/{id}", responses=answers(401, 404))
def read_site(id: str, parts: Parts, who: Who) -> SiteShown:
    """One site."""
    with parts.reader.connect() as connection:
        row = registry.site_by_id(connection, who.agency, id)
    return SiteShown(id=row["id"], name=row["name"], account=row["account"])

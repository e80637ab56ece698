"""The zones of a site over the API: what the places are called that devices stand in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel
from sqlalchemy import Connection

from alarm_receiver.store import deeds, registry
from alarm_receiver.web.access import Installer, Parts, Who
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import Form, Name

router = APIRouter(prefix="/v1/sites/{id}/zones", tags=["sites"])


class ZoneForm(Form):
    """What a zone is called."""

    name: Name


class ZoneShown(BaseModel):
    """A zone of a site, by the number that devices send."""

    number: int
    name: str


@router.get("", responses=answers(401, 403, 404))
def list_zones(id: str, parts: Parts, who: Who) -> list[ZoneShown]:
    """The named zones of a site, by number."""
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        found = registry.zones(connection, id)
    return [ZoneShown(number=number, name=name) for number, name in found.items()]


@router.put("/{number}", responses=answers(401, 403, 404, 422, 503))
def put_zone(
    id: str,
    number: Annotated[int, Path(ge=0, le=65535)],
    form: ZoneForm,
    parts: Parts,
    who: Installer,
) -> ZoneShown:
    """Name a zone; the last name counts, on tickets that are live too."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        before = registry.zones(connection, id).get(number)
        registry.name_zone(connection, id, number, form.name)
        told = {"number": number, "before": before, "after": form.name}
        deeds.write(connection, who, "put_zone", id, now_ms, **told)

    parts.writer.do(put)
    return ZoneShown(number=number, name=form.name)

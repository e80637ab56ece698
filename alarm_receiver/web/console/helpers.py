"""Help on screen: which units are near, who was sent, and until when they must confirm.

It promises that a distance is shown only where both ends of it are known, and that what was sent
is told from the timeline alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from alarm_receiver.domain.dispatch import distance_km, expected_s
from alarm_receiver.domain.ticket import Act, State
from alarm_receiver.store import units
from alarm_receiver.store.registry import RegistryError
from alarm_receiver.web import units as units_api
from alarm_receiver.web.access import Parts, Supervisor
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.team import directory
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.units import SpotForm, UnitForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from alarm_receiver.domain.ticket import Entry, Ticket

router = APIRouter(prefix="/units", include_in_schema=False)
SUITED = {"medical": "ambulance", "fire": "fire"}
"""Which units come first for a kind; police for every other emergency."""
SHOWN_MAX = 12
MINUTES = 10


def near(connection: Connection, ticket: Ticket) -> list[dict[str, Any]]:
    """The units of a ticket's agency: suited ones first, then free ones, then the nearest."""
    spot = units.spot_of(connection, ticket.site)
    busy = units.busy(connection, ticket.agency)
    found = units.of_agency(connection, ticket.agency)
    for one in found:
        km = distance_km(spot, one["point"]) if spot and one["point"] else None
        one["km"] = km
        one["minutes"] = None if km is None else expected_s(km) // 60
        one["tickets"] = busy.get(one["name"], 0)
    emergency = ticket.class_ == "emergency"
    suited = SUITED.get(ticket.kind, "police") if emergency else "technician"
    found.sort(
        key=lambda one: (
            one["kind"] != suited,
            one["tickets"] > 0,
            float("inf") if one["km"] is None else one["km"],
            one["name"],
        )
    )
    return found[:SHOWN_MAX]


def sent(
    ticket: Ticket, entries: Iterable[Entry], fleet: Iterable[dict[str, Any]]
) -> dict[str, Any] | None:
    """Whom the newest dispatch sent and how far they are; None when nobody is out.

    `minutes` is what the form proposes: by the distance of one of `fleet`, or MINUTES.
    """
    if ticket.state is not State.DISPATCHED:
        return None
    found: dict[str, Any] | None = None
    for entry in entries:
        if entry.act is Act.DISPATCH:
            found = {"to": entry.detail["to"], "at_ms": entry.at_ms, "state": "sent"}
        elif found and entry.act is Act.UNDERWAY:
            arrives_ms = entry.at_ms + int(str(entry.detail["expected_s"])) * 1_000
            found |= {"state": "underway", "until_ms": arrives_ms}
        elif found and entry.act is Act.ARRIVED:
            found |= {"state": "arrived", "until_ms": entry.at_ms}
    if found and found["state"] == "sent":
        found["until_ms"] = ticket.due_ms
    if found:
        near_by = {one["name"]: one["minutes"] for one in fleet}
        found["minutes"] = near_by.get(str(found["to"])) or MINUTES
    return found


@router.post("")
def put_unit(
    request: Request,
    parts: Parts,
    who: Supervisor,
    name: Annotated[str, Form(max_length=80)],
    kind: Annotated[str, Form(max_length=16)],
    phone: Annotated[str, Form(max_length=40)] = "",
    spot: Annotated[str, Form(max_length=80)] = "",
) -> Response:
    """Make a unit, or change the one of this name."""
    try:
        point = units_api.read_point(spot)
        where = point and SpotForm(latitude=point[0] / 1e6, longitude=point[1] / 1e6)
        form = UnitForm.model_validate({"kind": kind, "phone": phone, "spot": where})
        units_api.put_unit(_named(name), form, parts, who)
    except (ApiError, ValidationError, RegistryError) as error:
        return directory(request, parts, who, said=shell.refused(request, error))
    return RedirectResponse("/directory", 303)


def _named(name: str) -> str:
    if not name.strip() or not name.isprintable():
        raise ApiError(422, "a unit has a name of printable characters")
    return name.strip()


@router.post("/{name:path}/drop")
def drop_unit(name: str, parts: Parts, who: Supervisor) -> Response:
    """Send this unit no more."""
    units_api.drop_unit(name, parts, who)
    return RedirectResponse("/directory", 303)

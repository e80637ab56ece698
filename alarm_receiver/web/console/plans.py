"""Floor plans on screen: where a keypad is, the way in, and how installers mark them.

It promises that a plan is only looked at (its route forbids it to run anything), and that what is
marked can be marked with the keyboard alone as well as by pointing.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from alarm_receiver.domain.picture import BYTES_MAX, PNG, SVG
from alarm_receiver.store import registry
from alarm_receiver.store.charts import EDGE, FLOORS
from alarm_receiver.web import floors as floors_api
from alarm_receiver.web import units as units_api
from alarm_receiver.web.access import Installer, Parts
from alarm_receiver.web.console.drawing import POINTED_PX, drawn
from alarm_receiver.web.console.premises import then_site
from alarm_receiver.web.problems import ApiError

router = APIRouter(prefix="/sites/{id}", include_in_schema=False)
Floor = Annotated[int, Form(ge=FLOORS[0], le=FLOORS[1])]
Percent = Annotated[float, Form(ge=0, le=100)]
WAY_IN = "way_in"
MEDIA = {".svg": SVG, ".png": PNG}


@router.post("/spot")
def put_spot(
    request: Request, id: str, parts: Parts, who: Installer, spot: Annotated[str, Form()] = ""
) -> Response:
    """Say where the site is on the map."""
    return then_site(
        request,
        parts,
        who,
        id,
        lambda: units_api.keep_spot(parts, who, id, units_api.read_point(spot[:80])),
    )


@router.post("/floors")
def put_floor(
    request: Request,
    id: str,
    parts: Parts,
    who: Installer,
    floor: Floor,
    name: Annotated[str, Form(min_length=1, max_length=80)],
    picture: Annotated[UploadFile, File()],
) -> Response:
    """Upload the plan of a floor."""

    def put() -> None:
        ending = "." + (picture.filename or "").rpartition(".")[2].lower()
        if ending not in MEDIA:
            raise ApiError(422, "a floor plan is an SVG or a PNG picture")
        body = picture.file.read(BYTES_MAX + 1)
        if len(body) > BYTES_MAX:
            raise ApiError(413, f"a floor plan has at most {BYTES_MAX} bytes; simplify it")
        floors_api.keep(parts, who, id, floor, name, MEDIA[ending], body)

    return then_site(request, parts, who, id, put)


@router.post("/floors/{floor}/drop")
def drop_floor(request: Request, id: str, floor: int, parts: Parts, who: Installer) -> Response:
    """Remove a floor's plan with its marks."""
    return then_site(request, parts, who, id, lambda: floors_api.drop_floor(id, floor, parts, who))


@router.post("/floors/{floor}/mark")
def mark(
    request: Request,
    id: str,
    floor: int,
    parts: Parts,
    who: Installer,
    what: Annotated[str, Form(max_length=16)],
    x: Percent = 0.0,
    y: Percent = 0.0,
    at_x: Annotated[int | None, Form(alias="at.x", ge=0, le=100_000)] = None,
    at_y: Annotated[int | None, Form(alias="at.y", ge=0, le=100_000)] = None,
) -> Response:
    """Mark a keypad or the way in: by percent, or (at) where the plan was pointed at."""

    def put() -> None:
        where = (round(x * EDGE / 100), round(y * EDGE / 100))
        with parts.reader.connect() as connection:
            registry.site_by_id(connection, who.agency, id)
            shown = [one for one in drawn(connection, who.agency, id) if one["floor"] == floor]
        if at_x is not None and at_y is not None and shown:
            high_px = POINTED_PX * shown[0]["height"] / shown[0]["width"]
            where = (
                min(EDGE, round(EDGE * at_x / POINTED_PX)),
                min(EDGE, round(EDGE * at_y / high_px)),
            )
        form = floors_api.PlaceForm(x=where[0], y=where[1])
        if what == WAY_IN:
            floors_api.put_way_in(id, floor, form, parts, who)
        else:
            floors_api.put_place(id, floor, what, form, parts, who)

    return then_site(request, parts, who, id, put)

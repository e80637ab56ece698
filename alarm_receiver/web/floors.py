"""Floor plans over the API: pictures in and out, and where the devices are on them.

It promises that a picture is taken apart and written anew before it is kept, and that it is handed
out as something that is looked at and never run.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi import Path as PathField
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.domain.picture import BYTES_MAX, PNG, SVG, Picture, Unfit, checked
from alarm_receiver.store import deeds, floors, registry
from alarm_receiver.store.charts import EDGE, FLOORS
from alarm_receiver.store.people import Operator
from alarm_receiver.store.registry import NotFound
from alarm_receiver.web.access import Installer, Parts, Who
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, Hex16, iso

router = APIRouter(prefix="/v1/sites/{id}/floors", tags=["sites"])
CHANGES = answers(401, 403, 404, 413, 422, 503)
Floor = Annotated[
    int, PathField(ge=FLOORS[0], le=FLOORS[1], description="0 is the ground floor, -1 below it")
]
Share = Annotated[
    int, Field(ge=0, le=EDGE, description="Hundredths of a percent of the picture, from its edge")
]
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PlaceForm(Form):
    """Where a device is: `x` from the left, `y` from the top."""

    x: Share
    y: Share


class PlaceShown(BaseModel):
    """Where a device is on its floor."""

    device: str
    x: int
    y: int


class FloorShown(BaseModel):
    """A floor. `picture` is where its plan is fetched, with its digest: it changes with it."""

    floor: int
    name: str
    media: str
    width: int
    height: int
    picture: str
    made_at: str
    places: list[PlaceShown]
    way_in: PlaceForm | None


@router.get("", responses=answers(401, 404))
def list_floors(id: str, parts: Parts, who: Who) -> list[FloorShown]:
    """The floors of a site from the top, with the places of its devices."""
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        return [_shown(row) for row in floors.of_site(connection, id)]


@router.put(
    "/{floor}",
    responses=CHANGES,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                SVG: {"schema": {"type": "string"}, "example": "<svg viewBox='0 0 10 10'/>"},
                PNG: {"schema": {"type": "string", "format": "binary"}},
            },
        }
    },
)
async def put_floor(
    request: Request,
    id: str,
    floor: Floor,
    parts: Parts,
    who: Installer,
    name: Annotated[str, Query(min_length=1, max_length=80, description="Ground floor")],
) -> FloorShown:
    """Upload the plan of a floor: SVG or PNG, at most 2 MiB. Devices stay where they are on it.

    Scripts, links, embedded pictures and document types are refused by name; remarks are dropped.
    """
    if not name.isprintable():
        raise ApiError(422, "a floor's name is printable text")
    body = bytearray()
    async for some in request.stream():
        body += some
        if len(body) > BYTES_MAX:
            raise ApiError(413, f"a floor plan has at most {BYTES_MAX} bytes; simplify it")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return await run_in_threadpool(keep, parts, who, id, floor, name, media, bytes(body))


@router.get(
    "/{floor}/picture",
    response_class=Response,
    responses={
        **answers(401, 404),
        200: {"description": "The plan", "content": {SVG: {}, PNG: {}}},
        304: {"description": "It has not changed"},
    },
)
def read_picture(
    id: str,
    floor: Floor,
    parts: Parts,
    who: Who,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The picture itself, for an <img>."""
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        media, data, digest = floors.picture(connection, id, floor)
    headers = _SAFE | {"ETag": f'"{digest}"'}
    if if_none_match == headers["ETag"]:
        return Response(None, 304, headers)
    return Response(data, 200, headers, media)


@router.delete("/{floor}", status_code=204, responses=CHANGES)
def drop_floor(id: str, floor: Floor, parts: Parts, who: Installer) -> None:
    """Remove a floor's plan, and the places on it."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        floors.drop(connection, id, floor)
        deeds.write(connection, who, "drop_floor", id, now_ms, floor=floor)

    parts.writer.do(drop)


@router.put("/{floor}/way-in", status_code=204, responses=CHANGES)
def put_way_in(id: str, floor: Floor, form: PlaceForm, parts: Parts, who: Installer) -> None:
    """Mark the way in: whoever is sent looks for the door first."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        floors.put_way_in(connection, id, floor, (form.x, form.y))
        deeds.write(connection, who, "put_way_in", id, now_ms, floor=floor)

    parts.writer.do(put)


@router.put("/{floor}/places/{device}", responses=CHANGES)
def put_place(
    id: str, floor: Floor, device: Hex16, form: PlaceForm, parts: Parts, who: Installer
) -> PlaceShown:
    """Say where a device of the site is. It is at one place: the last one counts."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        _check_device(connection, who, id, device)
        floors.put_place(connection, id, floor, device, (form.x, form.y))
        deeds.write(connection, who, "put_place", device, now_ms, floor=floor, x=form.x, y=form.y)

    parts.writer.do(put)
    return PlaceShown(device=device, x=form.x, y=form.y)


@router.delete("/{floor}/places/{device}", status_code=204, responses=CHANGES)
def drop_place(id: str, floor: Floor, device: Hex16, parts: Parts, who: Installer) -> None:
    """Forget where a device is."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        _check_device(connection, who, id, device)
        floors.drop_place(connection, device)
        deeds.write(connection, who, "drop_place", device, now_ms, floor=floor)

    parts.writer.do(drop)


def keep(
    parts: Context, who: Operator, id: str, floor: int, name: str, media: str, body: bytes
) -> FloorShown:
    """Keep the plan of a floor after taking it apart. Raises ApiError."""
    picture = _checked(media, body)
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> dict[str, Any]:
        registry.site_by_id(connection, who.agency, id)
        known = floors.of_site(connection, id)
        if floor not in {one["floor"] for one in known} and len(known) >= floors.FLOORS_MAX:
            raise ApiError(422, f"a site has at most {floors.FLOORS_MAX} plans")
        floors.put(connection, id, floor, name=name, picture=picture, now_ms=now_ms)
        deeds.write(connection, who, "put_floor", id, now_ms, floor=floor)
        (row,) = [one for one in floors.of_site(connection, id) if one["floor"] == floor]
        return row

    return _shown(parts.writer.do(put))


def _checked(media: str, body: bytes) -> Picture:
    try:
        return checked(media, body)
    except Unfit as error:
        raise ApiError(422, str(error)) from error


def _check_device(connection: Connection, who: Operator, id: str, device: str) -> None:
    registry.site_by_id(connection, who.agency, id)
    if registry.device_by_id(connection, who.agency, device)["site"] != id:
        raise NotFound(f"device {device} is at another site")


def _shown(row: dict[str, Any]) -> FloorShown:
    place = f"/v1/sites/{row['site']}/floors/{row['floor']}/picture?v={row['digest'][:16]}"
    return FloorShown(
        floor=row["floor"],
        name=row["name"],
        media=row["media"],
        width=row["width"],
        height=row["height"],
        picture=place,
        made_at=iso(row["made_ms"]) or "",
        way_in=row["way_in"] and PlaceForm(x=row["way_in"][0], y=row["way_in"][1]),
        places=[PlaceShown(device=one["device"], x=one["x"], y=one["y"]) for one in row["places"]],
    )

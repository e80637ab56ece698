"""Units that can be sent, over the API, and where sites are on the map."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import APIRouter
from fastapi import Path as PathField
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.domain.dispatch import Point
from alarm_receiver.store import deeds, registry, units
from alarm_receiver.web.access import Installer, Parts, Supervisor, Who
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form

router = APIRouter(prefix="/v1")
CHANGES = answers(401, 403, 404, 422, 503)
Name = Annotated[str, PathField(min_length=1, max_length=80, pattern="^[^\x00-\x1f\x7f]+$")]
Latitude = Annotated[float, Field(ge=-90, le=90, examples=[50.087])]
Longitude = Annotated[float, Field(ge=-180, le=180, examples=[14.421])]
_POINT = re.compile(r"\s*(-?\d{1,2}(?:\.\d{1,9})?)\s*[,; ]\s*(-?\d{1,3}(?:\.\d{1,9})?)\s*")


class SpotForm(Form):
    """A position in degrees (WGS 84)."""

    latitude: Latitude
    longitude: Longitude

    def point(self) -> Point:
        """In millionths of a degree."""
        return round(self.latitude * 1e6), round(self.longitude * 1e6)


class UnitForm(Form):
    """What a unit can do, how it is reached, and where it waits."""

    kind: Literal["guard", "police", "ambulance", "fire", "technician"]
    phone: Annotated[str, Field(max_length=40)] = ""
    spot: SpotForm | None = None


class UnitShown(BaseModel):
    """A unit; `tickets` are those that it is out for now."""

    name: str
    kind: str
    phone: str
    spot: SpotForm | None
    tickets: int


@router.get("/units", tags=["tickets"], responses=answers(401, 422))
def list_units(parts: Parts, who: Who, asked: Listed) -> list[UnitShown]:
    """The units of your agency, by name."""
    with parts.reader.connect() as connection:
        rows = [units.shown(row) for row in asked.rows(connection, units.list_of(who.agency))]
        busy = units.busy(connection, who.agency)
    return [
        UnitShown(
            name=row["name"],
            kind=row["kind"],
            phone=row["phone"],
            spot=_shown(row["point"]),
            tickets=busy.get(row["name"], 0),
        )
        for row in rows
    ]


@router.put("/units/{name}", tags=["tickets"], status_code=204, responses=CHANGES)
def put_unit(name: Name, form: UnitForm, parts: Parts, who: Supervisor) -> None:
    """Make a unit, or change the one of this name."""
    now_ms = parts.clock.now_ms()
    point = form.spot.point() if form.spot else None

    def put(connection: Connection) -> None:
        values = {"kind": form.kind, "phone": form.phone}
        units.put(connection, who.agency, name, **values, point=point, now_ms=now_ms)
        deeds.write(connection, who, "put_unit", name, now_ms, kind=form.kind)

    parts.writer.do(put)


@router.delete("/units/{name}", tags=["tickets"], status_code=204, responses=CHANGES)
def drop_unit(name: Name, parts: Parts, who: Supervisor) -> None:
    """Send this unit no more; what it did stays on the timelines."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        units.drop(connection, who.agency, name, now_ms)
        deeds.write(connection, who, "drop_unit", name, now_ms)

    parts.writer.do(drop)


@router.put("/sites/{id}/spot", tags=["sites"], status_code=204, responses=CHANGES)
def put_spot(id: str, form: SpotForm, parts: Parts, who: Installer) -> None:
    """Say where a site is on the map: distances of units are measured from there."""
    keep_spot(parts, who, id, form.point())


def keep_spot(parts: Parts, who: Installer, id_: str, point: Point | None) -> None:
    """Keep (None: forget) where a site is, and who said so."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id_)
        units.put_spot(connection, id_, point)
        deeds.write(connection, who, "put_spot", id_, now_ms)

    parts.writer.do(put)


def read_point(text: str) -> Point | None:
    """The point in "50.087, 14.421", as maps give it; None for no text. Raises ApiError."""
    if not text.strip():
        return None
    found = _POINT.fullmatch(text)
    if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:  # noqa: PLR2004 - degrees
        raise ApiError(422, "a position is latitude, longitude in degrees: 50.087, 14.421")
    return round(float(found[1]) * 1e6), round(float(found[2]) * 1e6)


def point_text(point: Point | None) -> str:
    """A point as maps write it."""
    return "" if point is None else f"{point[0] / 1e6:.6f}, {point[1] / 1e6:.6f}"


def _shown(point: Point | None) -> SpotForm | None:
    return point and SpotForm(latitude=point[0] / 1e6, longitude=point[1] / 1e6)

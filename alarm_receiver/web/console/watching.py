"""The supervisor's wall, one operator's own tickets, and the list of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from alarm_receiver.store import lines, premises, wall, watch
from alarm_receiver.web.access import Parts
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.cards import card

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.web.context import Context

router = APIRouter(include_in_schema=False)
SILENT_MS = 300_000
"""A device not heard for this long is listed as silent; heartbeats come every 20 to 75 s."""
HELD_MAX = 50
"""The wall lists so many held tickets; the others stand under Mine."""


@router.get("/mine")
def show_mine(request: Request, parts: Parts) -> Response:
    """What I hold, and when each comes back to the desk by itself."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    with parts.reader.connect() as connection:
        held = _held(connection, who.agency)
        why = lines.parked(connection, [str(one["id"]) for one in held])
    rows = [one | {"parked": why.get(str(one["id"]))} for one in held]
    values = {
        "mine": [one for one in rows if one["holder"] == who.name],
        "others": [one for one in rows if one["holder"] != who.name],
        "supervises": who.role in OVERRIDES,
    }
    return shell.screen(request, parts, who, "mine.html", values)


@router.get("/wall")
def show_wall(request: Request, parts: Parts) -> Response:
    """Figures of the last 24 hours, live; printed as plain counts."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        found = wall.figures(connection, who.agency, now_ms)
        silent = _silent(parts, watch.devices(connection, who.agency))
        held = _held(connection, who.agency)
    for name, count in parts.watching.get(who.agency, {}).items():
        if count:
            found.desk(name)
    values = {
        "figures": found,
        "consoles": {**parts.watching.get(who.agency, {}), who.name: 1},
        "silent": silent,
        "held": held[:HELD_MAX],
        "supervises": who.role in OVERRIDES,
        "waits": _spread(found.waits_ms),
        "handling": _spread(found.handling_ms),
        "bars": _bars(found, now_ms),
        "limit_s": wall.LIMIT_MS // 1000,
    }
    return shell.screen(request, parts, who, "wall.html", values)


@router.get("/sites")
def show_sites(
    request: Request, parts: Parts, wanted: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """All sites, those with live tickets first, and the devices that are silent."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    with parts.reader.connect() as connection:
        sites = watch.sites(connection, who.agency, wanted.strip())
        silent = _silent(parts, watch.devices(connection, who.agency))
        tests = premises.tests(connection, who.agency, parts.clock.now_ms())
        names = {one["id"]: one["name"] for one in watch.sites(connection, who.agency)}
    values = {
        "sites": sites,
        "silent": silent,
        "tests": [one | {"site_name": names.get(one["site"], one["site"])} for one in tests],
        "wanted": wanted,
        "most": watch.LISTED_MAX,
    }
    return shell.screen(request, parts, who, "sites.html", values)


def heard(parts: Context, one: dict[str, Any]) -> int | None:
    """When a device was last heard, in ms since 1970; None: not since the receiver started."""
    return parts.hearing.heard_ms.get(bytes.fromhex(one["id"]))


def _held(connection: Connection, agency: str) -> list[dict[str, object]]:
    """Tickets that somebody holds, the one that comes back first in front."""
    found = [one for one in lines.live(connection, agency) if one.ticket.holder]
    found.sort(key=lambda one: one.ticket.due_ms or 0)
    return [card(one) | {"due_ms": one.ticket.due_ms} for one in found]


def _silent(parts: Context, devices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Devices not heard lately, the longest silence first; those never heard before them."""
    now_ms = parts.clock.now_ms()
    found = []
    for one in devices:
        heard_ms = heard(parts, one)
        if heard_ms is None or now_ms - heard_ms > SILENT_MS:
            found.append(one | {"heard_ms": heard_ms})
    found.sort(key=lambda one: one["heard_ms"] or 0)
    return found[: watch.LISTED_MAX]


def _spread(values: list[int]) -> dict[str, int | None]:
    return {
        "half": wall.percentile(values, 0.5),
        "most": wall.percentile(values, 0.95),
        "longest": max(values, default=None),
    }


def _bars(found: wall.Figures, now_ms: int) -> list[dict[str, int]]:
    """The last 24 hours as bars: where, how high (of 100), how many, and when the hour began."""
    top = max(1, *found.by_hour)
    since_ms = now_ms - wall.DAY_MS
    return [
        {
            "x": place * 10,
            "height": round(100 * number / top),
            "number": number,
            "from_ms": since_ms + place * wall.HOUR_MS,
        }
        for place, number in enumerate(found.by_hour)
    ]

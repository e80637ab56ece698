"""The supervisor's wall, one operator's own tickets, and the list of sites."""

from __future__ import annotations

from functools import partial
from heapq import nsmallest
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from alarm_receiver.domain.expiry import SOON_MS, days_left, standing
from alarm_receiver.store import certificates, lines, premises, undelivered, wall, watch
from alarm_receiver.web.access import Parts
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.cards import card, first_ms, limit_ms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.web.context import Context

router = APIRouter(include_in_schema=False)
SILENT_MS = 300_000
"""A device not heard for this long is listed as silent; heartbeats come every 20 to 75 s."""
SHOWN = 100
"""So many sites on a screen."""
HELD_MAX = 50
"""The wall lists so many held tickets; the others stand under Mine."""


@router.get("/mine")
def show_mine(request: Request, parts: Parts) -> Response:
    """What I hold, and when each comes back to the desk by itself."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    with parts.reader.connect() as connection:
        held = _held(parts, connection, who.agency)
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
    within_ms = partial(first_ms, parts)
    with parts.reader.connect() as connection:
        found = wall.figures(connection, who.agency, now_ms, within_ms)
        limits = {within_ms(one) for one in wall.jurisdictions(connection, who.agency)}
        silent = _silent(parts, connection, who.agency)
        held = _held(parts, connection, who.agency)
        ending = _ending(connection, who.agency, now_ms)
        lost = undelivered.counts(connection, who.agency)[undelivered.FAILED]
    for name, count in parts.watching.get(who.agency, {}).items():
        if count:
            found.desk(name)
    values = {
        "figures": found,
        "consoles": {**parts.watching.get(who.agency, {}), who.name: 1},
        "silent": silent,
        "ending": ending,
        "undelivered": lost,
        "held": held[:HELD_MAX],
        "supervises": who.role in OVERRIDES,
        "waits": _spread(found.waits_ms),
        "handling": _spread(found.handling_ms),
        "bars": _bars(found, now_ms),
        "limits_s": sorted(one // 1000 for one in limits or {within_ms("generic")}),
    }
    return shell.screen(request, parts, who, "wall.html", values)


@router.get("/sites")
def show_sites(
    request: Request, parts: Parts, wanted: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Sites by name, a part at a time; those with live tickets; the devices that are silent."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    with parts.reader.connect() as connection:
        near = wanted.strip()
        sites = shell.listed(
            request, lambda cursor: watch.sites(connection, who.agency, near, cursor, SHOWN)
        )
        silent = _silent(parts, connection, who.agency)
        ending = _ending(connection, who.agency, parts.clock.now_ms())
        tests = premises.tests(connection, who.agency, parts.clock.now_ms())
        alarmed = watch.alarmed(connection, who.agency)
    values = {
        "sites": sites,
        "alarmed": alarmed,
        "silent": silent,
        "tests": tests,
        "ending": ending,
        "wanted": wanted,
    }
    return shell.screen(request, parts, who, "sites.html", values)


def heard(parts: Context, one: dict[str, Any]) -> int | None:
    """When a device was last heard, in ms since 1970; None: not since the receiver started."""
    return parts.hearing.heard_ms.get(bytes.fromhex(one["id"]))


def ends(one: dict[str, Any], now_ms: int) -> dict[str, Any]:
    """A certificate with how it stands and how many days it has."""
    ends_ms = one["ends_ms"]
    left = {"standing": standing(ends_ms, now_ms), "days": days_left(ends_ms, now_ms)}
    return one | left


def _ending(connection: Connection, agency: str, now_ms: int) -> list[dict[str, Any]]:
    """Certificates that end within a month, the first in front."""
    return [ends(one, now_ms) for one in certificates.soon(connection, agency, now_ms + SOON_MS)]


def _held(parts: Context, connection: Connection, agency: str) -> list[dict[str, object]]:
    """Tickets that somebody holds, the one that comes back first in front."""
    found = [one for one in lines.live(connection, agency) if one.ticket.holder]
    found.sort(key=lambda one: one.ticket.due_ms or 0)
    return [card(one, limit_ms(parts, one)) | {"due_ms": one.ticket.due_ms} for one in found]


def _silent(parts: Context, connection: Connection, agency: str) -> list[dict[str, Any]]:
    """Devices not heard lately, the longest silence first; those never heard before them.

    Who is silent is known in memory; of those few that are shown the names are read.
    """
    before_ms = parts.clock.now_ms() - SILENT_MS
    heard_ms = parts.hearing.heard_ms
    devices = (
        (heard_ms.get(device, 0), one.device) for device, one in parts.keys.of_agency(agency)
    )
    some = nsmallest(watch.LISTED_MAX, (one for one in devices if one[0] < before_ms))
    order = {id_: last_ms for last_ms, id_ in some}
    found = watch.devices(connection, agency, ids=list(order))
    found.sort(key=lambda one: order[one["id"]])
    return [one | {"heard_ms": order[one["id"]] or None} for one in found]


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

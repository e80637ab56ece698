"""The walk test on a phone: every button's line, and the presses that are asked about.

It shows what the API lists (alarm_receiver/web/walk.py), by the same rule, and takes the same word.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.domain.walk import Standing
from alarm_receiver.store import premises, registry, walk
from alarm_receiver.web import walk as walk_api
from alarm_receiver.web.access import Parts, Tester, Who
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.premises import TESTS
from alarm_receiver.web.console.shell import TEST_WARN_MS
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.schemas import Hex16, iso
from alarm_receiver.web.walk import WordForm
from alarm_receiver.web.words import KINDS, word
from alarm_wire.signal import kind_name

if TYPE_CHECKING:
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/sites", include_in_schema=False)
COLUMNS = ("Site", "Device", "Place", "Signal", "Received (UTC)", "Seconds on the way", "Standing")


@router.get("/{id}/walk")
def show_walk(request: Request, id: str, parts: Parts) -> Response:
    """The walk test: press every button; each line ticks when its signal has arrived."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    with parts.reader.connect() as connection:
        site = registry.site_by_id(connection, who.agency, id)
    tests, found = _walk(parts, who, id)
    others = [
        one for one in found.presses if not one["ticks"] and one["standing"] != Standing.MARKED
    ]
    values = {
        "site": site,
        "tests": tests,
        "rows": found.buttons,
        "others": others,
        "pressed": sum(row["press"] is not None for row in found.buttons),
        "may_test": who.role in TESTS,
        "warn_ms": TEST_WARN_MS,
    }
    return shell.screen(request, parts, who, "walk.html", values)


@router.post("/{id}/walk/{device}/{epoch}/{number}")
def say_whose(
    id: str,
    device: Hex16,
    epoch: int,
    number: int,
    parts: Parts,
    who: Tester,
    mine: Annotated[bool, Form()],
) -> Response:
    """Say whether a press was the walk test's; its ticket stays as it is."""
    walk_api.say_whose(id, device, epoch, number, WordForm(mine=mine), parts, who)
    return RedirectResponse(f"/sites/{id}/walk", 303)


@router.get("/{id}/walk.csv")
def walk_report(request: Request, id: str, parts: Parts, who: Who) -> Response:
    """The walk test as a table for the file of the site."""
    spoken = Reader.of(request).language
    with parts.reader.connect() as connection:
        site = registry.site_by_id(connection, who.agency, id)
    _, found = _walk(parts, who, id)
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    ticked = [(one["id"], one["zone"], one["zone_name"], one["press"]) for one in found.buttons]
    others = [
        (one["device"], one["zone"], one["zone_name"], one)
        for one in found.presses
        if not one["ticks"]
    ]
    for device, zone, zone_name, press in ticked + others:
        cells = (site["name"], device, zone_name or zone, *_cells(press, spoken))
        table.writerow([_inert(str(cell)) for cell in cells])
    headers = {"Content-Disposition": 'attachment; filename="walk-test.csv"'}
    return Response(out.getvalue(), headers=headers, media_type="text/csv; charset=utf-8")


def _cells(press: dict[str, Any] | None, spoken: Any) -> tuple[str, str, str, str]:
    if press is None:
        return "", "not pressed", "", ""
    kind = spoken(word(KINDS, press["kind"]))
    way_s = f"{press['age_ms'] / 1000:.1f}" if press["age_exact"] else ""
    return kind, iso(press["received_ms"]) or "", way_s, str(press["standing"])


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _walk(parts: Context, who: Operator, id_: str) -> tuple[list[dict[str, Any]], walk.Walk]:
    """Running tests of the site, and the walk since the first of them began."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        running = premises.tests(connection, who.agency, now_ms)
        tests = [one for one in running if one["site"] == id_]
        since_ms = walk.began_ms(connection, who.agency, id_, now_ms)
        found = walk.read(connection, who.agency, id_, since_ms)
    for one in found.presses:
        one["kind"] = kind_name(one["kind"])
    return tests, found

"""Who may do what, what was done beside tickets, and whom to reach: people, record, directory."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from alarm_receiver.domain.dispatch import KINDS
from alarm_receiver.store import deeds, listing, people, reach, units, watch
from alarm_receiver.store import directory as contacts
from alarm_receiver.store.charts import AUTHORITIES, authority, customer
from alarm_receiver.store.people import NotAllowed, NotAlone
from alarm_receiver.store.registry import OWN, NotFound, RegistryError, Taken
from alarm_receiver.web import resets
from alarm_receiver.web import team as team_api
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.doors import DOORS, scopes_for
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.units import point_text
from alarm_receiver.web.words import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from sqlalchemy import Connection, Table

    from alarm_receiver.store.listing import Part
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context
    from alarm_receiver.web.resets import PasswordShown

router = APIRouter(include_in_schema=False)
DEEDS = 200
SHOWN = 100
"""So many rows of a list on a screen."""
DAY = r"^(20\d\d-\d\d-\d\d)?$"
SEES_PEOPLE = ("supervisor", "admin")
SEES_RECORD = ("auditor", "admin")


@router.get("/people")
def show_people(request: Request, parts: Parts) -> Response:
    """Operators and their roles."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    return _people(request, parts, who)


@router.post("/people")
def make_person(
    request: Request,
    parts: Parts,
    who: Admin,
    name: Annotated[str, Form(max_length=70)],
    password: Annotated[str, Form(max_length=200)],
    role: Annotated[str, Form(max_length=16)],
) -> Response:
    """Make an operator."""
    try:
        form = team_api.OperatorForm.model_validate(
            {"name": name.strip(), "password": password, "role": role}
        )
        team_api.make_operator(form, parts, who)
    except (ValidationError, Taken, NotAlone) as error:
        return _people(request, parts, who, shell.refused(request, error))
    return RedirectResponse("/people", 303)


@router.post("/people/{name:path}/disable")
def disable_person(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """Let somebody in no longer; his sessions end at once."""
    return _then_people(request, parts, who, lambda: team_api.disable_operator(name, parts, who))


@router.post("/people/{name:path}/sign-out")
def sign_out_person(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """End somebody's sessions and tokens."""
    return _then_people(request, parts, who, lambda: team_api.sign_out_operator(name, parts, who))


@router.post("/people/{name:path}/factors")
def drop_factors(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """Take away the passkeys and codes that somebody has lost."""
    return _then_people(request, parts, who, lambda: team_api.drop_factors(name, parts, who))


@router.post("/people/{name:path}/password")
def fresh_password(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """Make a password for somebody who has forgotten his; it is on the page that answers."""
    return _people(request, parts, who, made=resets.reset_password(name, parts, who))


@router.get("/roles")
def show_roles(request: Request, parts: Parts) -> Response:
    """Which role may do what, as the receiver itself decides it."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    opened: dict[str, set[str]] = {}
    for door in DOORS.values():
        opened.setdefault(door.scope, set()).update(door.roles)
    values = {
        "roles": list(ROLES),
        "rows": [
            (scope, opened.get(scope, set())) for scope in scopes_for(house=who.agency == OWN)
        ],
        "second": parts.rules.sign_in.second_factor,
        "sign_in": parts.rules.sign_in,
    }
    return shell.screen(request, parts, who, "roles.html", values)


@router.get("/record")
def show_record(
    request: Request,
    parts: Parts,
    wanted: Annotated[str, Query(max_length=80)] = "",
    from_day: Annotated[str, Query(pattern=DAY)] = "",
    until_day: Annotated[str, Query(pattern=DAY)] = "",
) -> Response:
    """What people did beside tickets, newest first; by text and days of the reader's zone."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    _check(who, SEES_RECORD)
    with parts.reader.connect() as connection:
        zone = Reader.of(request).zone
        search = deeds.Wanted(
            wanted,
            _moment(from_day, zone, 0) or 0,
            _moment(until_day, zone, 1) or 2**62,
        )
        found = shell.listed(
            request, lambda cursor: deeds.search(connection, who.agency, search, DEEDS, cursor)
        )
    values = {
        "deeds": found,
        "wanted": wanted,
        "from_day": from_day,
        "until_day": until_day,
    }
    return shell.screen(request, parts, who, "record.html", values)


@router.get("/directory")
def show_directory(
    request: Request, parts: Parts, wanted: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """Whom to reach: keyholders of all sites, colleagues, units, agencies' own systems."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else directory(request, parts, who, wanted)


def directory(
    request: Request, parts: Context, who: Operator, wanted: str = "", said: str = ""
) -> Response:
    """The directory; `said` is why something was refused."""
    said_near, near = wanted.strip(), wanted.strip().casefold()
    with parts.reader.connect() as connection:
        lists = _lists(request, connection, who.agency, said_near)
        colleagues = people.everyone(connection, who.agency)
        endpoints = reach.endpoints(connection, who.agency)
        fleet = units.of_agency(connection, who.agency)
        busy = units.busy(connection, who.agency)
        chosen = {
            table.name: _chosen(request, connection, table, who.agency)
            for table in (customer, authority)
        }
    values: dict[str, Any] = {
        "colleagues": [
            one for one in colleagues if not one["disabled"] and near in one["name"].casefold()
        ],
        "units": [
            one | {"tickets": busy.get(one["name"], 0), "spot": point_text(one["point"])}
            for one in fleet
            if near in one["name"].casefold()
        ],
        "authority_kinds": AUTHORITIES,
        "unit_kinds": KINDS,
        "makes_units": who.role in OVERRIDES,
        "endpoints": [one for one in endpoints if near in one.name.casefold()],
        "consoles": parts.watching.get(who.agency, {}),
        "wanted": wanted,
        "said": said,
    }
    values |= lists | chosen
    return shell.screen(request, parts, who, "directory.html", values, 422 if said else 200)


def _lists(
    request: Request, connection: Connection, agency: str, near: str
) -> dict[str, shell.Shown]:
    """The lists of the directory that can be long, each with a cursor of its own."""

    def of_table(table: Table) -> Callable[[str], Part]:
        return lambda cursor: contacts.search(connection, table, agency, near, cursor, SHOWN)

    return {
        "holders": shell.listed(
            request,
            lambda cursor: watch.keyholders(connection, agency, near, cursor, SHOWN),
            "holders",
        ),
        "customers": shell.listed(request, of_table(customer), "customers"),
        "outside": shell.listed(request, of_table(authority), "outside"),
    }


def _chosen(
    request: Request, connection: Connection, table: Table, agency: str
) -> dict[str, Any] | None:
    """The one that the address asks to change."""
    try:
        wanted = request.query_params.get(table.name, "")
        return contacts.one(connection, table, agency, wanted) if wanted else None
    except NotFound:
        return None


def _moment(day: str, zone: tzinfo, days: int) -> int | None:
    """When `day` (YYYY-MM-DD) begins in the zone, or the one `days` later. Raises 422."""
    if not day:
        return None
    try:
        at = datetime.combine(date.fromisoformat(day) + timedelta(days), time(), zone)
    except ValueError as error:
        raise ApiError(422, f"{day} is no day") from error
    return int(at.timestamp() * 1000)


def _then_people(
    request: Request, parts: Context, who: Operator, do: Callable[[], None]
) -> Response:
    try:
        do()
    except (ApiError, NotAllowed, RegistryError) as error:
        return _people(request, parts, who, shell.refused(request, error))
    return RedirectResponse("/people", 303)


def _people(
    request: Request,
    parts: Context,
    who: Operator,
    said: str = "",
    made: PasswordShown | None = None,
) -> Response:
    _check(who, SEES_PEOPLE)
    with parts.reader.connect() as connection:
        wanted = people.list_of(who.agency)
        found = shell.listed(
            request, lambda cursor: listing.read(connection, wanted, cursor, SHOWN)
        )
    found = replace(found, rows=[people.shown(row) for row in found.rows])
    values = {"people": found, "roles": list(ROLES), "said": said, "makes": who.role == "admin"}
    values["made"] = made
    return shell.screen(request, parts, who, "people.html", values, 422 if said else 200)


def _check(who: Operator, roles: tuple[str, ...]) -> None:
    if who.role not in roles:
        raise ApiError(403, f"this page is for: {', '.join(roles)}")

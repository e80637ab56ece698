"""Who may do what, what was done beside tickets, and whom to reach: people, record, directory."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from alarm_receiver.domain.dispatch import KINDS
from alarm_receiver.store import deeds, people, reach, units, watch
from alarm_receiver.store import directory as contacts
from alarm_receiver.store.charts import AUTHORITIES, authority, customer
from alarm_receiver.store.people import NotAllowed
from alarm_receiver.store.registry import RegistryError
from alarm_receiver.web import team as team_api
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.doors import DOORS, SCOPES
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.units import point_text
from alarm_receiver.web.words import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(include_in_schema=False)
DEEDS = 200
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
    spoken = Reader.of(request).language
    try:
        form = team_api.OperatorForm.model_validate(
            {"name": name.strip(), "password": password, "role": role}
        )
        with parts.reader.connect() as connection:
            taken = people.by_name(connection, form.name) is not None
        if taken:
            return _people(request, parts, who, spoken("There is somebody of this name already."))
        team_api.make_operator(form, parts, who)
    except ValidationError:
        said = spoken("A name and a password of at least 12 characters are needed.")
        return _people(request, parts, who, said)
    return RedirectResponse("/people", 303)


@router.post("/people/{name}/disable")
def disable_person(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """Let somebody in no longer; his sessions end at once."""
    return _then_people(request, parts, who, lambda: team_api.disable_operator(name, parts, who))


@router.post("/people/{name}/sign-out")
def sign_out_person(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """End somebody's sessions and tokens."""
    return _then_people(request, parts, who, lambda: team_api.sign_out_operator(name, parts, who))


@router.post("/people/{name}/factors")
def drop_factors(request: Request, name: str, parts: Parts, who: Admin) -> Response:
    """Take away the passkeys and codes that somebody has lost."""
    return _then_people(request, parts, who, lambda: team_api.drop_factors(name, parts, who))


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
        "rows": [(scope, opened.get(scope, set())) for scope in SCOPES],
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
    below: Annotated[int | None, Query(ge=1, le=2**53)] = None,
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
            below,
        )
        rows, older = deeds.search(connection, who.agency, search, DEEDS)
    query = {"wanted": wanted, "from_day": from_day, "until_day": until_day, "below": older}
    values = {
        "deeds": rows,
        "wanted": wanted,
        "from_day": from_day,
        "until_day": until_day,
        "older": f"/record?{urlencode(query)}" if older else "",
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
    near = wanted.strip().casefold()
    with parts.reader.connect() as connection:
        holders = watch.keyholders(connection, who.agency, wanted.strip())
        colleagues = people.everyone(connection, who.agency)
        endpoints = reach.endpoints(connection, who.agency)
        fleet = units.of_agency(connection, who.agency)
        busy = units.busy(connection, who.agency)
        customers = contacts.listed(connection, customer, who.agency)
        outside = contacts.listed(connection, authority, who.agency)
    values: dict[str, Any] = {
        "holders": holders,
        "colleagues": [
            one for one in colleagues if not one["disabled"] and near in one["name"].casefold()
        ],
        "units": [
            one | {"tickets": busy.get(one["name"], 0), "spot": point_text(one["point"])}
            for one in fleet
            if near in one["name"].casefold()
        ],
        "customers": _found(customers, near, ("name", "person", "phone")),
        "outside": _found(outside, near, ("name", "phone")),
        "customer": _chosen(request, "customer", customers),
        "authority": _chosen(request, "authority", outside),
        "authority_kinds": AUTHORITIES,
        "unit_kinds": KINDS,
        "makes_units": who.role in OVERRIDES,
        "endpoints": [one for one in endpoints if near in one.name.casefold()],
        "consoles": parts.watching.get(who.agency, {}),
        "wanted": wanted,
        "most": watch.LISTED_MAX,
        "said": said,
    }
    return shell.screen(request, parts, who, "directory.html", values, 422 if said else 200)


def _found(rows: list[dict[str, Any]], near: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Those of `rows` with `near` in one of these fields; as many as a page lists."""
    found = [one for one in rows if any(near in one[name].casefold() for name in names)]
    return found[: watch.LISTED_MAX]


def _chosen(request: Request, name: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The one of `rows` that the address asks to change."""
    wanted = request.query_params.get(name)
    return next((one for one in rows if one["id"] == wanted), None)


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


def _people(request: Request, parts: Context, who: Operator, said: str = "") -> Response:
    _check(who, SEES_PEOPLE)
    with parts.reader.connect() as connection:
        rows: list[dict[str, Any]] = people.everyone(connection, who.agency)
    values = {"people": rows, "roles": list(ROLES), "said": said, "makes": who.role == "admin"}
    return shell.screen(request, parts, who, "people.html", values, 422 if said else 200)


def _check(who: Operator, roles: tuple[str, ...]) -> None:
    if who.role not in roles:
        raise ApiError(403, f"this page is for: {', '.join(roles)}")

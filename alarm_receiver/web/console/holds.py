"""Legal holds on screen: what must not be erased, who said so, why and until when.

It promises that a hold is set on one thing, named as people name it, and that it is lifted from
here only by asking for it: two administrators do that (`console.proposals`).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.store import holds, listing, proposals
from alarm_receiver.web import proposals as proposals_api
from alarm_receiver.web import retention as api
from alarm_receiver.web.access import Admin, Parts, Supervisor
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/holds", include_in_schema=False)
SEES = (*OVERRIDES, "auditor")
SHOWN = 100
KINDS = tuple(holds.KINDS)


@router.get("")
def show_holds(request: Request, parts: Parts) -> Response:
    """The holds that run, and those that have ended."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _screen(request, parts, who)


@router.post("")
def set_hold(
    request: Request,
    parts: Parts,
    who: Supervisor,
    kind: Annotated[str, Form(max_length=8)],
    subject: Annotated[str, Form(max_length=200)],
    reason: Annotated[str, Form(max_length=400)] = "",
    until_day: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Set a hold on a ticket, a site or a customer; with a day, until that day is over."""

    def put() -> None:
        with parts.reader.connect() as connection:
            id_ = holds.named(connection, who.agency, kind, subject.strip())
        until = _end_of(until_day, Reader.of(request).zone)
        values = {"kind": kind, "subject": id_, "reason": reason.strip(), "until": until}
        api.set_hold(api.HoldForm.model_validate(values), parts, who)

    return _then(request, parts, who, put, "/holds")


@router.post("/{id}/lift")
def ask_to_lift(
    request: Request,
    id: str,
    parts: Parts,
    who: Admin,
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Ask for it; another administrator decides."""

    def ask() -> None:
        values = {"what": "lift_hold", "subject": id, "reason": reason.strip()}
        proposals_api.make_proposal(proposals_api.ProposalForm.model_validate(values), parts, who)

    return _then(request, parts, who, ask, "/proposals")


def _then(
    request: Request,
    parts: Context,
    who: Operator,
    do: Callable[[], None],
    there: str,
) -> Response:
    try:
        do()
    except shell.REFUSALS as error:
        return _screen(request, parts, who, shell.refused(request, error))
    return RedirectResponse(there, 303)


def _screen(request: Request, parts: Context, who: Operator, said: str = "") -> Response:
    if who.role not in SEES:
        raise ApiError(403, f"this page is for: {', '.join(SEES)}")
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        found = shell.listed(
            request,
            lambda cursor: listing.read(
                connection, proposals.list_of_holds(who.agency), cursor, SHOWN
            ),
        )
        asked = proposals.open_of(connection, who.agency, "lift_hold", now_ms)
    rows = [one | {"runs": _runs(one, now_ms), "asked": one["id"] in asked} for one in found.rows]
    given = {name: request.query_params.get(name, "") for name in ("kind", "subject")}
    values: dict[str, Any] = {
        "running": [one for one in rows if one["runs"]],
        "past": [one for one in rows if not one["runs"]],
        "further": found,
        "kinds": KINDS,
        "given": given,
        "confirmed_by": parts.periods.confirmed_by,
        "sets": who.role in OVERRIDES,
        "lifts": who.role == "admin",
        "said": said,
    }
    return shell.screen(request, parts, who, "holds.html", values, 422 if said else 200)


def _runs(one: dict[str, Any], now_ms: int) -> bool:
    ended = one["until_ms"] is not None and one["until_ms"] <= now_ms
    return one["lifted_ms"] is None and not ended


def _end_of(day: str, zone: tzinfo) -> datetime | None:
    """When `day` (YYYY-MM-DD) is over in the zone. Raises ApiError."""
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), zone)
    except (ValueError, OverflowError) as error:
        raise ApiError(422, f"{day} is no day") from error

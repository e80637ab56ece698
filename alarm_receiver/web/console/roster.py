"""The roster on screen: who is at the desk, who comes when, where nobody does, and the teams.

It promises what the roster behind it does: nobody leaves the desk empty for a break, nor goes home
with tickets in his hands; the page says so before the button is pressed.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Path, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.domain import roster as domain
from alarm_receiver.domain.roster import Duty, State
from alarm_receiver.store import roster
from alarm_receiver.store.colleagues import colleagues
from alarm_receiver.web import roster as roster_api
from alarm_receiver.web.access import Desk, Parts, Supervisor
from alarm_receiver.web.acts import OVERRIDES, WORKS
from alarm_receiver.web.console import shell
from alarm_receiver.web.pages import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(include_in_schema=False)
Name = Annotated[str, Form(max_length=80)]
Moment = Annotated[str, Form(max_length=40)]
AHEAD_MS = 7 * 86_400_000
"""How far the page looks ahead."""
DRAWN_MS = 86_400_000
HOUR_MS = 3_600_000


@router.get("/roster")
def show_roster(request: Request, parts: Parts) -> Response:
    """Who is on duty, and who comes."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _roster(request, parts, who)


@router.post("/roster/duties")
def plan_duty(
    request: Request, parts: Parts, who: Supervisor, operator: Name, begins: Moment, ends: Moment
) -> Response:
    """Plan a duty; the times are those of the reader's time zone."""
    zone = Reader.of(request).zone

    def plan() -> None:
        moments = [datetime.fromisoformat(one).replace(tzinfo=zone) for one in (begins, ends)]
        values = {"operator": operator, "from_at": moments[0], "until_at": moments[1]}
        roster_api.plan_duty(roster_api.DutyForm.model_validate(values), parts, who)

    return _then(request, parts, who, plan)


@router.post("/roster/duties/{id}/cancel")
def cancel_duty(request: Request, id: str, parts: Parts, who: Supervisor) -> Response:
    """Cancel a duty that has not begun."""
    return _then(request, parts, who, lambda: roster_api.cancel_duty(id, parts, who))


@router.post("/roster/start")
def start_duty(request: Request, parts: Parts, who: Desk) -> Response:
    """Begin my duty."""
    return _then(request, parts, who, lambda: roster_api.start_duty(parts, who))


@router.post("/roster/{act}")
def leave_desk(
    request: Request,
    act: Annotated[str, Path(pattern="^(pause|resume|end)$")],
    parts: Parts,
    who: Desk,
) -> Response:
    """Go on a break (pause), come back from it (resume), or go home (end)."""
    return _then(request, parts, who, lambda: roster_api.leave_desk(act, parts, who))


@router.post("/teams")
def put_team(
    request: Request,
    parts: Parts,
    who: Supervisor,
    name: Annotated[str, Form(pattern="^[A-Za-z0-9 _-]{1,60}$")],
    members: Annotated[list[str], Form(max_length=200)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """Make a team, or let it have these members."""
    form = roster_api.TeamForm(members=members)
    return _then(request, parts, who, lambda: roster_api.put_team(name, form, parts, who))


@router.post("/teams/{name}/drop")
def drop_team(request: Request, name: str, parts: Parts, who: Supervisor) -> Response:
    """Dissolve a team."""
    return _then(request, parts, who, lambda: roster_api.drop_team(name, parts, who))


def _then(request: Request, parts: Context, who: Operator, do: Callable[[], object]) -> Response:
    """Do it and show the roster; what was refused is said above it."""
    try:
        do()
    except (*shell.REFUSALS, ValueError) as error:
        return _roster(request, parts, who, shell.refused(request, error))
    return RedirectResponse("/roster", 303)


def _roster(request: Request, parts: Context, who: Operator, said: str = "") -> Response:
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        listed = roster.listed(connection, who.agency, now_ms - HOUR_MS, now_ms + AHEAD_MS)
        held = roster.held(connection, who.agency, who.name)
        others_on = roster.others_on(connection, who.agency, who.id)
        teams = roster.teams(connection, who.agency)
        names = colleagues(connection, who.agency)
    rows = [_row(*one) for one in listed if one[0].state is not State.ENDED]
    gaps = domain.uncovered([one["duty"] for one in rows], now_ms, now_ms + DRAWN_MS)
    mine = [one["duty"] for one in rows if one["duty"].operator == who.id]
    values = {
        "now": [one for one in rows if one["duty"].state is not State.PLANNED],
        "planned": [one for one in rows if one["duty"].state is State.PLANNED],
        "mine": next((one for one in mine if one.state is not State.PLANNED), None),
        "next": next((one for one in mine if one.state is State.PLANNED), None),
        "held": sorted(held),
        "last_one": not others_on,
        "gaps": gaps,
        "drawn": _drawn(rows, gaps, now_ms),
        "consoles": parts.watching.get(who.agency, {}),
        "teams": teams,
        "names": names,
        "works": who.role in WORKS,
        "plans": who.role in OVERRIDES,
        "said": said,
    }
    return shell.screen(request, parts, who, "roster.html", values, 422 if said else 200)


def _row(duty: Duty, name: str, role: str) -> dict[str, Any]:
    return {"duty": duty, "name": name, "role": role}


def _drawn(
    rows: Sequence[dict[str, Any]], gaps: Sequence[tuple[int, int]], now_ms: int
) -> dict[str, Any]:
    """The next day as bars: a line for each person, in thousandths of the day; and the gaps."""

    def part(from_ms: int, until_ms: int) -> tuple[int, int]:
        begins, ends = (
            max(0, min(1000, (one - now_ms) * 1000 // DRAWN_MS)) for one in (from_ms, until_ms)
        )
        return begins, max(4, ends - begins)

    lines: dict[str, list[dict[str, Any]]] = {}
    for one in rows:
        duty = one["duty"]
        if duty.from_ms < now_ms + DRAWN_MS:
            begins, long = part(duty.from_ms, duty.until_ms)
            bar = {"x": begins, "width": long, "state": str(duty.state)}
            lines.setdefault(one["name"], []).append(bar)
    return {
        "lines": lines,
        "gaps": [part(*one) for one in gaps],
        "hours": [now_ms + place * 3 * HOUR_MS for place in range(8)],
    }

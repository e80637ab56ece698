"""The roster over the API: who is at the desk, who comes when, and the teams.

It promises that nobody leaves the desk empty for a break, nor goes home with tickets in his hands.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as PathField
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from alarm_receiver.domain import roster as domain
from alarm_receiver.domain.roster import Act, Duty
from alarm_receiver.domain.ticket import Refused
from alarm_receiver.store import deeds, roster
from alarm_receiver.store.people import Operator
from alarm_receiver.web.access import Desk, Parts, Supervisor, Who
from alarm_receiver.web.context import Context
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, iso

router = APIRouter(prefix="/v1", tags=["roster"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
Team = Annotated[str, PathField(pattern="^[A-Za-z0-9 _-]{1,60}$", examples=["Night"])]
Person = Annotated[str, Field(min_length=1, max_length=80)]
Leaving = {"pause": Act.PAUSE, "resume": Act.RESUME, "end": Act.END}
MOMENT_MAX = datetime(9000, 1, 1, tzinfo=UTC)


class DutyForm(Form):
    """Who is on duty from when to when; times with their offset from UTC."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "operator": "Ada",
                    "from_at": "2027-03-01T22:00:00+01:00",
                    "until_at": "2027-03-02T06:00:00+01:00",
                }
            ]
        },
    )

    operator: Person
    from_at: AwareDatetime
    until_at: AwareDatetime


class DutyShown(BaseModel):
    """A duty: planned, on, break or ended. `due_at` is when the clock ends it, or the break."""

    id: str
    operator: str
    role: str
    state: str
    from_at: str
    until_at: str
    due_at: str | None
    began_at: str | None
    ended_at: str | None


class TeamForm(Form):
    """The names of a team's members."""

    members: Annotated[list[Person], Field(max_length=200)]


class TeamShown(BaseModel):
    """A team; `team:NAME` in a policy pages those of it who are on duty, or all when nobody is."""

    name: str
    members: list[str]


@router.get("/roster", responses=answers(401, 422))
def read_roster(
    parts: Parts,
    who: Who,
    asked: Listed,
    hours: Annotated[int, Query(ge=1, le=24 * 62, description="How far to look ahead")] = 24,
    back_hours: Annotated[int, Query(ge=0, le=24 * 62, description="And back")] = 0,
) -> list[DutyShown]:
    """Who is on duty now, and the duties of the hours to come."""
    now_ms = parts.clock.now_ms()
    from_ms, until_ms = now_ms - back_hours * 3_600_000, now_ms + hours * 3_600_000
    with parts.reader.connect() as connection:
        wanted = roster.list_of(who.agency, from_ms, until_ms, ended=back_hours > 0)
        rows = asked.rows(connection, wanted)
    return [_shown(*roster.named(row)) for row in rows]


@router.post("/roster/duties", status_code=201, responses=CHANGES)
def plan_duty(form: DutyForm, parts: Parts, who: Supervisor) -> DutyShown:
    """Plan a duty. Duties of one operator share no time."""
    from_ms, until_ms = _ms(form.from_at), _ms(form.until_at)
    now_ms = parts.clock.now_ms()

    def plan(connection: Connection) -> Duty:
        id_ = roster.operator_id(connection, who.agency, form.operator)
        one = domain.planned(str(uuid.uuid4()), who.agency, id_, from_ms, until_ms)
        roster.put(connection, one)
        deeds.write(connection, who, "plan_duty", form.operator, now_ms, duty=one.id)
        return one

    return _read(parts, who, parts.writer.do(plan))


@router.post("/roster/duties/{id}/cancel", responses=CHANGES)
def cancel_duty(
    id: Annotated[str, PathField(max_length=36)], parts: Parts, who: Supervisor
) -> DutyShown:
    """Cancel a duty that has not begun."""
    now_ms = parts.clock.now_ms()

    def cancel(connection: Connection) -> Duty:
        after = roster.move(connection, roster.one(connection, who.agency, id), Act.CANCEL, now_ms)
        deeds.write(connection, who, "cancel_duty", id, now_ms)
        return after

    return _read(parts, who, parts.writer.do(cancel))


@router.post("/roster/start", responses=CHANGES)
def start_duty(parts: Parts, who: Desk) -> DutyShown:
    """Begin your duty: the planned one within the hour, or one of twelve hours from now.

    Doing it again changes nothing.
    """
    now_ms = parts.clock.now_ms()

    def start(connection: Connection) -> Duty:
        if (on := roster.running(connection, who.id)) is not None:
            return on
        after = _begin(connection, who, now_ms)
        deeds.write(connection, who, "start_duty", who.name, now_ms, duty=after.id)
        return after

    one = parts.writer.do(start)
    parts.learn()
    return _read(parts, who, one)


@router.post("/roster/{act}", responses=CHANGES)
def leave_desk(
    act: Annotated[str, PathField(pattern="^(pause|resume|end)$")], parts: Parts, who: Desk
) -> DutyShown:
    """Go on a break, come back from it, or end your duty.

    Refused while you hold tickets, and a break when you are the last one at the desk (409).
    """
    now_ms, wanted = parts.clock.now_ms(), Leaving[act]

    def leave(connection: Connection) -> Duty:
        before = roster.running(connection, who.id)
        if before is None:
            raise Refused("you are not on duty; start first")
        domain.check_leave(
            wanted,
            others_on=roster.others_on(connection, who.agency, who.id),
            held=roster.held(connection, who.agency, who.name),
        )
        after = roster.move(connection, before, wanted, now_ms)
        deeds.write(connection, who, f"{act}_duty", who.name, now_ms, duty=after.id)
        return after

    one = parts.writer.do(leave)
    parts.learn()
    return _read(parts, who, one)


@router.get("/teams", responses=answers(401))
def list_teams(parts: Parts, who: Who) -> list[TeamShown]:
    """The teams of your agency."""
    with parts.reader.connect() as connection:
        found = roster.teams(connection, who.agency)
    return [TeamShown(name=name, members=names) for name, names in found.items()]


@router.put("/teams/{name}", responses=CHANGES)
def put_team(name: Team, form: TeamForm, parts: Parts, who: Supervisor) -> TeamShown:
    """Let these operators be the team."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> list[str]:
        roster.put_team(connection, who.agency, name, form.members, now_ms)
        deeds.write(connection, who, "put_team", name, now_ms, members=form.members)
        return roster.teams(connection, who.agency)[name]

    members = parts.writer.do(put)
    parts.learn()
    return TeamShown(name=name, members=members)


@router.delete("/teams/{name}", status_code=204, responses=CHANGES)
def drop_team(name: Team, parts: Parts, who: Supervisor) -> None:
    """Dissolve a team; policies that name it page nobody there, and go on to their next step."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        roster.drop_team(connection, who.agency, name)
        deeds.write(connection, who, "drop_team", name, now_ms)

    parts.writer.do(drop)
    parts.learn()


def _begin(connection: Connection, who: Operator, now_ms: int) -> Duty:
    """The planned duty that begins now, or a new one until the next planned one."""
    for one in roster.of_operator(connection, who.id):
        if one.from_ms - domain.EARLY_MS <= now_ms < one.until_ms:
            return roster.move(connection, one, Act.START, now_ms)
    one = domain.started(str(uuid.uuid4()), who.agency, who.id, now_ms)
    roster.put(connection, one)
    return one


def _ms(moment: datetime) -> int:
    if moment > MOMENT_MAX or moment.year < 2000:  # noqa: PLR2004 - a slip of the keyboard
        raise ApiError(422, "a duty lies between the years 2000 and 9000")
    return int(moment.timestamp() * 1000)


def _read(parts: Context, who: Operator, one: Duty) -> DutyShown:
    with parts.reader.connect() as connection:
        return _shown(*roster.with_name(connection, who.agency, one.id))


def _shown(one: Duty, name: str, role: str) -> DutyShown:
    return DutyShown(
        id=one.id,
        operator=name,
        role=role,
        state=str(one.state),
        from_at=iso(one.from_ms) or "",
        until_at=iso(one.until_ms) or "",
        due_at=iso(one.due_ms),
        began_at=iso(one.began_ms),
        ended_at=iso(one.ended_ms),
    )

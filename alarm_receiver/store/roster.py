"""Duties and teams of an agency. Never commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, func, insert, select, update

from alarm_receiver.domain.roster import Act, Duty, State, act_on, overlapping
from alarm_receiver.store.database import lock_order
from alarm_receiver.store.duty import duty, team, team_member
from alarm_receiver.store.listing import Listing, read
from alarm_receiver.store.registry import NotFound, Taken
from alarm_receiver.store.tables import operator, ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

TEAMS_MAX = 200
LISTED_MAX = 1_000
_COLUMNS = (
    duty.c.id,
    duty.c.agency,
    duty.c.operator,
    duty.c.state,
    duty.c.from_ms,
    duty.c.until_ms,
    duty.c.due_ms,
    duty.c.began_ms,
    duty.c.ended_ms,
)


def operator_id(connection: Connection, agency: str, name: str) -> str:
    """The id of an operator who may sign in. Raises NotFound."""
    query = select(operator.c.id).where(
        operator.c.agency == agency, operator.c.name == name, operator.c.disabled_ms.is_(None)
    )
    found: str | None = connection.execute(query).scalar()
    if found is None:
        raise NotFound(f"no operator {name} who may sign in")
    return found


def put(connection: Connection, one: Duty) -> None:
    """Add a duty. Raises Taken when it shares time with another one of the same operator."""
    lock_order(connection, operator, operator.c.id, [one.operator])
    other = overlapping(of_operator(connection, one.operator), one.from_ms, one.until_ms)
    if other is not None:
        raise Taken(f"he is on duty then already (duty {other.id}); cancel or end that one first")
    connection.execute(insert(duty).values(_row(one)))


def move(connection: Connection, before: Duty, act: Act, now_ms: int) -> Duty:
    """Do `act` to a duty as it was read. Raises Refused, or Taken when it has changed since."""
    after = act_on(before, act, now_ms)
    result = connection.execute(
        update(duty)
        .where(and_(duty.c.id == before.id, duty.c.state == str(before.state)))
        .values(_row(after))
    )
    if result.rowcount != 1:
        raise Taken("the duty has changed meanwhile; look at it again")
    return after


def one(connection: Connection, agency: str, id_: str) -> Duty:
    """A duty of an agency. Raises NotFound."""
    query = select(*_COLUMNS).where(duty.c.id == id_, duty.c.agency == agency)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no duty {id_}")
    return _duty(row)


def of_operator(connection: Connection, operator_id: str) -> list[Duty]:
    """An operator's duties that have not ended, the first one in front."""
    query = select(*_COLUMNS).where(duty.c.operator == operator_id, duty.c.state != "ended")
    return [_duty(row) for row in connection.execute(query.order_by(duty.c.from_ms))]


def running(connection: Connection, operator_id: str) -> Duty | None:
    """The duty that an operator is on now, at the desk or on a break."""
    on = (State.ON, State.BREAK)
    found = [one for one in of_operator(connection, operator_id) if one.state in on]
    return found[0] if found else None


Named = tuple[Duty, str, str]
"""A duty, with name and role of its operator."""


def list_of(agency: str, from_ms: int, until_ms: int, *, ended: bool = True) -> Listing:
    """Duties that share time with a span, in their order; see `named`. `ended`: those too."""
    query = (
        select(*_COLUMNS, operator.c.name, operator.c.role)
        .join(operator, operator.c.id == duty.c.operator)
        .where(duty.c.agency == agency, duty.c.from_ms < until_ms, duty.c.until_ms > from_ms)
    )
    if not ended:
        query = query.where(duty.c.state != State.ENDED)
    keys = (duty.c.from_ms, operator.c.name, duty.c.id)
    return Listing("roster", query, keys, (agency, str(ended)))


def named(row: dict[str, Any]) -> Named:
    """A row of `list_of`."""
    return _duty([row[one.key] for one in _COLUMNS]), row["name"], row["role"]


def listed(connection: Connection, agency: str, from_ms: int, until_ms: int) -> list[Named]:
    """The first LISTED_MAX of the duties that share time with a span."""
    part = read(connection, list_of(agency, from_ms, until_ms), count=LISTED_MAX)
    return [named(row) for row in part.rows]


def with_name(connection: Connection, agency: str, id_: str) -> Named:
    """One duty. Raises NotFound."""
    found = one(connection, agency, id_)
    query = select(operator.c.name, operator.c.role).where(operator.c.id == found.operator)
    row = connection.execute(query).one()
    return found, row.name, row.role


def others_on(connection: Connection, agency: str, but: str) -> int:
    """How many others are at the desk now."""
    query = (
        select(func.count())
        .select_from(duty)
        .join(operator, operator.c.id == duty.c.operator)
        .where(
            duty.c.agency == agency,
            duty.c.state == "on",
            duty.c.operator != but,
            operator.c.disabled_ms.is_(None),
        )
    )
    return connection.execute(query).scalar_one()


def held(connection: Connection, agency: str, name: str) -> list[int]:
    """Numbers of the live tickets that an operator holds."""
    query = select(ticket.c.number).where(
        ticket.c.agency == agency, ticket.c.holder == f"operator:{name}", ticket.c.state != "closed"
    )
    return list(connection.execute(query).scalars())


def due(connection: Connection, now_ms: int, count: int) -> list[Duty]:
    """Duties and breaks that the clock ends now."""
    query = select(*_COLUMNS).where(duty.c.due_ms <= now_ms).order_by(duty.c.due_ms).limit(count)
    return [_duty(row) for row in connection.execute(query.with_for_update(skip_locked=True))]


def next_due_ms(connection: Connection) -> int | None:
    """When the clock ends the next duty or break."""
    query = select(duty.c.due_ms).where(duty.c.due_ms.is_not(None))
    found: int | None = connection.execute(query.order_by(duty.c.due_ms).limit(1)).scalar()
    return found


def on_now(connection: Connection) -> set[str]:
    """Ids of the operators of all agencies who are at the desk."""
    return set(connection.execute(select(duty.c.operator).where(duty.c.state == "on")).scalars())


def put_team(
    connection: Connection, agency: str, name: str, names: Sequence[str], now_ms: int
) -> None:
    """Let these operators be the team. Raises NotFound."""
    ids = [operator_id(connection, agency, one) for one in names]
    this = and_(team.c.agency == agency, team.c.name == name)
    if connection.execute(select(team.c.name).where(this)).scalar() is None:
        if len(teams(connection, agency)) >= TEAMS_MAX:
            raise Taken(f"there are {TEAMS_MAX} teams already")
        connection.execute(insert(team).values(agency=agency, name=name, made_ms=now_ms))
    _clear(connection, agency, name)
    if ids:
        rows = [{"agency": agency, "team": name, "operator": id_} for id_ in dict.fromkeys(ids)]
        connection.execute(insert(team_member), rows)


def drop_team(connection: Connection, agency: str, name: str) -> None:
    """Dissolve a team. Raises NotFound."""
    _clear(connection, agency, name)
    this = and_(team.c.agency == agency, team.c.name == name)
    if connection.execute(delete(team).where(this)).rowcount == 0:
        raise NotFound(f"no team {name}")


def teams(connection: Connection, agency: str) -> dict[str, list[str]]:
    """The teams of an agency, with the names of their members."""
    query = select(team.c.name).where(team.c.agency == agency).order_by(team.c.name)
    found: dict[str, list[str]] = {name: [] for name in connection.execute(query).scalars()}
    query = (
        select(team_member.c.team, operator.c.name)
        .join(operator, operator.c.id == team_member.c.operator)
        .where(team_member.c.agency == agency)
        .order_by(operator.c.name)
    )
    for row in connection.execute(query):
        found[row[0]].append(row[1])
    return found


def members(connection: Connection) -> dict[tuple[str, str], list[str]]:
    """Ids of the members of every team, by agency and name."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(select(team_member)):
        found.setdefault((row.agency, row.team), []).append(row.operator)
    return found


def _clear(connection: Connection, agency: str, name: str) -> None:
    this = and_(team_member.c.agency == agency, team_member.c.team == name)
    connection.execute(delete(team_member).where(this))


def _duty(row: Any) -> Duty:
    return Duty(row[0], row[1], row[2], State(row[3]), *row[4:])


def _row(one: Duty) -> dict[str, Any]:
    row = {column.key: getattr(one, column.key) for column in _COLUMNS}
    return row | {"state": str(one.state)}

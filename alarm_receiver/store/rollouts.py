"""Roll-outs in the store: begun, held, let go on and ended as deeds; taken further by the engine.

It promises that a roll-out is of one agency and touches no other's keypads, that every act is a
deed of the record in the transaction that does it, and that doing a turn twice orders once. There
is no table of them: what the record says, and how far each keypad's order is, is all there is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from alarm_receiver.domain.image import BadImage, version_text
from alarm_receiver.domain.orders import NotOrdered, What
from alarm_receiver.domain.rollout import (
    BEGIN,
    DEEDS,
    END,
    FAIL,
    FINISH,
    GO_ON,
    HOLD,
    ORDER,
    NotRolled,
    RollOut,
    chosen,
    course_of,
    due,
    over,
    result_of,
    told,
)
from alarm_receiver.store import deeds, images, ordering
from alarm_receiver.store.desk import deed
from alarm_receiver.store.orders import device_order
from alarm_receiver.store.registry import NotFound
from alarm_receiver.store.tables import device, site

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from alarm_receiver.domain.course import Course
    from alarm_receiver.store.people import Operator

OVERLAP = 1_000
"""So many deeds are read again: another process may commit an earlier one later."""
SHOWN_MS = 400 * 86_400_000
"""Older roll-outs are not listed any more; the record has them."""
REVOKED = "the keypad was revoked"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a roll-out shall be. `site`: the id of one, or empty for all of the agency's."""

    version: int
    site: str = ""
    percent: int = 100
    at_once: int = 5
    failures: int = 0


def keypads(connection: Connection, agency: str, site_id: str, at_ms: int) -> list[str]:
    """The keypads of an agency, or of one site of it, that were in use at a moment."""
    query = (
        select(device.c.id)
        .join(site, site.c.id == device.c.site)
        .where(
            site.c.agency == agency,
            device.c.kind == "keypad",
            device.c.made_ms <= at_ms,
            or_(device.c.revoked_ms.is_(None), device.c.revoked_ms > at_ms),
        )
        .order_by(device.c.id)
    )
    if site_id:
        query = query.where(device.c.site == site_id)
    return list(connection.execute(query).scalars())


def meant(connection: Connection, agency: str, wish: Wish, now_ms: int) -> list[str]:
    """Who would get it. Raises NotRolled when there is no such firmware here."""
    if wish.version not in {one["version"] for one in images.listed(connection, agency)}:
        raise NotRolled(f"no firmware of version {version_text(wish.version)} is kept here")
    return chosen(keypads(connection, agency, wish.site, now_ms), wish.percent, wish.version)


def begin(connection: Connection, who: Operator, wish: Wish, count: int, now_ms: int) -> str:
    """Begin a roll-out to the `count` keypads that were seen; its id. Raises NotRolled.

    One at a time in an agency: two would give the same keypad now this and now that.
    """
    found = meant(connection, who.agency, wish, now_ms)
    if not found:
        raise NotRolled("there is no keypad that would get it")
    if len(found) != count:
        raise NotRolled(f"it would go to {len(found)} keypads; type that number to confirm it")
    others = told(_deeds(connection, who.agency, now_ms)).values()
    if any(one.result is None and not over(one, _course(connection, one)) for one in others):
        raise NotRolled("another roll-out is under way; end it or wait for it first")
    id_ = uuid.uuid4().hex[:12]
    detail = {
        "version": wish.version,
        "site": wish.site,
        "percent": wish.percent,
        "at_once": wish.at_once,
        "failures": wish.failures,
        "role": who.role,
        "keypads": len(found),
    }
    deeds.write(connection, who, BEGIN, id_, now_ms, **detail)
    return id_


def act(connection: Connection, who: Operator, id_: str, what: str, now_ms: int) -> None:
    """Hold it, let it go on, or end it: `what` is the deed. Raises NotFound, NotRolled.

    What is under way to a keypad goes on by itself; it is called off among the orders.
    """
    found = told(_deeds(connection, who.agency, now_ms)).get(id_)
    if found is None:
        raise NotFound(f"no roll-out {id_}")
    live = not found.ended and found.result is None
    if not live or not {HOLD: not found.held, GO_ON: found.held, END: True}[what]:
        raise NotRolled("the roll-out is not in a state for that; look at it again")
    deeds.write(connection, who, what, id_, now_ms)


@dataclass(frozen=True, slots=True)
class Progress:
    """A roll-out and how far it got; `why`: by device why it failed."""

    is_: RollOut
    standing: str
    left: int
    under_way: int
    taken: int
    failed: int
    why: dict[str, str]

    @property
    def all(self) -> int:
        """To how many keypads it goes."""
        return self.left + self.under_way + self.taken + self.failed


def listed(connection: Connection, agency: str, now_ms: int) -> list[Progress]:
    """The roll-outs of an agency with how far each got, newest first."""
    found = told(_deeds(connection, agency, now_ms)).values()
    return [_progress(connection, one) for one in reversed(list(found))]


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the record found: whether a turn is due, any is open, where to begin next."""

    due: bool
    open: bool
    since: int


def newest(connection: Connection) -> int:
    """The number of the newest deed."""
    return connection.execute(select(func.max(deed.c.seq))).scalar() or 0


def look(connection: Connection, since: int) -> Look:
    """Whether any roll-out is to be taken further; `since`: what the look before gave, or 0."""
    rows = _since(connection, since)
    begun = {row["subject"]: row["seq"] for row in rows if row["what"] == BEGIN}
    open_ = [one for one in told(rows).values() if one.result is None]
    some = any(_due(one, _course(connection, one)) for one in open_)
    again = max(0, newest(connection) - OVERLAP)
    return Look(some, bool(open_), min([again, *(begun[one.id] - 1 for one in open_)]))


def turn(connection: Connection, now_ms: int, since: int = 0) -> int:
    """Take every roll-out further: order for whom it is time; how many deeds that made."""
    made = 0
    for one in told(_since(connection, since)).values():
        if one.result is not None:
            continue
        course = _course(connection, one)
        some = due(one, course)
        for device_id in some:
            _order(connection, one, device_id, now_ms)
        if over(one, course):
            by = (one.agency, f"operator:{one.by}")
            deeds.note(connection, by, FINISH, one.id, now_ms, **result_of(course))
        made += len(some) + over(one, course)
    return made


def _due(one: RollOut, course: Course) -> bool:
    return bool(due(one, course)) or over(one, course)


def _since(connection: Connection, since: int) -> list[dict[str, Any]]:
    query = select(deed).where(deed.c.seq > since, deed.c.what.in_(DEEDS)).order_by(deed.c.seq)
    return [dict(row) for row in connection.execute(query).mappings()]


def _deeds(connection: Connection, agency: str, now_ms: int) -> list[dict[str, Any]]:
    query = select(deed).where(
        deed.c.agency == agency, deed.c.what.in_(DEEDS), deed.c.at_ms > now_ms - SHOWN_MS
    )
    return [dict(row) for row in connection.execute(query.order_by(deed.c.seq)).mappings()]


def _course(connection: Connection, one: RollOut) -> Course:
    ids = keypads(connection, one.agency, one.site, one.begun_ms)
    query = (
        select(device_order)
        .join(device, device.c.id == device_order.c.device)
        .join(site, site.c.id == device.c.site)
        .where(site.c.agency == one.agency, device_order.c.what == What.IMAGE)
    )
    rows = {row["device"]: dict(row) for row in connection.execute(query).mappings()}
    return course_of(one, ids, rows)


def _progress(connection: Connection, one: RollOut) -> Progress:
    if one.result is not None:
        said = one.result
        standing = "ended" if one.ended else "stopped" if said["left"] else "done"
        return Progress(one, standing, said["left"], 0, said["taken"], said["failed"], said["why"])
    course = _course(connection, one)
    standing = "held" if one.held else "running"
    if one.ended:
        standing = "ended"
    elif course.stopped:
        standing = "stopped"
    return Progress(
        one,
        standing,
        len(course.left),
        len(course.under_way),
        len(course.taken),
        len(course.failed),
        course.failed,
    )


def _order(connection: Connection, one: RollOut, device_id: str, now_ms: int) -> None:
    """Order for one keypad, or say why it cannot be; either is a deed of who began it."""
    by = (one.agency, f"operator:{one.by}")
    why = _refused(connection, one, device_id, now_ms)
    if why:
        deeds.note(connection, by, FAIL, device_id, now_ms, roll_out=one.id, why=why[:200])
    else:
        deeds.note(connection, by, ORDER, device_id, now_ms, version=one.name, roll_out=one.id)


def _refused(connection: Connection, one: RollOut, device_id: str, now_ms: int) -> str:
    if _revoked(connection, device_id):
        return REVOKED
    by = f"{one.role}:{one.by}"
    try:
        ordering.order_image(connection, one.agency, device_id, one.version, by, now_ms)
    except (NotOrdered, BadImage) as error:
        return str(error)
    return ""


def _revoked(connection: Connection, device_id: str) -> bool:
    query = select(device.c.revoked_ms).where(device.c.id == device_id)
    return connection.execute(query).scalar() is not None


def sites_of(connection: Connection, agency: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Name and account of sites of an agency, by id."""
    query = select(site.c.id, site.c.name, site.c.account).where(
        site.c.agency == agency, site.c.id.in_(list(ids))
    )
    return {row["id"]: dict(row) for row in connection.execute(query).mappings()}

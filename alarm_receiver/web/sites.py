"""Sites over the API: what they are, whom to call for them, what is on test, how they behave."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection

from alarm_receiver.domain.ledger import DAY_MS, ledger
from alarm_receiver.domain.on_test import state_at
from alarm_receiver.store import deeds, premises, registry
from alarm_receiver.web.access import Installer, Parts, Tester, Who
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import iso
from alarm_receiver.web.site_forms import (
    HistoryShown,
    OnTestForm,
    OnTestShown,
    SiteDetails,
    SiteForm,
    SiteShown,
)

router = APIRouter(prefix="/v1/sites", tags=["sites"])
CHANGES = answers(401, 403, 404, 409, 422, 503)


@router.post("", status_code=201, responses=answers(401, 403, 409, 422, 503))
def make_site(form: SiteForm, parts: Parts, who: Installer) -> SiteShown:
    """Make a site. Its account is unique in the agency."""
    id_ = str(uuid.uuid4())
    now_ms = parts.clock.now_ms()

    def make(connection: Connection) -> None:
        registry.make_site(
            connection,
            id_,
            agency_id=who.agency,
            name=form.name,
            account=form.account,
            now_ms=now_ms,
        )
        deeds.write(connection, who, "make_site", id_, now_ms, account=form.account)

    parts.writer.do(make)
    return SiteShown(id=id_, name=form.name, account=form.account)


@router.get("", responses=answers(401, 422))
def list_sites(parts: Parts, who: Who, asked: Listed) -> list[SiteShown]:
    """The sites of your agency, by account."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, registry.list_of_sites(who.agency))
    return [_shown(row) for row in rows]


@router.get("/{id}", responses=answers(401, 404))
def read_site(id: str, parts: Parts, who: Who) -> SiteShown:
    """One site."""
    with parts.reader.connect() as connection:
        return _shown(registry.site_by_id(connection, who.agency, id))


@router.patch("/{id}", responses=CHANGES)
def change_site(id: str, form: SiteDetails, parts: Parts, who: Installer) -> SiteShown:
    """Change details of a site; fields that are left out stay as they are."""
    values = {name: value for name, value in form.model_dump().items() if value is not None}
    known = parts.plans.ids()
    if values.get("jurisdiction", known[0]) not in known:
        raise ApiError(422, f"known jurisdictions are {', '.join(known)}")
    now_ms = parts.clock.now_ms()

    def change(connection: Connection) -> dict[str, Any]:
        before = registry.site_by_id(connection, who.agency, id)
        premises.change_site(connection, id, values)
        after = registry.site_by_id(connection, who.agency, id)
        changed = sorted(name for name in values if before[name] != after[name])
        deeds.write(
            connection,
            who,
            "change_site",
            id,
            now_ms,
            changed=changed,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        return after

    return _shown(parts.writer.do(change))


@router.post("/{id}/tests", status_code=201, responses=CHANGES)
def put_on_test(id: str, form: OnTestForm, parts: Parts, who: Tester) -> OnTestShown:
    """Put a site or zones of it on test. It ends by itself, after four hours at the latest.

    Technical alarms go on a ticket of class test meanwhile. Emergencies are never diverted: they
    open their ticket, marked as having happened during a test.
    """
    test, now_ms = str(uuid.uuid4()), parts.clock.now_ms()
    until_ms = now_ms + form.minutes * 60_000

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        premises.put_on_test(
            connection,
            test,
            site_id=id,
            zones=form.zones,
            who=f"operator:{who.name}",
            reason=form.reason,
            from_ms=now_ms,
            until_ms=until_ms,
        )
        deeds.write(connection, who, "put_on_test", id, now_ms, until_ms=until_ms)

    parts.writer.do(put)
    parts.learn()
    with parts.reader.connect() as connection:
        return _test(premises.test(connection, id, test), now_ms)


@router.post("/{id}/tests/{test}/end", status_code=204, responses=CHANGES)
def end_test(id: str, test: str, parts: Parts, who: Tester) -> None:
    """End a test before its time."""
    now_ms = parts.clock.now_ms()

    def end(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        premises.end_test(connection, id, test, now_ms)
        deeds.write(connection, who, "end_test", id, now_ms)

    parts.writer.do(end)
    parts.learn()


@router.get("/{id}/history", responses=answers(401, 404))
def read_history(id: str, parts: Parts, who: Who) -> HistoryShown:
    """How the site's emergencies ended, and how many false alarms are left before withdrawal."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        row = registry.site_by_id(connection, who.agency, id)
        country = parts.plans.get(row["jurisdiction"])
        since_ms = now_ms - country.false_alarm_days * DAY_MS
        outcomes = premises.outcomes_since(connection, id, since_ms)
        false = premises.false_alarms(connection, id, since_ms, country.false_alarm_kinds)
    found = ledger(
        false, now_ms, limit=country.false_alarms_max, window_days=country.false_alarm_days
    )
    return HistoryShown(
        outcomes=outcomes,
        false_alarms=found.count,
        false_alarms_max=found.limit,
        false_alarms_left=found.left,
        at_risk=found.at_risk,
        oldest_leaves_at=iso(found.oldest_ends_ms),
        window_days=country.false_alarm_days,
        false_alarm_kinds=list(country.false_alarm_kinds),
    )


tests_router = APIRouter(prefix="/v1/tests", tags=["sites"])


@tests_router.get("", responses=answers(401, 422))
def list_tests(parts: Parts, who: Who, asked: Listed) -> list[OnTestShown]:
    """Running tests of your agency, the one that ends first in front."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, premises.list_of_tests(who.agency, now_ms))
    return [_test(row, now_ms) for row in rows]


def _test(row: dict[str, Any], now_ms: int) -> OnTestShown:
    return OnTestShown(
        id=row["id"],
        site=row["site"],
        zones=row["zones"],
        who=row["who"],
        reason=row["reason"],
        from_at=iso(row["from_ms"]) or "",
        until_at=iso(row["until_ms"]) or "",
        state=str(state_at(row["until_ms"], now_ms)),
    )


def _shown(row: dict[str, Any]) -> SiteShown:
    return SiteShown(**{name: row[name] for name in SiteShown.model_fields})

"""Troubles that the receiver finds itself: put on a ticket, and taken off again. Never commits.

It promises that a trouble joins the live technical ticket of its site or opens one that is paged,
that what is over ends a ticket only as `domain.supervision.over` allows, and that troubles of the
receiver's own parts have a site too, so that somebody is paged for them.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.supervision import is_about, over
from alarm_receiver.domain.ticket import Act, Outcome, opened
from alarm_receiver.store import pages, registry, tickets
from alarm_receiver.store.hot import Hot

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.domain.ticket import Ticket
    from alarm_receiver.store.policies import Policies

ACTOR = "receiver"
HOUSE = "receiver"
"""Id of the site that the receiver itself is; made when it first has a trouble."""
_NAMESPACE = uuid.UUID("b6a1f0d2-5a52-5f0e-9b8c-3a2f9c1d7e44")


def silence(
    connection: Connection,
    agency: str,
    site: str,
    said: dict[str, object],
    *,
    policies: Policies,
    now_ms: int,
) -> None:
    """Somebody fell silent: `said` has `who`, and the `kind` as which it counts."""
    # Whoever may open tickets holds the counter: two writers never open the same one.
    hot = Hot.of(connection)
    try:
        number = hot.counter(agency, locked=connection.dialect.name == "postgresql")
        class_ = _class(policies, site, now_ms)
        live = [one for one in tickets.live(connection, [site]) if one.class_ is class_]
        detail: dict[str, object] = {"silence": said}
        if live:
            _act(connection, live[0], Act.SILENCE, detail, policies=policies, now_ms=now_ms)
            return
        ticket, entry = opened(
            str(uuid.uuid5(_NAMESPACE, f"{site} {said['who']} {now_ms}")),
            agency=agency,
            site=site,
            class_=class_,
            number=number,
            now_ms=now_ms,
            actor=ACTOR,
            detail=detail,
            waits=policies.waits(agency, class_),
        )
        hot.count(agency, number + 1)
        tickets.write(connection, [ticket], [entry], [ticket.id])
    finally:
        hot.close()
    pages.queue(connection, ticket, policies, now_ms)


def restore(
    connection: Connection, site: str, said: dict[str, object], *, policies: Policies, now_ms: int
) -> None:
    """Somebody is heard again: written on the ticket that his silence is on, if it is live."""
    for one in tickets.live(connection, [site]):
        if not is_about(tickets.entries(connection, one.id), str(said["who"])):
            continue
        after = _act(
            connection, one, Act.RESTORE, {"restore": said}, policies=policies, now_ms=now_ms
        )
        if over(after, tickets.entries(connection, after.id)):
            _act(connection, after, Act.ACKNOWLEDGE, {}, policies=policies, now_ms=now_ms)
            ended: dict[str, object] = {"outcome": str(Outcome.RESTORED)}
            _act(connection, after, Act.CLOSE, ended, policies=policies, now_ms=now_ms)


def house(connection: Connection, now_ms: int) -> str:
    """The site that the receiver itself is."""
    try:
        registry.site_by_id(connection, registry.OWN, HOUSE)
    except registry.NotFound:
        registry.make_site(
            connection,
            HOUSE,
            agency_id=registry.OWN,
            name="Alarm receiver",
            account="RECEIVER",
            now_ms=now_ms,
        )
    return HOUSE


def _class(policies: Policies, site: str, now_ms: int) -> TicketClass:
    """A site that is on test as a whole has its troubles on the test's ticket."""
    on_test = any(not zones for zones in policies.zones_on_test(site, now_ms))
    return TicketClass.TEST if on_test else TicketClass.TECHNICAL


def _act(
    connection: Connection,
    one: Ticket,
    act: Act,
    detail: dict[str, object],
    *,
    policies: Policies,
    now_ms: int,
) -> Ticket:
    return tickets.act(
        connection,
        one.id,
        act,
        version=None,
        now_ms=now_ms,
        actor=ACTOR,
        detail=detail,
        policies=policies,
    )

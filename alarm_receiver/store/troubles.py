"""Troubles that the receiver finds itself: put on a ticket, and taken off again. Never commits.

It promises that a trouble joins the live technical ticket of its site or opens one that is paged,
that what is over ends a ticket only as `domain.supervision.over` allows, and that troubles of the
receiver's own parts have a site too, so that somebody is paged for them. A duress word that a
keyholder says is put on the site's emergency, whatever it was said about.
"""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.supervision import is_about, over
from alarm_receiver.domain.ticket import Act, Outcome, opened
from alarm_receiver.store import pages, registry, tickets
from alarm_receiver.store.hot import Hot
from alarm_wire.signal import DURESS, kind_name

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.domain.ticket import Ticket
    from alarm_receiver.store.policies import Policies

ACTOR = "receiver"
HOUSE = "receiver"
"""Id of the site that the receiver itself is; made when it first has a trouble."""
DURESS_WORD = "duress_word"
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
    class_ = _class(policies, site, now_ms)
    put = _Put(agency, site, class_, Act.SILENCE, f"{site} {said['who']} {now_ms}")
    _put(connection, put, {"silence": said}, policies=policies, now_ms=now_ms)


def security(
    connection: Connection,
    agency: str,
    site: str,
    said: dict[str, object],
    *,
    policies: Policies,
    now_ms: int,
) -> None:
    """Somebody may be up to no good: `said` has the `reason`, the `device` and its signal.

    No test diverts it.
    """
    name = f"{site} {said['reason']} {said['device']} {now_ms}"
    put = _Put(agency, site, TicketClass.TECHNICAL, Act.SECURITY, name)
    _put(connection, put, {"security": said}, policies=policies, now_ms=now_ms)


@dataclass(frozen=True, slots=True)
class Said:
    """A duress word: which `keyholder`, and an id of its own, by which both receivers know it.

    `known_by` is a device of its site: sites have ids of their own at each receiver.
    """

    keyholder: str
    word: str
    known_by: str

    def detail(self) -> dict[str, object]:
        """How it stands on a timeline."""
        return {"reason": DURESS_WORD} | asdict(self)


def duress(
    connection: Connection,
    about: Ticket,
    said: Said,
    *,
    actor: str,
    policies: Policies,
    now_ms: int,
) -> Ticket:
    """A keyholder said his duress word on a call about a ticket; the emergency that it is on now.

    That is a duress, silent and confirmed by the word, whatever it was before; a ticket that is
    no emergency, or is closed, stays what it is and the site's emergency is joined or opened.
    """
    joins = about.live and about.class_ is TicketClass.EMERGENCY
    told = said.detail() if joins else said.detail() | {"said_on": about.number}
    emergency = raised(
        connection,
        (about.agency, about.site),
        told,
        actor=actor,
        policies=policies,
        now_ms=now_ms,
    )
    if emergency.id != about.id and about.live:
        tickets.act(
            connection,
            about.id,
            Act.SECURITY,
            version=None,
            now_ms=now_ms,
            actor=actor,
            detail={"security": said.detail() | {"emergency": emergency.number}},
            policies=policies,
        )
    return emergency


def raised(
    connection: Connection,
    place: tuple[str, str],
    told: dict[str, object],
    *,
    actor: str,
    policies: Policies,
    now_ms: int,
) -> Ticket:
    """The emergency of a place (agency, site) after a duress word `told` there; opened, or joined.

    Both receivers of a pair open it under the same id.
    """
    agency, site = place
    detail: dict[str, object] = {"security": told}
    detail |= {"signal": {"kind": kind_name(DURESS), "silent": True}}
    put = _Put(
        agency, site, TicketClass.EMERGENCY, Act.SECURITY, f"duress word {told['word']}", actor
    )
    emergency = _put(connection, put, detail, policies=policies, now_ms=now_ms)
    if emergency.confirmed:
        return emergency
    return tickets.act(
        connection,
        emergency.id,
        Act.CONFIRM,
        version=None,
        now_ms=now_ms,
        actor=actor,
        detail={"by": "duress word"},
        policies=policies,
    )


@dataclass(frozen=True, slots=True)
class _Put:
    """Where a trouble goes: the live ticket of this class by this act, or a new one."""

    agency: str
    site: str
    class_: TicketClass
    act: Act
    name: str
    actor: str = ACTOR


def _put(
    connection: Connection,
    put: _Put,
    detail: dict[str, object],
    *,
    policies: Policies,
    now_ms: int,
) -> Ticket:
    # Whoever may open tickets holds the counter: two writers never open the same one.
    hot = Hot.of(connection)
    try:
        number = hot.counter(put.agency, locked=connection.dialect.name == "postgresql")
        live = [one for one in tickets.live(connection, [put.site]) if one.class_ is put.class_]
        if live:
            return tickets.act(
                connection,
                live[0].id,
                put.act,
                version=None,
                now_ms=now_ms,
                actor=put.actor,
                detail=detail,
                policies=policies,
            )
        ticket, entry = opened(
            str(uuid.uuid5(_NAMESPACE, put.name)),
            agency=put.agency,
            site=put.site,
            class_=put.class_,
            number=number,
            now_ms=now_ms,
            actor=put.actor,
            detail=detail,
            waits=policies.waits(put.agency, put.class_),
        )
        hot.count(put.agency, number + 1)
        tickets.write(connection, [ticket], [entry], [ticket.id])
    finally:
        hot.close()
    pages.queue(connection, ticket, policies, now_ms, began=1)
    return ticket


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


def stands(connection: Connection, site: str, who: str) -> bool:
    """Whether a trouble of `who` is on a live ticket of the site."""
    return any(
        is_about(tickets.entries(connection, one.id), who)
        for one in tickets.live(connection, [site])
        if one.class_ is not TicketClass.EMERGENCY
    )


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

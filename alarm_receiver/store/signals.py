"""Signals: written in groups with the tickets they open, and read back. Never commits.

It promises that a group of arrivals is decided and written in one transaction, that a duplicate
writes too (a retry that wrote nothing would not wait for a synchronous standby, and was lost in
5 of 5 trials), and that what the same identity said first stays as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, or_, select

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.intake import (
    Arrival,
    Desk,
    Identity,
    Verdict,
    Work,
    class_of,
    decide,
)
from alarm_receiver.store import pages
from alarm_receiver.store.database import lock_order
from alarm_receiver.store.hot import Hot
from alarm_receiver.store.tables import device, signal, site, ticket, zone
from alarm_wire.frame import CONTENT_BYTES, signal_of
from alarm_wire.signal import CLOCK_KNOWN, ITSELF, SILENT, TEST, kind_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from alarm_receiver.store.policies import Policies

CLASSES = tuple(TicketClass)
SHOWN_MAX = 1_000
"""Signals of a ticket that anybody is shown: a flood can bring more."""


def take(
    connection: Connection,
    group: Sequence[Arrival],
    now_ms: int,
    policies: Policies,
    *,
    reported: Collection[Identity] = (),
) -> tuple[list[Verdict], Desk]:
    """Decide and write `group`: a verdict for each, in order, and what was read and decided on.

    `reported` are reused identities that people were told of in earlier groups.
    """
    hot = Hot.of(connection)
    try:
        desk = _desk(hot, group, policies, now_ms)
        desk.reported.update(one.identity for one in group if one.identity in reported)
        before = dict(desk.numbers)
        verdicts, work = decide(group, desk, now_ms)
        _write(connection, hot, work, now_ms)
        for id_, number in desk.numbers.items():
            if number != before.get(id_):
                hot.count(id_, number)
    finally:
        hot.close()
    for new in work.opened:
        pages.queue(connection, work.tickets[new], policies, now_ms, began=1)
    return verdicts, desk


def on_tickets(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """The signals of some tickets in the order of their arrival, as the API shows them.

    One statement, whatever their number; the first SHOWN_MAX of each ticket.
    """
    own = signal.alias("own")
    last = select(own.c.seq).where(own.c.ticket == ticket.c.id).order_by(own.c.seq)
    ends = (
        select(ticket.c.id, last.offset(SHOWN_MAX - 1).limit(1).scalar_subquery().label("last"))
        .where(ticket.c.id.in_(ids))
        .subquery()
    )
    shown = or_(ends.c.last.is_(None), signal.c.seq <= ends.c.last)
    query = (
        select(signal, zone.c.name.label("zone_name"), device.c.kind.label("device_kind"))
        .join(ends, and_(ends.c.id == signal.c.ticket, shown))
        .join(device, device.c.id == signal.c.device)
        .outerjoin(zone, and_(zone.c.site == signal.c.site, zone.c.number == signal.c.zone))
        .order_by(signal.c.seq)
    )
    found: dict[str, list[dict[str, Any]]] = {id_: [] for id_ in ids}
    for row in connection.execute(query):
        found[row.ticket].append(_shown(row))
    return found


def _desk(hot: Hot, group: Sequence[Arrival], policies: Policies, now_ms: int) -> Desk:
    stored = hot.stored(list(dict.fromkeys(one.identity for one in group)))
    sites = list({one.site for one in group})
    agencies = {one.agency for one in group}
    new = [one for one in group if one.identity not in stored]
    # Whoever may open tickets holds the counter: two writers never open the same one.
    alarms = any(class_of(one.signal) for one in new) or len(new) < len(group)
    numbers = {one: hot.counter(one, locked=alarms) for one in agencies}
    live, openers = hot.live(sites)
    return Desk(
        stored,
        {(one.site, one.class_): one for one in live},
        numbers,
        waits={
            (one, class_): policies.waits(one, class_) for one in agencies for class_ in CLASSES
        },
        on_test={site: zones for site in sites if (zones := policies.zones_on_test(site, now_ms))},
        openers=openers,
    )


def _write(connection: Connection, hot: Hot, work: Work, now_ms: int) -> None:
    hot.open_tickets(work.tickets[one] for one in work.opened)
    hot.move_tickets(work.moved)
    hot.write_entries(work.entries)
    hot.write_signals(work.arrivals)
    hot.count_duplicates(work.duplicates)
    if work.receipts:
        lock_order(connection, site, site.c.id, list({one.site for one, _ in work.receipts}))
        hot.write_receipts(work.receipts, now_ms)


def _shown(row: Any) -> dict[str, Any]:
    said = signal_of(bytes(row.frame[:CONTENT_BYTES]))
    return {
        "device": row.device,
        "device_kind": row.device_kind,
        "epoch": row.epoch,
        "number": row.number,
        "kind": kind_name(row.kind),
        "zone": row.zone,
        "zone_name": row.zone_name,
        "about": None if said.about == ITSELF else said.about.hex(),
        "value": said.value,
        "test": bool(row.flags & TEST),
        "silent": bool(row.flags & SILENT),
        "clock_known": bool(row.flags & CLOCK_KNOWN),
        "received_ms": row.received_ms,
        "age_ms": row.age_ms,
        "age_exact": row.age_exact,
        "late": row.late,
        "arrivals": row.arrivals,
    }


def count(connection: Connection) -> int:
    """How many signals are stored."""
    return connection.execute(select(func.count()).select_from(signal)).scalar_one()

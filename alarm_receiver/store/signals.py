"""Signals: written in groups with the tickets they open, and read back. Never commits.

It promises that a group of arrivals is decided and written in one transaction, that a duplicate
writes too (a retry that wrote nothing would not wait for a synchronous standby, and was lost in
5 of 5 trials), and that what the same identity said first stays as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, func, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.intake import (
    Arrival,
    Desk,
    Identity,
    Stored,
    Verdict,
    Work,
    class_of,
    decide,
)
from alarm_receiver.store import pages, tickets
from alarm_receiver.store.database import lock_order
from alarm_receiver.store.tables import agency, device, entry, receipt, signal, site, zone
from alarm_wire.frame import CONTENT_BYTES, signal_of
from alarm_wire.signal import CLOCK_KNOWN, ITSELF, SILENT, TEST, kind_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from alarm_receiver.domain.ticket import Ticket
    from alarm_receiver.store.policies import Policies

CLASSES = tuple(TicketClass)
CHUNK = 500
"""Identities asked for in one statement."""


def take(
    connection: Connection,
    group: Sequence[Arrival],
    now_ms: int,
    policies: Policies,
    reported: Collection[Identity] = (),
) -> list[Verdict]:
    """Decide and write `group`; a verdict for each, in order.

    `reported` are reused identities that people were told of in earlier groups.
    """
    desk = _desk(connection, group, policies, now_ms)
    desk.reported.update(one.identity for one in group if one.identity in reported)
    before = dict(desk.numbers)
    verdicts, work = decide(group, desk, now_ms)
    _write(connection, work, now_ms)
    for new in work.opened:
        pages.queue(connection, work.tickets[new], policies, now_ms)
    for id_, number in desk.numbers.items():
        if number != before.get(id_):
            connection.execute(update(agency).where(agency.c.id == id_).values(next_number=number))
    return verdicts


def on_ticket(connection: Connection, id_: str) -> list[dict[str, Any]]:
    """The signals of a ticket in the order of their arrival, as the API shows them."""
    query = (
        select(signal, zone.c.name.label("zone_name"), device.c.kind.label("device_kind"))
        .join(device, device.c.id == signal.c.device)
        .outerjoin(zone, and_(zone.c.site == signal.c.site, zone.c.number == signal.c.zone))
        .where(signal.c.ticket == id_)
        .order_by(signal.c.seq)
        .limit(1000)
    )
    return [_shown(row) for row in connection.execute(query)]


def _desk(
    connection: Connection, group: Sequence[Arrival], policies: Policies, now_ms: int
) -> Desk:
    identities = list({one.identity for one in group})
    stored: dict[tuple[str, int, int], Stored] = {}
    for start in range(0, len(identities), CHUNK):
        stored.update(_stored(connection, identities[start : start + CHUNK]))
    sites = {one.site for one in group}
    agencies = {one.agency for one in group}
    if any(class_of(one.signal) for one in group if one.identity not in stored):
        # Whoever opens tickets holds the counter: two writers never open the same one.
        lock_order(connection, agency, agency.c.id, list(agencies))
    live = {(one.site, one.class_): one for one in tickets.live(connection, sites)}
    query = select(agency.c.id, agency.c.next_number).where(agency.c.id.in_(agencies))
    numbers = {row.id: row.next_number for row in connection.execute(query)}
    return Desk(
        stored,
        live,
        numbers,
        waits={
            (one, class_): policies.waits(one, class_) for one in agencies for class_ in CLASSES
        },
        on_test={site: zones for site in sites if (zones := policies.zones_on_test(site, now_ms))},
        openers=_openers(connection, live.values()),
    )


def _openers(connection: Connection, live: Iterable[Ticket]) -> dict[str, str]:
    """The device that opened each emergency that nothing has confirmed yet."""
    ids = [one.id for one in live if one.class_ is TicketClass.EMERGENCY and not one.confirmed]
    if not ids:
        return {}
    query = select(entry.c.ticket, entry.c.actor).where(
        entry.c.ticket.in_(ids), entry.c.version == 1
    )
    return {row[0]: row[1].removeprefix("device:") for row in connection.execute(query)}


def _stored(
    connection: Connection, identities: list[tuple[str, int, int]]
) -> dict[tuple[str, int, int], Stored]:
    query = (
        select(
            signal.c.device,
            signal.c.epoch,
            signal.c.number,
            signal.c.frame,
            signal.c.ticket,
            receipt.c.seq,
        )
        .outerjoin(
            receipt,
            and_(
                receipt.c.device == signal.c.device,
                receipt.c.epoch == signal.c.epoch,
                receipt.c.number == signal.c.number,
            ),
        )
        .where(tuple_(signal.c.device, signal.c.epoch, signal.c.number).in_(identities))
    )
    return {
        (row[0], row[1], row[2]): Stored(bytes(row[3][:CONTENT_BYTES]), row[4], row[5] is not None)
        for row in connection.execute(query)
    }


def _write(connection: Connection, work: Work, now_ms: int) -> None:
    tickets.write(connection, list(work.tickets.values()), work.entries, work.opened)
    if work.arrivals:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(signal).on_conflict_do_update(
            index_elements=["device", "epoch", "number"],
            set_={"arrivals": signal.c.arrivals + 1},
        )
        connection.execute(statement, [_row(*pair) for pair in work.arrivals])
    for one in work.duplicates:
        connection.execute(
            update(signal)
            .where(
                signal.c.device == one.device,
                signal.c.epoch == one.signal.epoch,
                signal.c.number == one.signal.number,
            )
            .values(arrivals=signal.c.arrivals + 1)
        )
    if work.receipts:
        lock_order(connection, site, site.c.id, list({one.site for one, _ in work.receipts}))
        rows = [
            {
                "device": one.device,
                "epoch": one.signal.epoch,
                "number": one.signal.number,
                "site": one.site,
                "ticket": id_,
                "made_ms": now_ms,
            }
            for one, id_ in work.receipts
        ]
        connection.execute(insert(receipt), rows)


def _row(one: Arrival, id_: str | None) -> dict[str, object]:
    age = one.age
    return {
        "device": one.device,
        "epoch": one.signal.epoch,
        "number": one.signal.number,
        "site": one.site,
        "kind": one.signal.kind,
        "flags": one.signal.flags,
        "zone": one.signal.zone,
        "frame": one.frame,
        "received_ms": one.received_ms,
        # A device may claim any uptime; the column has 63 bits.
        "age_ms": min(age.ms, 0x7FFF_FFFF_FFFF_FFFF),
        "age_exact": age.exact,
        "late": one.late,
        "ticket": id_,
        "arrivals": 1,
    }


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

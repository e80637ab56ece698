"""What a signal means: which ticket it opens or joins, which receipt it gets.

It promises that an alarm always ends on a ticket, that the same identity never counts twice, and
that the same identity with other content is refused and put before people. It decides for a
whole group at once against a `Desk` of what is stored; the store writes the decision in one
transaction. It opens nothing and seals nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from alarm_receiver.domain.escalation import TicketClass, Waits
from alarm_receiver.domain.ticket import (
    Act,
    Entry,
    State,
    Ticket,
    act_on,
    opened,
    ticket_id,
)
from alarm_wire.frame import CONTENT_BYTES, IDENTITY_REUSED
from alarm_wire.receipt import ACKNOWLEDGED, STORED
from alarm_wire.signal import (
    DURESS,
    EMERGENCY,
    SILENT,
    STATUS,
    TAMPER,
    TECHNICAL,
    TEST,
    Age,
    Moment,
    Signal,
    age,
    kind_name,
    urgency,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

LATE_MS = 60_000
"""A signal older than this on arrival is marked late. It is treated like any other."""

Identity = tuple[str, int, int]


class Arrival(msgspec.Struct, frozen=True):
    """A signal whose seal has held, with whose it is. `device` is the 16-digit text."""

    signal: Signal
    sent: Moment
    frame: bytes
    device: str
    agency: str
    site: str
    received_ms: int

    @property
    def identity(self) -> Identity:
        """What makes a second arrival a duplicate."""
        return (self.device, self.signal.epoch, self.signal.number)

    @property
    def age(self) -> Age:
        """How long before sending it happened."""
        return age(self.signal, self.sent)

    @property
    def late(self) -> bool:
        """Whether it took longer than a signal on its first try does."""
        return self.age.ms > LATE_MS


class Stored(msgspec.Struct, frozen=True):
    """What the store knows of an identity."""

    content: bytes
    ticket: str | None
    acknowledged: bool


class Verdict(msgspec.Struct, frozen=True):
    """What to answer: a receipt in `state` for `ticket`, or `refusal` (a reason of the wire)."""

    state: int = STORED
    ticket: str | None = None
    refusal: int = 0
    duplicate: bool = False


@dataclass(slots=True)
class Desk:
    """What is stored that concerns a group: identities, live tickets, the next ticket numbers."""

    stored: dict[Identity, Stored]
    live: dict[tuple[str, TicketClass], Ticket]
    numbers: dict[str, int]
    waits: dict[tuple[str, TicketClass], Waits] = field(default_factory=dict)
    on_test: dict[str, list[frozenset[int]]] = field(default_factory=dict)
    """Zones on test by site; an empty set stands for the whole site."""
    openers: dict[str, str] = field(default_factory=dict)
    """The device that opened each live emergency ticket."""
    reported: set[Identity] = field(default_factory=set)
    """Reused identities that people were told of already: one attack, one entry."""


@dataclass(slots=True)
class Work:
    """What the store has to write for a group, all of it in one transaction."""

    arrivals: list[tuple[Arrival, str | None]] = field(default_factory=list)
    duplicates: list[tuple[Arrival, str | None]] = field(default_factory=list)
    reused: list[Arrival] = field(default_factory=list)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    receipts: list[tuple[Arrival, str]] = field(default_factory=list)

    @property
    def moved(self) -> list[tuple[Ticket, int]]:
        """Tickets that were there before, each with the version that it had."""
        first: dict[str, int] = {}
        for entry in self.entries:
            first.setdefault(entry.ticket, entry.version)
        new = set(self.opened)
        return [(one, first[one.id] - 1) for one in self.tickets.values() if one.id not in new]

    @property
    def joins_only(self) -> bool:
        """Whether all of it is new signals, on tickets that nobody has taken, or on none."""
        return not (self.opened or self.receipts or self.duplicates or self.reused)


def together(works: Sequence[Work]) -> Work:
    """One work for several that `joins_only`, each decided on what the one before leaves."""
    if len(works) == 1:
        return works[0]
    all_ = Work()
    for one in works:
        all_.arrivals += one.arrivals
        all_.entries += one.entries
        all_.tickets.update(one.tickets)
    return all_


def class_of(signal: Signal, *, on_test: bool = False) -> TicketClass | None:
    """Class of the ticket that `signal` belongs on; None for a status signal.

    `on_test` (the desk put the site or zone on test) diverts technical alarms only: no filter may
    swallow an emergency. The device's own TEST flag is under its seal and counts for every kind but
    duress: nobody enters that code because an installer asked him to.
    """
    urgent = urgency(signal.kind)
    if urgent == STATUS:
        return None
    marked = signal.flags & TEST and signal.kind != DURESS
    if marked or (on_test and urgent != EMERGENCY):
        return TicketClass.TEST
    return TicketClass.EMERGENCY if urgent == EMERGENCY else TicketClass.TECHNICAL


def decide(group: Sequence[Arrival], desk: Desk, now_ms: int) -> tuple[list[Verdict], Work]:
    """Verdicts in the order of `group`; alarms are worked before status signals."""
    work = Work()
    verdicts: list[Verdict] = [Verdict()] * len(group)
    for place in sorted(range(len(group)), key=lambda place: _rank(group[place].signal)):
        verdicts[place] = _take(group[place], desk, work, now_ms)
    return verdicts, work


def _rank(signal: Signal) -> int:
    """Emergencies first, then technical alarms, tests, and what has no ticket."""
    urgent = urgency(signal.kind)
    if urgent == STATUS:
        return _NO_TICKET
    return _TESTS if signal.flags & TEST and signal.kind != DURESS else urgent


_TESTS = TECHNICAL + 1
_NO_TICKET = _TESTS + 1


def _take(arrival: Arrival, desk: Desk, work: Work, now_ms: int) -> Verdict:
    identity = arrival.identity
    known = desk.stored.get(identity)
    if known is not None:
        return _again(arrival, known, desk, work, now_ms)
    on_test = bool(desk.on_test) and _on_test(arrival, desk)
    class_ = class_of(arrival.signal, on_test=on_test)
    ticket: Ticket | None = None
    if class_ is not None:
        ticket = _ticket_for(arrival, class_, desk=desk, work=work, now_ms=now_ms, on_test=on_test)
        ticket = _confirm(arrival, ticket, desk, work, now_ms)
    taken = ticket is not None and ticket.state is not State.OPEN
    id_ = None if ticket is None else ticket.id
    work.arrivals.append((arrival, id_))
    if taken and id_ is not None:
        work.receipts.append((arrival, id_))
    desk.stored[identity] = Stored(arrival.frame[:CONTENT_BYTES], id_, taken)
    return Verdict(ACKNOWLEDGED if taken else STORED, id_)


def _on_test(arrival: Arrival, desk: Desk) -> bool:
    zones = desk.on_test.get(arrival.site, ())
    return any(not some or arrival.signal.zone in some for some in zones)


def _confirm(arrival: Arrival, ticket: Ticket, desk: Desk, work: Work, now_ms: int) -> Ticket:
    """A second device, or a tamper while an emergency is live, confirms the emergency."""
    emergency = desk.live.get((arrival.site, TicketClass.EMERGENCY))
    if emergency is None or emergency.confirmed:
        return ticket
    by: str | None = None
    if ticket.id == emergency.id and desk.openers.get(emergency.id) != arrival.device:
        by = "second device"
    elif ticket.class_ is TicketClass.TECHNICAL and arrival.signal.kind == TAMPER:
        by = "tamper"
    if by is None:
        return ticket
    detail: dict[str, object] = {"by": by, "device": arrival.device}
    confirmed, entry = act_on(
        emergency, Act.CONFIRM, now_ms=now_ms, actor=f"device:{arrival.device}", detail=detail
    )
    _keep(confirmed, entry, desk, work)
    return confirmed if ticket.id == emergency.id else ticket


def _again(arrival: Arrival, known: Stored, desk: Desk, work: Work, now_ms: int) -> Verdict:
    if known.content == arrival.frame[:CONTENT_BYTES]:
        work.duplicates.append((arrival, known.ticket))
        state = ACKNOWLEDGED if known.acknowledged else STORED
        return Verdict(state, known.ticket, duplicate=True)
    work.reused.append(arrival)
    if arrival.identity not in desk.reported:
        desk.reported.add(arrival.identity)
        _report_reuse(arrival, desk, work, now_ms)
    return Verdict(refusal=IDENTITY_REUSED)


def _ticket_for(
    arrival: Arrival, class_: TicketClass, *, desk: Desk, work: Work, now_ms: int, on_test: bool
) -> Ticket:
    """The live ticket that the arrival joins as evidence, or a new one that it opens."""
    signal = arrival.signal
    actor = f"device:{arrival.device}"
    detail: dict[str, object] = {
        "kind": kind_name(signal.kind),
        "epoch": signal.epoch,
        "number": signal.number,
        "zone": signal.zone,
    }
    if signal.flags & SILENT:
        detail["silent"] = True
    if on_test:
        detail["on_test"] = True
    live = desk.live.get((arrival.site, class_))
    if live is None:
        ticket, entry = _open(
            ticket_id(signal.device, signal.epoch, signal.number),
            arrival,
            class_,
            desk=desk,
            work=work,
            now_ms=now_ms,
            detail={"signal": detail},
        )
    else:
        ticket, entry = act_on(
            live, Act.SIGNAL, now_ms=now_ms, actor=actor, detail={"signal": detail}
        )
    _keep(ticket, entry, desk, work)
    return ticket


def _report_reuse(arrival: Arrival, desk: Desk, work: Work, now_ms: int) -> None:
    """Put a reused identity before people: on the site's technical ticket."""
    signal = arrival.signal
    detail: dict[str, object] = {
        "reason": "identity_reused",
        "device": arrival.device,
        "epoch": signal.epoch,
        "number": signal.number,
    }
    live = desk.live.get((arrival.site, TicketClass.TECHNICAL))
    if live is None:
        # Not the id of the true signal's ticket, and another one if it happens again next year.
        id_ = ticket_id(b"reused" + signal.device, signal.epoch, now_ms)
        ticket, entry = _open(
            id_,
            arrival,
            TicketClass.TECHNICAL,
            desk=desk,
            work=work,
            now_ms=now_ms,
            detail={"security": detail},
        )
    else:
        ticket, entry = act_on(
            live, Act.SECURITY, now_ms=now_ms, actor="receiver", detail={"security": detail}
        )
    _keep(ticket, entry, desk, work)


def _open(
    id_: str,
    arrival: Arrival,
    class_: TicketClass,
    *,
    desk: Desk,
    work: Work,
    now_ms: int,
    detail: dict[str, object],
) -> tuple[Ticket, Entry]:
    number = desk.numbers.get(arrival.agency, 1)
    desk.numbers[arrival.agency] = number + 1
    work.opened.append(id_)
    desk.openers[id_] = arrival.device
    return opened(
        id_,
        agency=arrival.agency,
        site=arrival.site,
        class_=class_,
        number=number,
        now_ms=now_ms,
        actor="receiver" if "security" in detail else f"device:{arrival.device}",
        detail=detail,
        waits=desk.waits.get((arrival.agency, class_)),
    )


def _keep(ticket: Ticket, entry: Entry, desk: Desk, work: Work) -> None:
    desk.live[ticket.site, ticket.class_] = ticket
    work.tickets[ticket.id] = ticket
    work.entries.append(entry)

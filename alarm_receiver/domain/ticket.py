"""The life of a ticket: what each act makes of it, by the table of `domain.acts`.

It promises that a ticket goes only where `NEXT` says, that every live ticket has a deadline in
every state, and that the row equals the fold of its entries. It knows no clock and stores nothing.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from alarm_receiver.domain import dispatch
from alarm_receiver.domain.acts import (
    BEGINS,
    EVIDENCE,
    NEXT,
    OF_THE_HOLDER,
    UNSEEN,
    Act,
    Outcome,
    State,
)
from alarm_receiver.domain.escalation import (
    PARK_MS_MAX,
    TRANSFER_MS,
    TRANSFERS_MAX,
    WAITS,
    TicketClass,
    Waits,
)
from alarm_receiver.domain.kinds import more_urgent

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "BEGINS",
    "NEXT",
    "OF_THE_HOLDER",
    "UNSEEN",
    "WAITS",
    "Act",
    "Entry",
    "Outcome",
    "Refused",
    "Stale",
    "State",
    "Ticket",
    "TicketClass",
    "TicketError",
    "Waits",
    "act_on",
    "check_version",
    "fold",
    "opened",
    "parks",
    "ticket_id",
]


_NAMESPACE = uuid.UUID("6d0f6b52-7a1e-5c0b-9a55-0a4a1f2b7c11")


class TicketError(Exception):
    """An act that cannot be done to this ticket."""


class Refused(TicketError):
    """The table, the response plan or the interview does not allow this act now."""


class Stale(TicketError):
    """The ticket has moved on since the version that the act was meant for."""

    def __init__(self, version: int, unseen: list[Entry]) -> None:
        self.version = version
        self.unseen = unseen
        what = ", ".join(
            f"{entry.act} by {entry.actor} (version {entry.version})" for entry in unseen
        )
        super().__init__(f"the ticket is at version {version}; since then: {what}")


class Entry(msgspec.Struct, frozen=True):
    """One line of a ticket's timeline; `version` counts from 1 without gaps.

    `due_ms` is the deadline after the act; `detail` are plain values that the act brought along.
    """

    ticket: str
    version: int
    at_ms: int
    actor: str
    act: Act
    due_ms: int | None
    detail: dict[str, object]


class Ticket(msgspec.Struct, frozen=True):
    """A ticket as the fold of its entries. Times in milliseconds since 1970, UTC.

    `kind` is the most urgent kind among its signals; `silent` once one of them was silent;
    `confirmed` when a second device or sign stands behind it.
    """

    id: str
    agency: str
    site: str
    class_: TicketClass
    number: int
    state: State
    version: int
    round: int
    opened_ms: int
    due_ms: int | None
    closed_ms: int | None = None
    holder: str | None = None
    outcome: str | None = None
    kind: str = "security"
    silent: bool = False
    confirmed: bool = False
    transfers: int = 0

    @property
    def live(self) -> bool:
        """Whether somebody has to work on it."""
        return self.state is not State.CLOSED


def ticket_id(device: bytes, epoch: int, number: int) -> str:
    """Id of the ticket that this first signal opens: UUIDv5, so two receivers agree on it."""
    return str(uuid.uuid5(_NAMESPACE, f"{device.hex()}.{epoch}.{number}"))


def opened(
    id_: str,
    *,
    agency: str,
    site: str,
    class_: TicketClass,
    number: int,
    now_ms: int,
    actor: str,
    detail: dict[str, object],
    waits: Waits | None = None,
) -> tuple[Ticket, Entry]:
    """A new ticket, version 1, and its first entry."""
    due_ms = now_ms + (waits or WAITS[class_]).open_wait_ms(0)
    kept = {"agency": agency, "site": site, "class": str(class_), "number": number}
    entry = Entry(id_, 1, now_ms, actor, Act.OPEN, due_ms, kept | detail)
    return _first(entry), entry


def act_on(
    ticket: Ticket,
    act: Act,
    *,
    now_ms: int,
    actor: str,
    detail: dict[str, object] | None = None,
    waits: Waits | None = None,
) -> tuple[Ticket, Entry]:
    """The ticket after `act`, and the entry that records it. Raises Refused."""
    if (ticket.state, act) not in NEXT:
        raise Refused(f"cannot {act.replace('_', ' ')} a ticket that is {ticket.state}")
    detail = detail or {}
    if act in EVIDENCE:  # it never puts a deadline off
        entry = Entry(ticket.id, ticket.version + 1, now_ms, actor, act, ticket.due_ms, detail)
        return _with_evidence(ticket, entry), entry
    if act is Act.TRANSFER and ticket.transfers >= TRANSFERS_MAX and not detail.get("supervised"):
        raise Refused(f"passed on {TRANSFERS_MAX} times already; a supervisor takes it from here")
    if act is Act.TRANSFER:
        detail = detail | {"from": ticket.holder}
    if act is Act.NOTE and (ticket.state is State.OPEN or actor != ticket.holder):
        due_ms = ticket.due_ms  # who reads along has not worked on it
    else:
        due_ms = _due_ms(ticket, act, now_ms, detail, waits or WAITS[ticket.class_])
    entry = Entry(ticket.id, ticket.version + 1, now_ms, actor, act, due_ms, detail)
    return _apply(ticket, entry), entry


def fold(entries: Iterable[Entry]) -> Ticket:
    """The ticket that these entries make, first to last. Raises Refused on a broken timeline."""
    ticket: Ticket | None = None
    for entry in entries:
        if ticket is None:
            ticket = _first(entry)
        elif entry.version != ticket.version + 1 or entry.ticket != ticket.id:
            raise Refused(f"entry {entry.version} does not follow version {ticket.version}")
        else:
            ticket = _apply(ticket, entry)
    if ticket is None:
        raise Refused("a ticket has at least one entry")
    return ticket


def parks(entries: Iterable[Entry]) -> int:
    """How often a ticket was put aside, by whomever."""
    return sum(entry.act is Act.PARK for entry in entries)


def check_version(ticket: Ticket, act: Act, version: int, since: list[Entry]) -> None:
    """Refuse `act` meant for `version` when something happened since that it must have seen."""
    unseen = [
        entry
        for entry in since
        if entry.version > version and entry.act not in UNSEEN.get(act, frozenset())
    ]
    if unseen or version > ticket.version:
        raise Stale(ticket.version, unseen)


def _first(entry: Entry) -> Ticket:
    if entry.act is not Act.OPEN or entry.version != 1:
        raise Refused(f"a timeline begins with open, not with {entry.act}")
    detail = entry.detail
    ticket = Ticket(
        entry.ticket,
        str(detail["agency"]),
        str(detail["site"]),
        TicketClass(str(detail["class"])),
        int(str(detail["number"])),
        State.OPEN,
        1,
        0,
        entry.at_ms,
        entry.due_ms,
    )
    return _with_signal(ticket, detail)


def _apply(ticket: Ticket, entry: Entry) -> Ticket:
    try:
        state = NEXT[ticket.state, entry.act]
    except KeyError:
        raise Refused(f"cannot {entry.act} a ticket that is {ticket.state}") from None
    if entry.act in EVIDENCE:
        return _with_evidence(ticket, entry)
    closing = state is State.CLOSED
    after = replace(
        ticket,
        state=state,
        version=entry.version,
        due_ms=entry.due_ms,
        closed_ms=entry.at_ms if closing else None,
        outcome=str(entry.detail["outcome"]) if closing else None,
    )
    if entry.act is Act.ACKNOWLEDGE:
        return replace(after, holder=entry.actor)
    if entry.act is Act.TRANSFER:
        return replace(after, holder=str(entry.detail["to"]), transfers=ticket.transfers + 1)
    if entry.act is Act.HAND_BACK:
        return replace(after, holder=None, round=0)
    if entry.act is Act.COME_BACK:
        return replace(after, holder=None, round=ticket.round + 1)
    return _with_signal(after, entry.detail)


def _with_evidence(ticket: Ticket, entry: Entry) -> Ticket:
    """`ticket` with one piece of evidence more: state, deadline and holder stay."""
    signal = entry.detail.get("signal")
    kind, silent = ticket.kind, ticket.silent
    if isinstance(signal, dict):
        kind = more_urgent(kind, str(signal["kind"]))
        silent = silent or bool(signal.get("silent"))
    return replace(
        ticket,
        version=entry.version,
        due_ms=entry.due_ms,
        kind=kind,
        silent=silent,
        confirmed=ticket.confirmed or entry.act is Act.CONFIRM,
    )


def _with_signal(ticket: Ticket, detail: dict[str, object]) -> Ticket:
    signal = detail.get("signal", detail.get("silence"))
    if not isinstance(signal, dict):
        return ticket
    kind = more_urgent(ticket.kind, str(signal["kind"]))
    silent = ticket.silent or bool(signal.get("silent"))
    if kind == ticket.kind and silent == ticket.silent:
        return ticket
    return replace(ticket, kind=kind, silent=silent)


def _due_ms(
    ticket: Ticket, act: Act, now_ms: int, detail: dict[str, object], waits: Waits
) -> int | None:
    """The deadline after an act of whoever works on the ticket, or of the engine."""
    state = NEXT[ticket.state, act]
    if state is State.CLOSED:
        return None
    if state is State.DISPATCHED:
        emergency, wait_ms = ticket.class_ is TicketClass.EMERGENCY, waits.dispatched_ms
        return dispatch.due_ms(
            act, ticket.due_ms, now_ms, detail, wait_ms=wait_ms, emergency=emergency
        )
    if act is Act.PARK:
        wait_ms = min(int(str(detail["park_ms"])), PARK_MS_MAX)
    elif act is Act.TRANSFER:
        wait_ms = min(TRANSFER_MS, waits.acknowledged_ms)
    elif state is State.OPEN:
        wait_ms = waits.open_wait_ms(ticket.round + 1 if act is Act.COME_BACK else 0)
    else:
        wait_ms = waits.acknowledged_ms
    return now_ms + wait_ms

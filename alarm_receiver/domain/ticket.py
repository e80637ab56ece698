"""The life of a ticket, as one table.

It promises that a ticket goes only where `NEXT` says, that every live ticket has a deadline in
every state, and that the row equals the fold of its entries. It knows no clock and stores nothing.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """Where a ticket stands. All but CLOSED are live."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    DISPATCHED = "dispatched"
    CLOSED = "closed"


class Act(StrEnum):
    """What can be done to a ticket; each act is one entry of its timeline."""

    OPEN = "open"
    SIGNAL = "signal"
    SECURITY = "security"
    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    ANSWER = "answer"
    DISPATCH = "dispatch"
    HAND_BACK = "hand_back"
    COME_BACK = "come_back"
    CLOSE = "close"


class TicketClass(StrEnum):
    """What a ticket is about. A site has at most one live ticket of each class."""

    EMERGENCY = "emergency"
    TECHNICAL = "technical"
    TEST = "test"


class Outcome(StrEnum):
    """How a closed ticket ended."""

    SAFE_BY_PHONE = "safe_by_phone"
    ATTENDED = "attended"
    FALSE_ALARM = "false_alarm"
    REPAIRED = "repaired"
    TEST = "test"


NEXT: dict[tuple[State | None, Act], State] = {
    (None, Act.OPEN): State.OPEN,
    (State.OPEN, Act.SIGNAL): State.OPEN,
    (State.OPEN, Act.SECURITY): State.OPEN,
    (State.OPEN, Act.NOTE): State.OPEN,
    (State.OPEN, Act.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.OPEN, Act.COME_BACK): State.OPEN,
    (State.ACKNOWLEDGED, Act.SIGNAL): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Act.SECURITY): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Act.NOTE): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Act.ANSWER): State.ACKNOWLEDGED,
    (State.ACKNOWLEDGED, Act.DISPATCH): State.DISPATCHED,
    (State.ACKNOWLEDGED, Act.HAND_BACK): State.OPEN,
    (State.ACKNOWLEDGED, Act.COME_BACK): State.OPEN,
    (State.ACKNOWLEDGED, Act.CLOSE): State.CLOSED,
    (State.DISPATCHED, Act.SIGNAL): State.DISPATCHED,
    (State.DISPATCHED, Act.SECURITY): State.DISPATCHED,
    (State.DISPATCHED, Act.NOTE): State.DISPATCHED,
    (State.DISPATCHED, Act.ANSWER): State.DISPATCHED,
    (State.DISPATCHED, Act.DISPATCH): State.DISPATCHED,
    (State.DISPATCHED, Act.HAND_BACK): State.OPEN,
    (State.DISPATCHED, Act.COME_BACK): State.OPEN,
    (State.DISPATCHED, Act.CLOSE): State.CLOSED,
}
"""State and act -> state after it. What is not here is refused by name."""

UNSEEN: dict[Act, frozenset[Act]] = {
    Act.ACKNOWLEDGE: frozenset({Act.SIGNAL, Act.SECURITY, Act.NOTE, Act.COME_BACK}),
    Act.NOTE: frozenset(Act) - {Act.CLOSE},
    Act.ANSWER: frozenset(Act) - {Act.CLOSE},
    Act.DISPATCH: frozenset({Act.SIGNAL, Act.SECURITY, Act.NOTE, Act.ANSWER}),
    Act.HAND_BACK: frozenset({Act.SIGNAL, Act.SECURITY, Act.NOTE, Act.ANSWER}),
    Act.CLOSE: frozenset(),
}
"""What may have happened since the version that the operator saw, without making his act stale.

A second press while he reaches for the key must not cost him the ticket; closing, though, needs
to have seen everything: nobody closes over a press that came in a moment ago.
"""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a live ticket may rest: `open_ms` by round (the last repeats for ever)."""

    open_ms: tuple[int, ...]
    acknowledged_ms: int
    dispatched_ms: int


WAITS: dict[TicketClass, Waits] = {
    TicketClass.EMERGENCY: Waits((10_000, 20_000, 60_000), 300_000, 1_200_000),
    TicketClass.TECHNICAL: Waits((600_000, 1_800_000), 3_600_000, 14_400_000),
    TicketClass.TEST: Waits((600_000, 3_600_000), 3_600_000, 14_400_000),
}
"""Defaults. 10 s and 20 s: an unacknowledged emergency goes on to the next desk, then to the
supervisor, inside the 30 s in which 80 % of hold-ups are to be acted on (EN 50518)."""

_NAMESPACE = uuid.UUID("6d0f6b52-7a1e-5c0b-9a55-0a4a1f2b7c11")


class TicketError(Exception):
    """An act that cannot be done to this ticket."""


class Refused(TicketError):
    """The table does not know this act in this state."""


class Stale(TicketError):
    """The ticket has moved on since the version that the act was meant for."""

    def __init__(self, version: int, unseen: list[Entry]) -> None:
        self.version = version
        self.unseen = unseen
        what = ", ".join(
            f"{entry.act} by {entry.actor} (version {entry.version})" for entry in unseen
        )
        super().__init__(f"the ticket is at version {version}; since then: {what}")


@dataclass(frozen=True, slots=True)
class Entry:
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


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as the fold of its entries. Times in milliseconds since 1970, UTC."""

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
) -> tuple[Ticket, Entry]:
    """A new ticket, version 1, and its first entry."""
    due_ms = now_ms + WAITS[class_].open_ms[0]
    ticket = Ticket(id_, agency, site, class_, number, NEXT[None, Act.OPEN], 1, 0, now_ms, due_ms)
    kept = {"agency": agency, "site": site, "class": str(class_), "number": number}
    return ticket, Entry(id_, 1, now_ms, actor, Act.OPEN, due_ms, kept | detail)


def act_on(
    ticket: Ticket,
    act: Act,
    *,
    now_ms: int,
    actor: str,
    detail: dict[str, object] | None = None,
) -> tuple[Ticket, Entry]:
    """The ticket after `act`, and the entry that records it. Raises Refused."""
    if (ticket.state, act) not in NEXT:
        raise Refused(f"cannot {act.replace('_', ' ')} a ticket that is {ticket.state}")
    detail = detail or {}
    due_ms = _due_ms(ticket, act, now_ms)
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
    return Ticket(
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


def _apply(ticket: Ticket, entry: Entry) -> Ticket:
    try:
        state = NEXT[ticket.state, entry.act]
    except KeyError:
        raise Refused(f"cannot {entry.act} a ticket that is {ticket.state}") from None
    holder, round_ = ticket.holder, ticket.round
    if entry.act is Act.ACKNOWLEDGE:
        holder = entry.actor
    elif state is State.OPEN and entry.act in (Act.HAND_BACK, Act.COME_BACK):
        holder = None
        round_ = 0 if entry.act is Act.HAND_BACK else ticket.round + 1
    closing = state is State.CLOSED
    return replace(
        ticket,
        state=state,
        version=entry.version,
        round=round_,
        due_ms=entry.due_ms,
        closed_ms=entry.at_ms if closing else None,
        holder=holder,
        outcome=str(entry.detail["outcome"]) if closing else None,
    )


def _due_ms(ticket: Ticket, act: Act, now_ms: int) -> int | None:
    """The deadline after `act`. Evidence never puts a deadline off; work by a person does."""
    waits = WAITS[ticket.class_]
    state = NEXT[ticket.state, act]
    if state is State.CLOSED:
        return None
    if act in (Act.SIGNAL, Act.SECURITY) or (act is Act.NOTE and state is State.OPEN):
        return ticket.due_ms
    if state is State.OPEN:
        turn = ticket.round + 1 if act is Act.COME_BACK else 0
        return now_ms + waits.open_ms[min(turn, len(waits.open_ms) - 1)]
    return now_ms + (waits.acknowledged_ms if state is State.ACKNOWLEDGED else waits.dispatched_ms)

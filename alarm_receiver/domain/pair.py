"""Two receivers with the same signals: what one does when the other's people have a ticket.

It promises that what people hold over there is held here in their name, that what they let go or
nobody confirms any more comes back, and that nothing closes here but what was closed over there
with every sign of it in sight. Each side asks the other what is so now; nothing depends on having
heard of each act, so a broken link or a restart leaves nothing behind. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_receiver.domain.ticket import Act, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarm_receiver.domain.escalation import Waits
    from alarm_receiver.domain.ticket import Entry, Ticket

THERE = "receiver:"
"""What stands before the name of somebody who works at the other receiver."""
SAME_MS = 60_000
"""How far two receivers' clocks, and the moments at which both notice a silence, may differ."""


class Over(StrEnum):
    """What the people of the other receiver have done about something."""

    NOTHING = "nothing"
    TAKEN = "taken"
    CLOSED = "closed"


Follow = tuple[Act, dict[str, object]]
"""An act with its detail."""


@dataclass(frozen=True, slots=True)
class Duress:
    """A duress word that people of the other receiver heard, `by` whom, and where.

    `devices` are those of its site: by any of them we know which one that is here.
    """

    word: str
    keyholder: str
    by: str
    known_by: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Word:
    """What the other receiver says: `by` whom, and with which `outcome` when it is closed."""

    over: Over
    by: str = ""
    outcome: str = ""


def signs(entries: Iterable[Entry]) -> list[str]:
    """What beside signals a timeline is about, in words that are the same at both receivers."""
    found: list[str] = []
    for entry in entries:
        silence, security = entry.detail.get("silence"), entry.detail.get("security")
        if isinstance(silence, dict):
            found.append(f"silence {silence['who']}")
        if isinstance(security, dict) and security.get("known_by"):
            found.append(f"duress {security['word']} {security['known_by']}")
        elif isinstance(security, dict) and "device" in security:
            found.append("security " + " ".join(str(security.get(one)) for one in _SECURITY))
    return list(dict.fromkeys(found))


_SECURITY = ("reason", "device", "epoch", "number")


def relevant(one: Ticket, since_ms: int) -> bool:
    """Whether a ticket may be about the same silence as one that was opened at `since_ms`."""
    return one.closed_ms is None or one.closed_ms >= since_ms - SAME_MS


def word(found: Sequence[Ticket], *, whole: bool) -> Word:
    """What to say of something that `found` are about; `whole`: every sign of it is on them.

    Whom the other side holds in our people's name is nobody of its own: else two receivers could
    believe for ever that somebody at the other one is at work.
    """
    newest = sorted(found, key=lambda one: one.number, reverse=True)
    for one in newest:
        if one.live and own(one):
            return Word(Over.TAKEN, str(one.holder))
    if whole and newest and not any(one.live for one in newest):
        first = newest[0]
        return Word(Over.CLOSED, str(first.holder).removeprefix(THERE), str(first.outcome))
    return Word(Over.NOTHING)


def own(one: Ticket) -> bool:
    """Whether somebody at this receiver holds a ticket."""
    return one.holder is not None and not one.holder.startswith(THERE)


def follow(one: Ticket, said: Word, *, now_ms: int, waits: Waits, noted: bool) -> list[Follow]:
    """The acts, in the other side's name, that bring our ticket where theirs is.

    `noted`: that both sides work on it stands on our timeline already.
    """
    if not one.live:
        return []
    if own(one):
        # Both took it while they could not hear each other: they are told, and settle it.
        both: Follow = (Act.NOTE, {"text": both_text(said), "peer": True})
        return [both] if said.over is not Over.NOTHING and not noted else []
    taken: Follow = (Act.ACKNOWLEDGE, {"peer": True})
    closed: Follow = (Act.CLOSE, {"outcome": said.outcome, "peer": True})
    back: Follow = (Act.HAND_BACK, {"peer": True})
    if one.state is State.OPEN:
        return {Over.NOTHING: [], Over.TAKEN: [taken], Over.CLOSED: [taken, closed]}[said.over]
    if said.over is Over.TAKEN and one.holder == named(said.by):
        # Still at work over there: before our own deadline passes, it begins anew.
        soon = (one.due_ms or 0) - now_ms < waits.acknowledged_ms // 2
        return [(Act.NOTE, {"text": "at work", "peer": True})] if soon else []
    return {Over.NOTHING: [back], Over.TAKEN: [back, taken], Over.CLOSED: [closed]}[said.over]


def both_text(said: Word) -> str:
    """The note on a ticket that people of both receivers have worked on."""
    return f"{said.over} by {said.by}"


def named(by: str) -> str:
    """How somebody of the other receiver is written here."""
    return f"{THERE}{by}"[:80]

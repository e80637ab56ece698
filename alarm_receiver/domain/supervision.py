"""When a gateway's silence is a fault, and when its trouble is over.

It promises that a gateway is told lost once per silence, within the reporting time of its EN 50136
profile; that nobody is told lost for a time in which we could not hear; and that a trouble which
is over ends its own ticket only while nobody has worked on it and nothing else stands on it: a
gateway that is back never ends a hold-up. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.ticket import Act, State
from alarm_wire.profiles import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarm_receiver.domain.ticket import Entry, Ticket

MARGIN_MS = 4_000
"""Of a reporting time, for keeping what was heard (1 s), looking (1 s), and the commits."""


class Standing(StrEnum):
    """Whether a gateway is heard. One that never spoke is not missed: it is still in its box."""

    UNKNOWN = "unknown"
    HEARD = "heard"
    LOST = "lost"


class Sign(StrEnum):
    """What changes a standing."""

    HEARTBEAT = "heartbeat"
    SILENCE = "silence"


NEXT: dict[tuple[Standing, Sign], Standing] = {
    (Standing.UNKNOWN, Sign.HEARTBEAT): Standing.HEARD,
    (Standing.HEARD, Sign.HEARTBEAT): Standing.HEARD,
    (Standing.HEARD, Sign.SILENCE): Standing.LOST,
    (Standing.LOST, Sign.HEARTBEAT): Standing.HEARD,
}
"""Standing and sign -> standing after it; what is not here changes nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a gateway: when it was heard last, and when it was told lost."""

    device: str
    agency: str
    site: str
    profile: str
    heard_ms: int
    lost_ms: int | None

    @property
    def standing(self) -> Standing:
        """As it was told to people."""
        return Standing.HEARD if self.lost_ms is None else Standing.LOST


def term_ms(profile: str) -> int:
    """How long a gateway of `profile` may be silent; an unknown profile gets the shortest."""
    first_s = PROFILES[profile][0] if profile in PROFILES else min(PROFILES.values())[0]
    return first_s * 1000 - MARGIN_MS


def change(one: Heard, now_ms: int, ears_since_ms: int | None) -> Standing | None:
    """The new standing of a gateway, or None when it stays as it is.

    `ears_since_ms` is since when somebody could hear without a break; None: nobody can now.
    """
    if one.lost_ms is not None:
        sign = Sign.HEARTBEAT if one.heard_ms >= one.lost_ms else Sign.SILENCE
    elif ears_since_ms is None:
        return None
    else:
        silent_ms = now_ms - max(one.heard_ms, ears_since_ms)
        sign = Sign.SILENCE if silent_ms >= term_ms(one.profile) else Sign.HEARTBEAT
    after = NEXT.get((one.standing, sign))
    return None if after is one.standing else after


_BY_ITSELF = (Act.OPEN, Act.SILENCE, Act.RESTORE, Act.COME_BACK, Act.PAGE)


def over(ticket: Ticket, entries: Iterable[Entry]) -> bool:
    """Whether `ticket` was about silence only, all of it is over, and nobody has begun to work."""
    if ticket.class_ is TicketClass.EMERGENCY or ticket.state is not State.OPEN:
        return False
    silent: set[str] = set()
    for entry in entries:
        if entry.act not in _BY_ITSELF or "signal" in entry.detail or "security" in entry.detail:
            return False
        said = entry.detail.get("silence")
        back = entry.detail.get("restore")
        if isinstance(said, dict):
            silent.add(str(said["who"]))
        if isinstance(back, dict):
            silent.discard(str(back["who"]))
    return not silent


def is_about(entries: Iterable[Entry], who: str) -> bool:
    """Whether a silence of `who` stands on the timeline and was not taken back."""
    stands = False
    for entry in entries:
        for name, now in (("silence", True), ("restore", False)):
            said = entry.detail.get(name)
            if isinstance(said, dict) and said["who"] == who:
                stands = now
    return stands

"""What this process remembers of live tickets, so that a press that joins one needs no reading.

It may be old at any time: other processes write to the same store. It therefore only ever
proposes; the keys of the database decide (`store.express`), and whoever proposed wrongly forgets
and reads. It is bounded, may be asked and told from any thread, and opens nothing.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from alarm_receiver.domain.intake import Desk, class_of
from alarm_receiver.domain.ticket import State, TicketClass
from alarm_wire.signal import TAMPER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarm_receiver.domain.intake import Arrival, Identity
    from alarm_receiver.domain.ticket import Ticket

TICKETS_MAX = 50_000
RECENT_MAX = 20_000


class Memory:
    """Live tickets by site and class, who opened them, and identities stored a moment ago."""

    def __init__(self) -> None:
        self._live: dict[tuple[str, TicketClass], Ticket] = {}
        self._openers: dict[str, str] = {}
        self._recent: dict[Identity, None] = {}
        self._lock = threading.RLock()

    def choose(
        self, parts: Sequence[Sequence[Arrival]]
    ) -> tuple[list[bool], list[Arrival], Desk, set[Identity]]:
        """Which of `parts` join known tickets or none; their arrivals, desk and identities."""
        seen: set[Identity] = set()
        desk = Desk({}, {}, {})
        with self._lock:
            chosen = [self._joins(part, seen, desk) for part in parts]
        return (
            chosen,
            [one for part, joins in zip(parts, chosen, strict=True) if joins for one in part],
            desk,
            seen,
        )

    def _joins(self, part: Sequence[Arrival], seen: set[Identity], desk: Desk) -> bool:
        """Whether each of `part` is new, as far as known, and joins a known ticket or none."""
        for one in part:
            identity = one.identity
            if identity in seen or identity in self._recent:
                return False
            seen.add(identity)
            class_ = class_of(one.signal)
            if class_ is None:
                continue
            ticket = self._live.get((one.site, class_))
            # A tamper may confirm an emergency that another process opened: that needs a look.
            if ticket is None or ticket.state is not State.OPEN or one.signal.kind == TAMPER:
                return False
            desk.live[one.site, class_] = ticket
            if ticket.id in self._openers:
                desk.openers[ticket.id] = self._openers[ticket.id]
        return True

    def read(self, sites: Iterable[str], desk: Desk, identities: Iterable[Identity]) -> None:
        """Learn all live tickets of `sites` from a desk that was read and worked on."""
        with self._lock:
            self.forget(sites)
            self.wrote(desk, identities)

    def wrote(self, desk: Desk, identities: Iterable[Identity]) -> None:
        """Learn what becomes of the tickets of `desk`, and that `identities` are to be stored."""
        with self._lock:
            if len(self._live) > TICKETS_MAX:
                self._live.clear()
                self._openers.clear()
            self._live.update(desk.live)
            self._openers.update(desk.openers)
            self._recent.update(dict.fromkeys(identities))
            if len(self._recent) > 2 * RECENT_MAX:
                for identity in list(self._recent)[:-RECENT_MAX]:
                    del self._recent[identity]

    def forget(self, sites: Iterable[str], identities: Iterable[Identity] = ()) -> None:
        """Know nothing of `sites`, nor that `identities` are stored."""
        with self._lock:
            for identity in identities:
                self._recent.pop(identity, None)
            for site in sites:
                for class_ in TicketClass:
                    ticket = self._live.pop((site, class_), None)
                    if ticket is not None:
                        self._openers.pop(ticket.id, None)

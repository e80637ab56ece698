"""What this process remembers of live tickets, so that a press that joins one needs no reading.

It may be old at any time: other processes write to the same store. It therefore only ever
proposes; the keys of the database decide (`store.express`), and whoever proposed wrongly forgets
and reads. It is bounded, belongs to the writer's thread, and opens nothing.
"""

from __future__ import annotations

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

    def joins(self, group: Sequence[Arrival], seen: set[Identity]) -> bool:
        """Whether each of `group` is new, as far as known, and joins a known ticket or none.

        Adds their identities to `seen`, in which the identities of earlier groups are.
        """
        for one in group:
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
        return True

    def desk(self, group: Sequence[Arrival]) -> Desk:
        """The desk of a group that `joins`."""
        live: dict[tuple[str, TicketClass], Ticket] = {}
        openers: dict[str, str] = {}
        for one in group:
            class_ = class_of(one.signal)
            if class_ is not None and (one.site, class_) not in live:
                ticket = live[one.site, class_] = self._live[one.site, class_]
                if ticket.id in self._openers:
                    openers[ticket.id] = self._openers[ticket.id]
        return Desk({}, live, {}, openers=openers)

    def read(self, sites: Iterable[str], desk: Desk, identities: Iterable[Identity]) -> None:
        """Learn all live tickets of `sites` from a desk that was read and worked on."""
        self.forget(sites)
        self.wrote(desk, identities)

    def wrote(self, desk: Desk, identities: Iterable[Identity]) -> None:
        """Learn what became of the tickets of `desk`, and that `identities` are stored."""
        if len(self._live) > TICKETS_MAX:
            self._live.clear()
            self._openers.clear()
        self._live.update(desk.live)
        self._openers.update(desk.openers)
        self._recent.update(dict.fromkeys(identities))
        if len(self._recent) > 2 * RECENT_MAX:
            for identity in list(self._recent)[:-RECENT_MAX]:
                del self._recent[identity]

    def forget(self, sites: Iterable[str]) -> None:
        """Know nothing of `sites`."""
        for site in sites:
            for class_ in TicketClass:
                ticket = self._live.pop((site, class_), None)
                if ticket is not None:
                    self._openers.pop(ticket.id, None)

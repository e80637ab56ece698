"""The store's own figures as /metrics shows them: the same from every process over one store.

It promises that they are there when nothing has happened yet (0, not left out), and that asking
often costs little: they are read at most once a second. A store that does not answer is a figure
too, and takes no other one away.
"""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.ticket import State
from alarm_receiver.store import standing
from alarm_receiver.store.desk import PAGE_STATES
from alarm_receiver.store.duty import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Engine

    from alarm_receiver.clock import Clock
    from alarm_receiver.store.standing import Standing

Figure = tuple[str, str, str, list[tuple[str, float]]]
"""Name, kind, what it is, and values by their labels."""
FRESH_S = 1.0


def one(name: str, kind: str, what: str, value: float) -> Figure:
    """A figure without labels."""
    return (name, kind, what, [("", value)])


def labelled(name: str, what: str, label: str, values: Iterable[tuple[str, float]]) -> Figure:
    """A gauge with one label."""
    return (name, "gauge", what, [(f'{{{label}="{word}"}}', value) for word, value in values])


def engine_figures(raised: int, tries: Mapping[tuple[str, str], int], rest_ms: int) -> list[Figure]:
    """What an engine did since it began: steps raised, tries by channel and how they ended."""
    sent = [
        (f'{{channel="{channel}",state="{state}"}}', float(count))
        for (channel, state), count in sorted(tries.items())
    ]
    return [
        ("pages_sent_total", "counter", "Tries to send a page, by how they ended", sent),
        one("steps_raised_total", "counter", "Tickets brought back when due", raised),
        one("engine_rest_seconds", "gauge", "Since the engine last turned", rest_ms / 1000),
    ]


class Stored:
    """Reads the store's figures, once a second at most."""

    def __init__(self, reader: Engine, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock
        self._reading = Lock()
        self._read_s = -FRESH_S
        self._last: list[Figure] = []

    def figures(self) -> list[Figure]:
        """What the store says now; `store_answers` 0 and nothing else when it does not."""
        with self._reading:
            if time.monotonic() - self._read_s >= FRESH_S:
                self._last = self._ask()
                self._read_s = time.monotonic()
            return self._last

    def _ask(self) -> list[Figure]:
        what = "Whether the store answers"
        try:
            with self._reader.connect() as connection:
                found = standing.read(connection, self._clock.now_ms())
        except (OperationalError, InterfaceError, NoConnection):
            return [one("store_answers", "gauge", what, 0)]
        return [one("store_answers", "gauge", what, 1), *_shown(found)]


def _shown(found: Standing) -> list[Figure]:
    live = [
        (f'{{class="{class_}",state="{state}"}}', float(found.live.get((class_, state), 0)))
        for class_ in TicketClass
        for state in State
        if state is not State.CLOSED
    ]
    overdue = [(class_, found.overdue.get(class_, 0)) for class_ in TicketClass]
    pages = [(state, found.pages.get(state, 0)) for state in PAGE_STATES]
    waiting_s, overdue_s = found.waiting_ms / 1000, found.overdue_ms / 1000
    return [
        ("tickets_live", "gauge", "Tickets that are not closed, by class and state", live),
        labelled("tickets_overdue", "Live tickets past their deadline, by class", "class", overdue),
        one("overdue_seconds", "gauge", "How long the most overdue ticket is so", overdue_s),
        labelled("pages", "Pages of live tickets, by how far they got", "state", pages),
        one("pages_waiting_seconds", "gauge", "How long the oldest due page is due", waiting_s),
        labelled(
            "parts_alive",
            "Processes that beat, by part",
            "part",
            [(part, found.alive.get(part, 0)) for part in PARTS],
        ),
        labelled(
            "parts_dead",
            "Processes that ended without a word in the last day, by part",
            "part",
            [(part, found.dead.get(part, 0)) for part in PARTS],
        ),
        one("gateways_lost", "gauge", "Gateways that are not heard any more", found.lost),
    ]

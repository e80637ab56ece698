"""What the doors work with; built in wiring.py, handed to every request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.hearing import Hearing
from alarm_receiver.rules import Rules
from alarm_receiver.store import coverage, parts, registry, undelivered
from alarm_receiver.web import figures
from alarm_receiver.web.figures import Stored, one
from alarm_receiver.web.limits import Failures, Rate
from alarm_receiver.web.pieces import Pieces
from alarm_receiver.web.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from alarm_receiver.clock import Clock
    from alarm_receiver.config import Settings
    from alarm_receiver.domain.plan import Plans
    from alarm_receiver.domain.retention import Periods
    from alarm_receiver.log import Log
    from alarm_receiver.store.keybox import KeyBox
    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer
    from alarm_receiver.web.console.queue import Renderer
    from alarm_receiver.web.feed import Feed
    from alarm_receiver.web.intake import Intake
    from alarm_receiver.web.keys import Keys
    from alarm_receiver.web.quarantine import Quarantine

Figure = figures.Figure
ENGINE_MS_MAX = 5_000


@dataclass(slots=True)
class Context:
    """The parts of one receiver."""

    settings: Settings
    clock: Clock
    log: Log
    writer: Writer
    reader: Engine
    """For people's requests."""
    steady: Engine
    """For what none of them may hold up: intake, streams, figures."""
    box: KeyBox
    keys: Keys
    quarantine: Quarantine
    feed: Feed
    policies: Policies
    plans: Plans
    engine_beat_ms: Callable[[], int] | None
    """When our own engine last turned; None: the engines are processes of their own."""
    periods: Periods
    rules: Rules = field(default_factory=Rules)
    failures: Failures = field(default_factory=Failures)
    rate: Rate = field(init=False)
    rate_entering: Rate = field(init=False)
    hearing: Hearing = field(default_factory=Hearing)
    pieces: Pieces = field(default_factory=Pieces)
    stopping: Event = field(default_factory=Event)
    learning: Lock = field(default_factory=Lock)
    channels: frozenset[str] | None = field(init=False)
    """Ways to page people that are set up here; None: pages are sent by another process."""
    confirmed_ms: int = 0
    """When an older store was confirmed last; gateways send again when it changes."""
    stored: Stored = field(init=False)
    engine_figures: Callable[[], list[Figure]] | None = None
    """What our own engine did; None: the engines are processes of their own."""
    streams: int = 0
    intake: Intake | None = None
    watching: dict[str, Counter[str]] = field(default_factory=dict)
    """Open consoles by agency and operator's name."""
    locked: set[str] = field(default_factory=set)
    """Sessions (hashed) of consoles that were left alone; they see and hear, and act no more."""
    provider: Provider | None = field(init=False)
    """The OpenID Connect provider, when one is set up."""
    renderers: dict[str, Renderer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Set what the settings and the rules name."""
        self.channels = None if self.engine_beat_ms is None else self.settings.channels
        self.stored = Stored(self.steady, self.clock)
        limits = self.rules.limits
        self.rate = Rate(limits.per_second, limits.burst)
        self.provider = Provider(self.rules.oidc) if self.rules.oidc else None
        self.rate_entering = Rate(limits.entering_per_second, limits.entering_burst)

    def learn(self) -> None:
        """Read policies, addresses and tests anew; devices, whose keys are costly, if changed.

        One at a time: who began to read earlier must not put older things over newer ones, a
        revoked key among them.
        """
        with self.learning, self.steady.connect() as connection:
            self.policies.refresh(connection, self.clock.now_ms())
            marker = registry.marker(connection)
            if marker != self.keys.marker:
                self.keys.put(registry.known(connection))
                self.keys.marker = marker

    def faults(self) -> list[str]:
        """Why promises cannot be kept now; empty when all is well."""
        faults: list[str] = []
        if not self.writer.alive:
            faults.append("the writer has ended; restart the receiver")
        if self.engine_beat_ms is None:
            return faults + self._engines_elsewhere()
        silent_ms = self.clock.now_ms() - self.engine_beat_ms()
        if silent_ms > ENGINE_MS_MAX:
            faults.append(
                f"the engine has not turned for {silent_ms} ms; the log says why (engine_waits, "
                "engine_failed); restart the receiver if it stays so"
            )
        return faults

    def notes(self) -> list[str]:
        """What is no fault, and should be mended all the same: whom no page would reach."""
        return coverage.notes(self.policies, self.channels, self.settings.public_url)

    def _engines_elsewhere(self) -> list[str]:
        try:
            with self.steady.connect() as connection:
                if parts.engine_lives(connection, self.clock.now_ms()):
                    return []
        except SQLAlchemyError as error:
            return [f"the store does not answer: {error.__cause__ or error}"]
        return ["no engine lives; start one with `holdfast receiver engine`"]

    def figures(self) -> list[Figure]:
        """What /metrics shows."""
        reasons = sorted(self.quarantine.counts.items())
        refused = [(f'{{reason="{name}"}}', float(count)) for name, count in reasons]
        skew_s = self.clock.skew_ms() / 1000
        deaf = Counter(
            str(class_) for _, class_ in coverage.unreached(self.policies, self.channels)
        )
        nobody = [(f'{{class="{name}"}}', float(deaf[name])) for name in TicketClass]
        return [
            *self.stored.figures(),
            *(self.engine_figures() if self.engine_figures else ()),
            *(self.intake.figures() if self.intake else ()),
            ("unreached_agencies", "gauge", "Agencies whose policy pages nobody, by class", nobody),
            *self._undelivered(),
            ("refused_total", "counter", "Frames refused, by reason", refused),
            one("commits_total", "counter", "Transactions of the writer", self.writer.commits),
            one("waiting", "gauge", "Units of work that wait", self.writer.waiting),
            one("devices", "gauge", "Devices registered", len(self.keys)),
            one("streams", "gauge", "Open streams", self.streams),
            one("log_lines_dropped_total", "counter", "Lines nobody read", self.log.dropped),
            one("clock_skew_seconds", "gauge", "How far the system clock is ahead", skew_s),
        ]

    def _undelivered(self) -> list[Figure]:
        """Counted in the store, by an index; nothing while the store does not answer."""
        try:
            with self.steady.connect() as connection:
                found = undelivered.counts(connection)
        except SQLAlchemyError:
            return []
        values = [(f'{{state="{name}"}}', float(count)) for name, count in found.items()]
        what = "Pages that did not arrive and that nobody has ended"
        return [("pages_undelivered", "gauge", what, values)]

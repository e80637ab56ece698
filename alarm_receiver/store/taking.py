"""How arrivals are taken: at once where nothing needs to be read, else in the writer's transaction.

It promises the same decision on both ways (`domain.intake.decide`), and that a verdict leaves only
after the COMMIT that holds it. What it remembers it has learnt after a COMMIT.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from alarm_receiver.domain.intake import decide
from alarm_receiver.store import signals
from alarm_receiver.store.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Connection

    from alarm_receiver.domain.intake import Arrival, Desk, Identity, Verdict, Work
    from alarm_receiver.store.policies import Policies


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be written for some requests without having read anything."""

    taking: Taking
    chosen: list[bool]
    """Which of the requests go along."""
    sizes: list[int]
    """How many arrivals each of those that go along has."""
    group: list[Arrival]
    desk: Desk
    seen: set[Identity]
    verdicts: list[Verdict]
    work: Work


class Taking:
    """What the writer is given with every request of the intake."""

    def __init__(
        self, now_ms: Callable[[], int], policies: Policies, reported: Collection[Identity]
    ) -> None:
        self.at_once_count = 0
        self.refused_count = 0
        self._now_ms = now_ms
        self._policies = policies
        self._reported = reported
        self._memory = Memory()
        self._read: list[tuple[set[str], Desk, list[Identity]]] = []

    def __call__(self, connection: Connection, items: list[Arrival]) -> list[Verdict]:
        """The long way: read, decide and write `items` in the writer's transaction."""
        verdicts, desk = signals.take(
            connection, items, self._now_ms(), self._policies, reported=self._reported
        )
        self._read.append(({one.site for one in items}, desk, [one.identity for one in items]))
        return verdicts

    def committed(self, *, really: bool) -> None:
        """The writer's transaction is over: learn what was read and written in it, or forget it."""
        read, self._read = self._read, []
        for sites, desk, identities in read:
            if really:
                self._memory.read(sites, desk, identities)
            else:
                self._memory.forget(sites)

    def propose(self, parts: Sequence[Sequence[Arrival]]) -> Proposal | None:
        """What may be written at once of `parts`; None when nothing may."""
        tests = self._policies.tests
        if tests:
            now_ms = self._now_ms()
            parts = [() if self._tested(part, now_ms) else part for part in parts]
        chosen, group, desk, seen = self._memory.choose(parts)
        if not group:
            return None
        if tests:
            chosen = [goes and bool(part) for goes, part in zip(chosen, parts, strict=True)]
        verdicts, work = decide(group, desk, self._now_ms())
        if not work.joins_only:
            self._memory.forget({one.site for one in group})
            return None
        sizes = [len(part) for part, goes in zip(parts, chosen, strict=True) if goes]
        self._memory.wrote(desk, seen)  # what is decided next is decided on top of it
        return Proposal(self, chosen, sizes, group, desk, seen, verdicts, work)

    def settle(self, proposal: Proposal, *, committed: bool) -> list[list[Verdict] | None]:
        """Verdicts of each request that went along; None, and forgotten, where it was refused."""
        if not committed:
            self.refused_count += 1
            self.withdraw(proposal)
            return [None] * len(proposal.sizes)
        self.at_once_count += len(proposal.group)
        told = iter(proposal.verdicts)
        return [list(islice(told, size)) for size in proposal.sizes]

    def withdraw(self, proposal: Proposal) -> None:
        """Forget what was expected of `proposal`: it is not written, perhaps never sent."""
        self._memory.forget({one.site for one in proposal.group}, proposal.seen)

    def _tested(self, part: Sequence[Arrival], now_ms: int) -> bool:
        """Whether a site of `part` is on test, where other rules count."""
        return any(self._policies.zones_on_test(one.site, now_ms) for one in part)

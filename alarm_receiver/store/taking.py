"""How the writer takes arrivals: at once where nothing needs to be read, else in its transaction.

It promises the same decision on both ways (`domain.intake.decide`), and that a verdict leaves only
after the COMMIT that holds it. It belongs to the writer's thread.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from alarm_receiver.domain.intake import decide
from alarm_receiver.store import signals
from alarm_receiver.store.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from sqlalchemy import Connection

    from alarm_receiver.domain.intake import Arrival, Identity, Verdict
    from alarm_receiver.store.express import Express
    from alarm_receiver.store.policies import Policies


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

    def __call__(self, connection: Connection, items: list[Arrival]) -> list[Verdict]:
        """The long way: read, decide and write `items` in the writer's transaction."""
        return signals.take(
            connection,
            items,
            self._now_ms(),
            self._policies,
            reported=self._reported,
            memory=self._memory,
        )

    def at_once(
        self, express: Express, parts: Sequence[Sequence[Arrival]]
    ) -> list[list[Verdict] | None]:
        """The short way, committed: verdicts for each of `parts`, None for those left to do."""
        now_ms = self._now_ms()
        seen: set[Identity] = set()
        chosen = [
            not self._tested(part, now_ms) and self._memory.joins(part, seen) for part in parts
        ]
        group = [one for part, joins in zip(parts, chosen, strict=True) if joins for one in part]
        if not group:
            return [None] * len(parts)
        desk = self._memory.desk(group)
        verdicts, work = decide(group, desk, now_ms)
        if not (work.joins_only and express.commit(work)):
            self.refused_count += 1
            self._memory.forget({one.site for one in group})
            return [None] * len(parts)
        self.at_once_count += len(group)
        self._memory.wrote(desk, seen)
        told = iter(verdicts)
        return [
            list(islice(told, len(part))) if joins else None
            for part, joins in zip(parts, chosen, strict=True)
        ]

    def _tested(self, part: Sequence[Arrival], now_ms: int) -> bool:
        """Whether a site of `part` is on test, where other rules count."""
        return any(self._policies.zones_on_test(one.site, now_ms) for one in part)

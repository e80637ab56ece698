"""Notices signals that never came: numbers that a device has used and that nobody has delivered.

A gateway can withhold what it does not like, and a keypad's flash can lose it; the number behind
gives it away. It promises that a gap which is not filled within a minute is on the technical
ticket of its site once, and is taken off it when it is filled. It looks at the newest signals
only: in a flood it jumps ahead, and what passed meanwhile is not looked at.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from alarm_receiver.domain.numbers import Gap, Numbers
from alarm_receiver.engine.lasting import Turning
from alarm_receiver.store import numbers, troubles

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer

EVERY_S = 5.0
AT_ONCE = 2_000
"""Signals looked at in one turn: 400 a second are followed without a break."""
GRACE_MS = 60_000
"""Alarms overtake status signals, and paths one another; a gap is none before."""
GAPS_MAX = 1_000


class Missing(Turning):
    """One watcher in a thread of its own."""

    def __init__(
        self,
        writer: Writer,
        reader: Engine,
        *,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        policies: Policies,
    ) -> None:
        super().__init__("missing", EVERY_S, log)
        self._writer = writer
        self._reader = reader
        self._now_ms = now_ms
        self._policies = policies
        self._numbers = Numbers()
        self._gaps: dict[Gap, None] = {}
        self._seq: int | None = None

    def _turn(self) -> None:
        found: list[tuple[Gap, int]] = []
        with self._reader.connect() as connection:
            newest = numbers.newest(connection)
            after = max(newest - AT_ONCE, 0 if self._seq is None else self._seq)
            before_ms = self._now_ms() - GRACE_MS
            rows = numbers.since(connection, after, before_ms, AT_ONCE)
            for _, device, epoch, number in rows:
                gap = self._numbers.note(device, epoch, number)
                if gap is not None and (count := numbers.missing(connection, gap)):
                    found.append((gap, count))
            filled = [one for one in self._gaps if not numbers.missing(connection, one)]
        self._seq = rows[-1][0] if rows else after
        for gap, count in found:
            self._writer.do(partial(self._tell, gap, count))
            self._keep(gap)
        for gap in filled:
            del self._gaps[gap]
            if not any(one.device == gap.device for one in self._gaps):
                self._writer.do(partial(self._restore, gap))

    def _keep(self, gap: Gap) -> None:
        self._gaps[gap] = None
        while len(self._gaps) > GAPS_MAX:
            del self._gaps[next(iter(self._gaps))]

    def _tell(self, gap: Gap, count: int, connection: Connection) -> None:
        agency, site = numbers.whose(connection, gap.device)
        if troubles.stands(connection, site, _who(gap)):
            return
        said: dict[str, object] = {
            "who": _who(gap),
            "kind": "signals_missing",
            "epoch": gap.epoch,
            "first": gap.first,
            "last": gap.last,
            "missing": count,
        }
        now_ms = self._now_ms()
        troubles.silence(connection, agency, site, said, policies=self._policies, now_ms=now_ms)
        self._log("signals_missing", device=gap.device, missing=count)

    def _restore(self, gap: Gap, connection: Connection) -> None:
        _, site = numbers.whose(connection, gap.device)
        said: dict[str, object] = {"who": _who(gap), "kind": "signals_missing"}
        troubles.restore(connection, site, said, policies=self._policies, now_ms=self._now_ms())
        self._log("signals_arrived", device=gap.device)


def _who(gap: Gap) -> str:
    return f"numbers:{gap.device}"

"""Notices who is gone: gateways not heard any more, dead parts of the receiver, ended duties.

It promises that a gateway's silence is on a ticket within the reporting time of its profile, that
of any number of engines one alone writes it, and that a part which died is on a ticket of its own
within fifteen seconds, as long as one engine lives anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_receiver.domain.roster import Act
from alarm_receiver.domain.supervision import Standing, change
from alarm_receiver.engine.lasting import Turning
from alarm_receiver.store import heard, parts, roster, troubles
from alarm_receiver.store.registry import OWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

    from alarm_receiver.domain.supervision import Heard
    from alarm_receiver.store.parts import Part
    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer

EVERY_S = 1.0
AT_ONCE = 100
"""Written in one transaction; intake must not wait behind a thousand."""


class Silence(Turning):
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
        super().__init__("silence", EVERY_S, log)
        self._writer = writer
        self._reader = reader
        self._now_ms = now_ms
        self._policies = policies

    def _turn(self) -> None:
        now_ms = self._now_ms()
        self._end_duties(now_ms)
        with self._reader.connect() as connection:
            ears_ms = parts.ears_since_ms(connection, now_ms)
            dead = parts.dead(connection, now_ms)
            found = heard.back(connection, AT_ONCE) + heard.silent(connection, now_ms, AT_ONCE)
        if dead:
            self._writer.do(lambda connection: self._bury(connection, dead, now_ms))
        changed = [(one, after) for one in found if (after := change(one, now_ms, ears_ms))]
        if changed:
            self._writer.do(lambda connection: self._tell(connection, changed, now_ms))

    def _end_duties(self, now_ms: int) -> None:
        """Duties and breaks whose time is over end by themselves."""
        with self._reader.connect() as connection:
            next_ms = roster.next_due_ms(connection)
        if next_ms is None or next_ms > now_ms:
            return

        def end(connection: Connection) -> None:
            for one in roster.due(connection, now_ms, AT_ONCE):
                after = roster.move(connection, one, Act.RUN_OUT, now_ms)
                self._log("duty_ran_out", duty=one.id, state=str(after.state))

        self._writer.do(end)

    def _tell(
        self, connection: Connection, changed: list[tuple[Heard, Standing]], now_ms: int
    ) -> None:
        for one, after in changed:
            lost = after is Standing.LOST
            if not heard.tell(connection, one, now_ms if lost else None):
                continue
            silent_ms = (now_ms if lost else one.heard_ms) - (one.lost_ms or one.heard_ms)
            said: dict[str, object] = {
                "who": f"device:{one.device}",
                "kind": "path_lost" if lost else "path_restored",
                "profile": one.profile,
                "silent_ms": silent_ms,
            }
            if lost:
                troubles.silence(
                    connection, one.agency, one.site, said, policies=self._policies, now_ms=now_ms
                )
            else:
                troubles.restore(connection, one.site, said, policies=self._policies, now_ms=now_ms)
            self._log("gateway_lost" if lost else "gateway_restored", device=one.device)

    def _bury(self, connection: Connection, dead: list[Part], now_ms: int) -> None:
        """Put dead parts of the receiver before people."""
        for one in dead:
            if not parts.tell_dead(connection, one, now_ms):
                continue
            said: dict[str, object] = {
                "who": f"part:{one.id}",
                "kind": "device_lost",
                "part": one.part,
                "host": one.host,
                "silent_ms": now_ms - one.beat_ms,
            }
            house = troubles.house(connection, now_ms)
            troubles.silence(connection, OWN, house, said, policies=self._policies, now_ms=now_ms)
            self._log(
                "engine_dead", engine=one.id, part=one.part, host=one.host, remedy="restart it"
            )

"""Watches for a new primary and for old ones that came back, beside the store's own connections.

It promises that a connection to a primary that has been replaced is cut within a few seconds of
the promotion, and that an old primary which takes writes is on a technical ticket until it is gone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from alarm_receiver.engine.lasting import Turning
from alarm_receiver.store import troubles
from alarm_receiver.store.parts import ENGINES
from alarm_receiver.store.registry import OWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from alarm_receiver.store.fence import Fence
    from alarm_receiver.store.policies import Policies
    from alarm_receiver.store.writer import Writer

EVERY_S = 2.0


class Primaries(Turning):
    """One watcher in a thread of its own; engines also write what it sees on tickets."""

    def __init__(
        self,
        fence: Fence,
        writer: Writer,
        *,
        part: str,
        now_ms: Callable[[], int],
        log: Callable[..., None],
        policies: Policies,
    ) -> None:
        super().__init__("primaries", EVERY_S, log)
        self._fence = fence
        self._writer = writer
        self._tells = part in ENGINES
        self._now_ms = now_ms
        self._policies = policies
        self._told: set[str] = set()

    def _turn(self) -> None:
        self._fence.look()
        if not self._tells:
            return
        old = set(self._fence.old)
        for where in old - self._told:
            self._writer.do(partial(self._put, where))
            self._told.add(where)
        for where in self._told - old:
            self._writer.do(partial(self._take_off, where))
            self._told.discard(where)

    def _put(self, where: str, connection: Connection) -> None:
        now_ms = self._now_ms()
        house = troubles.house(connection, now_ms)
        if troubles.stands(connection, house, _who(where)):
            return
        said: dict[str, object] = {"who": _who(where), "kind": "old_primary"}
        troubles.silence(connection, OWN, house, said, policies=self._policies, now_ms=now_ms)

    def _take_off(self, where: str, connection: Connection) -> None:
        now_ms = self._now_ms()
        house = troubles.house(connection, now_ms)
        said: dict[str, object] = {"who": _who(where), "kind": "old_primary"}
        troubles.restore(connection, house, said, policies=self._policies, now_ms=now_ms)


def _who(where: str) -> str:
    return f"primary:{where}"

"""Status signals that a receiver will take later: one device has sent it too many. Pure.

It promises that such a device's signals wait by themselves and hold up nobody else's, in their
order; that they are tried again some at a time, the faster the more of them get through; and that
none is forgotten. Alarms never rest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.relay import Waiting

REST_MS = 30_000
"""How long a device's signals rest after a refusal; none of them is urgent."""
TRIED_MAX = 50
"""How many of a device's signals are tried at once after a rest."""


@dataclass(slots=True)
class _Rest:
    due_ms: int
    signals: dict[bytes, Waiting] = field(default_factory=dict)


class Resting:
    """What rests for one receiver, by device."""

    def __init__(self) -> None:
        self._rests: dict[bytes, _Rest] = {}

    def __len__(self) -> int:
        return sum(len(rest.signals) for rest in self._rests.values())

    def refused(self, waiting: Waiting, now_ms: int) -> bool:
        """The receiver took this one not yet. Whether that is news: its device had no rest."""
        rest = self._rests.get(waiting.frame.device)
        news = rest is None
        if rest is None:
            rest = self._rests[waiting.frame.device] = _Rest(0)
        rest.due_ms = now_ms + REST_MS
        rest.signals[waiting.frame.content] = waiting
        return news

    def joins(self, waiting: Waiting) -> bool:
        """Put a new status signal behind those of its device that rest; False: none do."""
        rest = self._rests.get(waiting.frame.device)
        if rest is None:
            return False
        rest.signals[waiting.frame.content] = waiting
        return True

    def taken(self, device: bytes) -> None:
        """A status signal of this device got through: the next ones may try at once."""
        rest = self._rests.get(device)
        if rest is not None:
            rest.due_ms = 0

    def remove(self, device: bytes, content: bytes) -> None:
        """This one is settled, or was let go."""
        rest = self._rests.get(device)
        if rest is not None:
            rest.signals.pop(content, None)

    def due(self, now_ms: int) -> list[Waiting]:
        """Those whose rest is over, taken out; a device with none left is forgotten."""
        found: list[Waiting] = []
        for device, rest in list(self._rests.items()):
            if now_ms < rest.due_ms:
                continue
            found += [rest.signals.pop(one) for one in list(rest.signals)[:TRIED_MAX]]
            rest.due_ms = now_ms + REST_MS  # unless the answer says otherwise
            if not rest.signals:
                del self._rests[device]
        return found

    def next_ms(self) -> int | None:
        """When the next rest is over; None: nothing rests."""
        return min((rest.due_ms for rest in self._rests.values()), default=None)

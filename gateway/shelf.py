"""Which signals are in the spool, and which goes first when there is no room: pure.

It promises that an alarm is never let go for anything less urgent, and that what no receiver has
is let go last, and of that only what keypads keep themselves: a keypad keeps its signal until it
has seen a receipt, so it will come again.
"""

from __future__ import annotations


class Shelf:
    """At most `places` contents, each with its urgency; those a receiver has are `safe`."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._urgency: dict[bytes, int] = {}
        self._only_here: tuple[dict[bytes, None], ...] = ({}, {}, {})
        self._ours: dict[bytes, None] = {}
        self._safe: tuple[dict[bytes, None], ...] = ({}, {}, {})

    def __len__(self) -> int:
        return len(self._urgency)

    def __contains__(self, content: bytes) -> bool:
        return content in self._urgency

    def full(self) -> bool:
        """Whether every place is taken."""
        return len(self._urgency) >= self.places

    def put(self, content: bytes, urgency: int, *, ours: bool = False) -> None:
        """Give `content` a place; one that has it keeps it. `ours`: no keypad keeps it."""
        if content not in self._urgency:
            self._urgency[content] = urgency
            (self._ours if ours else self._only_here[urgency])[content] = None

    def safe(self, content: bytes) -> None:
        """A receiver has it."""
        urgency = self._urgency.get(content)
        if urgency is None or content in self._safe[urgency]:
            return
        self._only_here[urgency].pop(content, None)
        self._ours.pop(content, None)
        self._safe[urgency][content] = None

    def remove(self, content: bytes) -> bool:
        """Free its place; False when it had none."""
        urgency = self._urgency.pop(content, None)
        if urgency is None:
            return False
        for names in (self._only_here[urgency], self._safe[urgency], self._ours):
            names.pop(content, None)
        return True

    def victim(self, urgency: int) -> bytes | None:
        """Who makes room for a signal of `urgency`; None when nobody may.

        First what a receiver has, the least urgent and oldest of it; then what is less urgent.
        """
        for safe in reversed(self._safe):
            if safe:
                return next(iter(safe))
        for less in range(2, urgency, -1):
            if self._only_here[less]:
                return next(iter(self._only_here[less]))
        return None

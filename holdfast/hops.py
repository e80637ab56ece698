"""Follows each signal over its hops and says how many milliseconds each took.

Pure: it is fed log lines with wall-clock seconds and never looks at a clock itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SHOWN = ("taken", "spooled", "committed", "stored", "acknowledged")
"""The five hops that people are shown, in order. `pressed` is where the time starts."""

JOURNEYS_MAX = 10_000


@dataclass
class Journey:
    """One signal's way: seconds since 1970 at each hop that was seen first."""

    device: str
    epoch: int
    number: int
    at: dict[str, float] = field(default_factory=dict)

    def ms(self, hop: str, since: str = "pressed") -> float | None:
        """Milliseconds from `since` to `hop`, or None while either is missing."""
        if hop not in self.at or since not in self.at:
            return None
        return (self.at[hop] - self.at[since]) * 1000

    def complete(self, hop: str = "acknowledged") -> bool:
        """Whether the signal has come as far as `hop`."""
        return hop in self.at


class Hops:
    """All journeys seen, by identity. A press is tied to the next new signal of that keypad."""

    def __init__(self) -> None:
        self.journeys: dict[tuple[str, int, int], Journey] = {}
        self._pressed: dict[str, list[float]] = {}

    def pressed(self, device: str, at: float) -> None:
        """A contact of `device` was closed at `at`."""
        self._pressed.setdefault(device, []).append(at)

    def note(self, hop: str, device: str, epoch: int, number: int, at: float) -> Journey:
        """The signal (device, epoch, number) reached `hop` at `at`; only the first time counts."""
        identity = (device, epoch, number)
        journey = self.journeys.get(identity)
        if journey is None:
            if len(self.journeys) >= JOURNEYS_MAX:
                self.journeys.pop(next(iter(self.journeys)))
            journey = self.journeys[identity] = Journey(device, epoch, number)
        waiting = self._pressed.get(device)
        if not journey.at and waiting and waiting[0] <= at:
            journey.at["pressed"] = waiting.pop(0)
        journey.at.setdefault(hop, at)
        return journey

"""Who is expected, who has been heard, who is left. Pure: it takes what the receiver says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Identity = tuple[str, int, int]
WALKED = ("hold_up", "panic")
"""What a pressed button sends. Duress, medical and fire are no walk: they are asked about."""
WARNING_MS = 600_000
"""The end is announced so long before, or at half time of a shorter test."""


@dataclass
class Button:
    """One keypad of the site, and its first press on this test."""

    device: str
    zone: int
    zone_name: str
    press: dict[str, Any] | None = None

    @property
    def pressed(self) -> bool:
        """Whether it has been heard."""
        return self.press is not None


@dataclass
class Course:
    """A walk through a site's buttons."""

    buttons: list[Button]
    questions: list[dict[str, Any]] = field(default_factory=list)
    """Presses nobody expected: a second one, one of a strange device, a duress code."""
    answers: dict[Identity, bool] = field(default_factory=dict)
    """Whether the installer says that a questioned press was his."""
    _seen: set[Identity] = field(default_factory=set)

    @classmethod
    def of(cls, devices: list[dict[str, Any]]) -> Course:
        """The keypads among a site's devices that are not revoked, by zone."""
        there = [one for one in devices if one["kind"] == "keypad" and not one["revoked"]]
        there.sort(key=lambda one: (one["zone"], one["device"]))
        return cls([Button(one["device"], one["zone"], one["zone_name"] or "") for one in there])

    def hear(self, presses: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take what the receiver lists; those that are new, in order."""
        fresh = [one for one in presses if identity(one) not in self._seen]
        for press in fresh:
            self._seen.add(identity(press))
            button = next((b for b in self.buttons if b.device == press["device"]), None)
            if button is None or button.pressed or press["kind"] not in WALKED:
                self.questions.append(press)
            else:
                button.press = press
        return fresh

    @property
    def left(self) -> list[Button]:
        """Those that have not been heard."""
        return [button for button in self.buttons if not button.pressed]

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        """Questioned presses that the installer has said nothing about."""
        return [one for one in self.questions if identity(one) not in self.answers]

    @property
    def strangers(self) -> list[dict[str, Any]]:
        """Presses that were not the installer's, or that he did not vouch for: real until shown."""
        return [one for one in self.questions if not self.answers.get(identity(one))]


def identity(press: dict[str, Any]) -> Identity:
    """(device, epoch, number)."""
    return press["device"], press["epoch"], press["number"]


def warns_at_ms(from_ms: int, until_ms: int) -> int:
    """When the coming end is announced."""
    return max(until_ms - WARNING_MS, (from_ms + until_ms) // 2)

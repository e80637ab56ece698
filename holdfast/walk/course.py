"""Who is expected, who has been heard, who is left. Pure: it takes what the receiver says.

Which press ticks and which is asked about is the receiver's to say (alarm_receiver/domain/walk.py),
so that this list and the console's are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Identity = tuple[str, int, int]
MARKED, ASKED, VOUCHED = "marked", "asked", "vouched"
WARNING_MS = 600_000
"""The end is announced so long before, or at half time of a shorter test."""


@dataclass
class Button:
    """One keypad of the site, and the press that ticked it."""

    device: str
    zone: int
    zone_name: str
    press: dict[str, Any] | None = None

    @property
    def pressed(self) -> bool:
        """Whether it is ticked."""
        return self.press is not None


@dataclass
class Course:
    """A walk through a site's buttons, as the receiver listed it last."""

    buttons: list[Button] = field(default_factory=list)
    presses: list[dict[str, Any]] = field(default_factory=list)
    _seen: set[tuple[Identity, str]] = field(default_factory=set)

    def hear(self, listed: dict[str, Any]) -> list[dict[str, Any]]:
        """Take the receiver's list; the presses that are new or stand otherwise now, in order."""
        self.presses = listed["presses"]
        self.buttons = [
            Button(one["device"], one["zone"], one["zone_name"] or "", one["press"])
            for one in listed["buttons"]
        ]
        fresh = [one for one in self.presses if (identity(one), one["standing"]) not in self._seen]
        self._seen.update((identity(one), one["standing"]) for one in fresh)
        return fresh

    @property
    def left(self) -> list[Button]:
        """Those that are not ticked."""
        return [button for button in self.buttons if not button.pressed]

    @property
    def questions(self) -> list[dict[str, Any]]:
        """Presses that did not speak for themselves, answered or not."""
        return [one for one in self.presses if one["standing"] != MARKED]

    @property
    def unanswered(self) -> list[dict[str, Any]]:
        """Presses that nobody has said anything about."""
        return [one for one in self.presses if one["standing"] == ASKED]

    @property
    def strangers(self) -> list[dict[str, Any]]:
        """Presses that nobody has vouched for: real until shown."""
        return [one for one in self.questions if one["standing"] != VOUCHED]


def identity(press: dict[str, Any]) -> Identity:
    """(device, epoch, number)."""
    return press["device"], press["epoch"], press["number"]


def warns_at_ms(from_ms: int, until_ms: int) -> int:
    """When the coming end is announced."""
    return max(until_ms - WARNING_MS, (from_ms + until_ms) // 2)

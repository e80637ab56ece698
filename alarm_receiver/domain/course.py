"""Which keypads get theirs now: one first, then a few at a time, none after too many failures.

Pure: it is told what the receiver says and answers whom to order for next.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TAKEN = "taken"
FAILED = ("refused", "taken_back", "called_off")


def share(devices: Sequence[str], percent: int, salt: str) -> list[str]:
    """`percent` of the devices, at least one.

    The same ones for the same `salt`; a higher percentage adds to them.
    """
    ranked = sorted(devices, key=lambda one: hashlib.sha256(f"{salt} {one}".encode()).digest())
    return ranked[: max(1, math.ceil(len(ranked) * percent / 100))] if ranked else []


class Course:
    """One roll-out.

    devices      in the order in which they get theirs
    at_once      how many may be under way, once the first has taken it
    failures_max with more failures than this nobody new gets any
    """

    def __init__(self, devices: Sequence[str], *, at_once: int, failures_max: int) -> None:
        self.left = list(devices)
        self.under_way: dict[str, int] = {}
        self._parts: dict[str, float] = {}
        self.taken: list[str] = []
        self.failed: dict[str, str] = {}
        self._at_once = at_once
        self._failures_max = failures_max

    @property
    def stopped(self) -> bool:
        """Whether too many have failed."""
        return len(self.failed) > self._failures_max

    @property
    def done(self) -> float:
        """How many have ended, and which part of those under way has been fetched."""
        parts = sum(self._parts.get(one, 0.0) for one in self.under_way)
        return len(self.taken) + len(self.failed) + parts

    @property
    def over(self) -> bool:
        """Whether nothing is to be waited for any more."""
        return not self.under_way and (self.stopped or not self.left)

    def due(self) -> list[str]:
        """Whom to order for now."""
        if self.stopped:
            return []
        room = (self._at_once if self.taken else 1) - len(self.under_way)
        return self.left[: max(0, room)]

    def ordered(self, row: dict[str, Any]) -> None:
        """The receiver has this order."""
        self.left.remove(row["device"])
        self.under_way[row["device"]] = row["counter"]
        self.told([row])

    def refused(self, device: str, why: str) -> None:
        """The receiver did not even take the order."""
        self.left.remove(device)
        self.failed[device] = why

    def told(self, rows: Iterable[dict[str, Any]]) -> None:
        """What the receiver says of orders; those of others are passed over."""
        for row in rows:
            device = row["device"]
            if self.under_way.get(device) != row["counter"]:
                continue
            if row.get("pieces"):
                self._parts[device] = row["place"] / row["pieces"]
            if row["state"] == TAKEN:
                del self.under_way[device]
                self.taken.append(device)
            elif row["state"] in FAILED:
                del self.under_way[device]
                self.failed[device] = f"{row['state']}: {row['reason']}".rstrip(": ")

"""Which devices receivers refuse these days, for whoever looks: keypads cannot say it. Pure.

A keypad whose frames one of two receivers refuses is content: the other one has answered. So it is
kept here for a while and shown, with what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_wire.frame import REASON_NAMES, REVOKED_DEVICE, UNKNOWN_DEVICE, WRONG_SEAL
from alarm_wire.signal import device_text

if TYPE_CHECKING:
    from gateway.status import RefusedState

KEEP_MS = 600_000
DEVICES_MAX = 1_000
REMEDIES = {
    UNKNOWN_DEVICE: "register it there, or retire it",
    REVOKED_DEVICE: "it was revoked there: take it down, or provision it again",
    WRONG_SEAL: "somebody forges, or its key is another one there: provision it again",
}


class Refusals:
    """The refusals of the last ten minutes, one for each receiver and device."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, bytes], tuple[int, int]] = {}

    def note(self, receiver: str, device: bytes, reason: int, now_ms: int) -> None:
        """`receiver` refused a frame of `device`; only reasons that stay are kept."""
        if reason not in REMEDIES:
            return
        self._last.pop((receiver, device), None)
        self._last[receiver, device] = (reason, now_ms)
        if len(self._last) > DEVICES_MAX:
            del self._last[next(iter(self._last))]

    def recent(self, now_ms: int) -> list[RefusedState]:
        """Those that still count, the oldest first."""
        return [
            {
                "receiver": receiver,
                "device": device_text(device),
                "reason": REASON_NAMES[reason],
                "remedy": REMEDIES[reason],
            }
            for (receiver, device), (reason, noted_ms) in self._last.items()
            if now_ms - noted_ms < KEEP_MS
        ]

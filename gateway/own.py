"""The gateway as a device: its own numbered signals and heartbeats under its own key.

It promises that an (epoch, number) is never used twice, also after a crash, a full disk or a lost
spool: epochs grow with each start and are never behind the calendar, whatever the spool remembers;
numbers are taken from blocks that were made durable before.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from alarm_wire.frame import (
    CONTENT_BYTES,
    WireError,
    content_of,
    seal_content,
    seal_heartbeat,
)
from alarm_wire.receipt import open_receipt
from alarm_wire.seal import HEARTBEAT, RECEIPT, SIGNAL, Signer
from alarm_wire.signal import CLOCK_KNOWN, ITSELF, Heartbeat, Moment, Signal, urgency
from gateway.acts import Frame

if TYPE_CHECKING:
    from gateway.spool import Spool

BLOCK = 1_000
"""Numbers made durable at once; a start skips at most so many."""
EPOCH_ZERO_S = 1_704_067_200
"""2024-01-01: a gateway without a memory counts its epochs from there, in seconds."""
EPOCH_CALENDAR_MAX = 0x7FFFFFFF
"""A clock far in the future takes no more than half of the epochs that there are."""
CLOCK_TRUE_S = 1_735_689_600
"""2025-01-01: a clock before that was never set."""


class Own:
    """Makes the gateway's signals and heartbeats; `number_high` is what is durable.

    `beat` is the number of the heartbeat before the first: 0 but for whoever asks in our place.
    """

    def __init__(
        self, device: bytes, key: bytes, epoch: int, number_high: int, *, beat: int = 0
    ) -> None:
        self.device = device
        self.epoch = epoch
        self.number_high = number_high + BLOCK
        self._number = number_high
        self._beat = beat
        self._started_ms = time.monotonic_ns() // 1_000_000
        self._signal_signer = Signer(key, SIGNAL)
        self._beat_signer = Signer(key, HEARTBEAT)
        self._receipt_signer = Signer(key, RECEIPT)

    def uptime_ms(self) -> int:
        """Milliseconds since this start."""
        return time.monotonic_ns() // 1_000_000 - self._started_ms

    def signal(
        self, kind: int, *, zone: int = 0, about: bytes = ITSELF, value: int = 0
    ) -> tuple[Frame, int]:
        """A new signal and its urgency."""
        self._number += 1
        utc_ms = time.time_ns() // 1_000_000
        known = utc_ms > CLOCK_TRUE_S * 1000
        signal = Signal(
            self.device,
            self.epoch,
            self._number,
            kind,
            flags=CLOCK_KNOWN if known else 0,
            zone=zone,
            about=about,
            value=max(-0x80000000, min(value, 0x7FFFFFFF)),
            pressed_ms=self.uptime_ms(),
            pressed_utc_ms=utc_ms if known else 0,
        )
        content = content_of(signal)
        frame = Frame(self.device, self.epoch, self._number, content, self.sealed(content))
        return frame, urgency(kind)

    def sealed(self, content: bytes) -> bytes:
        """The frame of one of our own contents, as sent now."""
        return seal_content(content, Moment(self.epoch, self.uptime_ms()), self._signal_signer)

    def fresh(self, frame: Frame) -> bytes:
        """The bytes to send: our own signals are sealed anew, so that they tell their age."""
        if frame.device == self.device and frame.content:
            return self.sealed(frame.bytes[:CONTENT_BYTES])
        return frame.bytes

    def heartbeat(self, *, pending: int, trouble: int, lateness_ms: int = 0) -> Frame:
        """The next heartbeat."""
        self._beat += 1
        beat = Heartbeat(
            self.device,
            self.epoch,
            self._beat,
            uptime_ms=self.uptime_ms(),
            pending=pending,
            lateness_ms=lateness_ms,
            trouble=trouble,
        )
        return Frame(
            self.device, self.epoch, self._beat, b"", seal_heartbeat(beat, self._beat_signer)
        )

    def holds(self, receipt: bytes) -> bool:
        """Whether the seal of a receipt for us holds."""
        try:
            open_receipt(receipt, self._receipt_signer)
        except WireError:
            return False
        return True

    def block_due(self) -> int | None:
        """A new durable mark when numbers run low, else None."""
        if self.number_high - self._number > BLOCK // 5:
            return None
        self.number_high += BLOCK
        return self.number_high


def next_epoch(spool: Spool | None) -> int:
    """The epoch of this start: one more than ever, and never behind the calendar.

    A start while the disk refused has counted from the calendar alone. Receivers hear no heartbeat
    of an earlier epoch than the newest, so the spool's memory by itself would leave us unheard.
    """
    stored = spool.counter("epoch") if spool is not None else 0
    calendar = min(int(time.time()) - EPOCH_ZERO_S, EPOCH_CALENDAR_MAX)
    return max(stored + 1, calendar)

"""Counts refused frames by reason, and hands a bounded sample of them to the store."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from alarm_receiver.store import refused
from alarm_receiver.store.waiting import Lane, Unavailable
from alarm_wire.frame import HEAD_BYTES, REASON_NAMES, REVOKED_DEVICE, TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.store.writer import Writer

PER_MINUTE = 600
"""Refused frames written to the store in a minute; the rest is only counted."""


class Quarantine:
    """Call `refuse` for every refused frame; `counts` is for /metrics."""

    def __init__(self, writer: Writer, now_ms: Callable[[], int], log: Callable[..., None]) -> None:
        self.counts: Counter[str] = Counter()
        self._writer = writer
        self._now_ms = now_ms
        self._log = log
        self.revoked: Callable[[bytes], None] = lambda _frame: None
        """Called with each frame of a revoked device."""
        self._minute = 0
        self._written = 0

    def refuse(self, reason: int, detail: str, frame: bytes) -> None:
        """Count it, log it and keep it for a look, as long as there are not too many."""
        name = REASON_NAMES[reason]
        self.counts[name] += 1
        if reason == TOO_MANY:
            return  # nothing is wrong with it, and a sample of it would crowd out forgers'
        if reason == REVOKED_DEVICE:
            self.revoked(frame)
        now_ms = self._now_ms()
        if now_ms // 60_000 != self._minute:
            self._minute, self._written = now_ms // 60_000, 0
        self._written += 1
        if self._written > PER_MINUTE:
            return
        device = frame[2:10].hex() if len(frame) >= HEAD_BYTES else None
        row: dict[str, Any] = {
            "at_ms": now_ms,
            "reason": name,
            "detail": detail[:200],
            "device": device,
            "frame": frame[: refused.FRAME_MAX],
        }
        self._log("refused", reason=name, detail=detail, device=device)
        try:
            self._writer.submit(Lane.STATUS, lambda connection: refused.keep(connection, [row]))
        except Unavailable:
            self._log("quarantine_full", reason=name)

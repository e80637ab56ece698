"""What the gateway says: one JSON object a line on stderr, written by a thread of its own.

It promises that saying something never makes an alarm wait: whoever reads stderr may stop reading,
then lines are dropped and counted, never queued without end. It never writes a key.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from typing import TextIO

LINES_MAX = 20_000


class Journal:
    """Lines on `stream`; `hop` for a signal's way, `say` for everything else."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: deque[str] = deque()
        self._wake = threading.Event()
        self._idle = threading.Event()
        self._idle.set()
        self.dropped = 0
        threading.Thread(target=self._write, name="journal", daemon=True).start()

    def say(self, what: str, **fields: object) -> None:
        """One line: `what` happened, when, and the rest."""
        line = {"what": what, "at": round(time.time(), 6), **fields}
        self._add(json.dumps(line, ensure_ascii=False))

    def hop(self, hop: str, device: bytes, epoch: int, number: int, more: str = "") -> None:
        """One line that marks a signal's way; `more` is JSON that `also` made.

        Written by hand: three lines a signal through json.dumps cost a tenth of the throughput.
        """
        self._add(
            f'{{"hop": "{hop}", "device": "{device.hex()}", "epoch": {epoch}, '
            f'"number": {number}, "at": {time.time():.6f}{more}}}'
        )

    def flush(self, wait_s: float = 2.0) -> None:
        """Wait until everything said so far is written, at most `wait_s` seconds."""
        until = time.monotonic() + wait_s
        while (self._lines or not self._idle.is_set()) and time.monotonic() < until:
            self._wake.set()
            self._idle.wait(0.01)

    def _add(self, line: str) -> None:
        if len(self._lines) >= LINES_MAX:
            self.dropped += 1
            return
        if self._idle.is_set():
            self._idle.clear()
        self._lines.append(line)
        if not self._wake.is_set():
            self._wake.set()

    def _write(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            while self._lines:
                parts: list[str] = []
                while self._lines and len(parts) < 500:  # noqa: PLR2004 - one write, some 60 kB
                    parts.append(self._lines.popleft())
                try:
                    self._stream.write("\n".join(parts) + "\n")
                    self._stream.flush()
                except (OSError, ValueError):  # nobody reads any more; alarms go on
                    self.dropped += len(parts)
            self._idle.set()


def also(**fields: object) -> str:
    """More fields of a hop line, made once and used for many."""
    return "".join(f", {json.dumps(name)}: {json.dumps(value)}" for name, value in fields.items())

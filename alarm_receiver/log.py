"""One JSON object a line on stderr, written by a thread of its own.

It promises that logging never holds up a commit: who logs waits for no lock and wakes the thread
once for all that comes in REST_S; lines wait in a bounded queue, and when nobody reads stderr the
oldest are dropped and counted. It may not be given a secret.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from typing import TextIO

LINES_MAX = 20_000
REST_S = 0.01
"""From the first line to its write, which then holds all that came meanwhile: woken at once, the
thread would want the interpreter just when a press is answered, and again for each that follows."""


class Log:
    """Call it with what happened and its fields; from any thread."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.dropped = 0
        self._stream = stream or sys.stderr
        self._lines: deque[str] = deque()
        self._some = threading.Event()
        self._written = threading.Event()
        self._written.set()
        self._dropping = threading.Lock()
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def __call__(self, what: str, **fields: object) -> None:
        """Log `what` happened, with its fields and the moment."""
        self.lines([json.dumps({"what": what, "at": time.time(), **fields}, ensure_ascii=False)])

    def lines(self, lines: list[str]) -> None:
        """Queue finished lines."""
        self._lines.extend(lines)  # as a whole: a deque needs no lock for that
        if len(self._lines) > LINES_MAX:
            self._drop()
        if not self._some.is_set():
            self._some.set()

    def flush(self, timeout_s: float = 1.0) -> None:
        """Wait a moment until everything is written; for the end of the process."""
        until_s = time.monotonic() + timeout_s
        while self._lines or not self._written.is_set():
            if time.monotonic() >= until_s:
                return
            time.sleep(REST_S / 4)

    def _drop(self) -> None:
        with self._dropping:
            while len(self._lines) > LINES_MAX:
                self._lines.popleft()
                self.dropped += 1

    def _run(self) -> None:
        while True:
            self._some.wait()
            time.sleep(REST_S)
            self._some.clear()  # before the look: what comes after it wakes us again
            self._written.clear()
            lines = self._take()
            try:
                if lines:
                    self._stream.write("\n".join(lines) + "\n")
                    self._stream.flush()
            except (OSError, ValueError):
                self.dropped += len(lines)
            self._written.set()

    def _take(self) -> list[str]:
        """All lines that wait now."""
        with self._dropping:
            return [self._lines.popleft() for _ in range(len(self._lines))]

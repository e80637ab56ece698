"""One JSON object a line on stderr, written by a thread of its own.

It promises that logging never holds up a commit: lines wait in a bounded queue, and when nobody
reads stderr the oldest are dropped and counted. It may not be given a secret.
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
"""Between two writes: under load one write holds many lines, and a thread wakes less often."""


class Log:
    """Call it with what happened and its fields."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.dropped = 0
        self._stream = stream or sys.stderr
        self._lines: deque[str] = deque()
        self._some = threading.Condition()
        self._idle = threading.Event()
        self._idle.set()
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def __call__(self, what: str, **fields: object) -> None:
        """Log `what` happened, with its fields and the moment."""
        self.lines([json.dumps({"what": what, "at": time.time(), **fields}, ensure_ascii=False)])

    def lines(self, lines: list[str]) -> None:
        """Queue finished lines."""
        with self._some:
            self._idle.clear()
            self._lines.extend(lines)
            while len(self._lines) > LINES_MAX:
                self._lines.popleft()
                self.dropped += 1
            self._some.notify()

    def flush(self, timeout_s: float = 1.0) -> None:
        """Wait a moment until everything is written; for the end of the process."""
        self._idle.wait(timeout_s)

    def _run(self) -> None:
        while True:
            with self._some:
                while not self._lines:
                    self._idle.set()
                    self._some.wait()
                lines, self._lines = self._lines, deque()
            try:
                self._stream.write("\n".join(lines) + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                self.dropped += len(lines)
            time.sleep(REST_S)

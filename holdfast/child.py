"""One part of the line as a child process whose JSON log lines are read as they come.

It promises that a child never outlives its owner, that no log line is lost between two waits, and
that a child that dies early is reported with its last words instead of as a time-out.
"""

from __future__ import annotations

import collections
import ctypes
import json
import os
import signal
import subprocess
import threading
import time
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LAST_WORDS_MAX = 40
_PR_SET_PDEATHSIG = 1


class ChildError(Exception):
    """A part of the line did not start, or died: says which, why, and its last words."""


def launch(command: Sequence[str]) -> tuple[subprocess.Popen[str], IO[str]]:
    """Start `command`; returns the process and its stderr."""
    process = subprocess.Popen(  # our own programs, no shell
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        preexec_fn=_die_with_parent,  # noqa: PLW1509  # one prctl call, no locks taken
    )
    if process.stderr is None:
        raise ChildError(f"{command[0]} was started without its log")
    return process, process.stderr


def _die_with_parent() -> None:
    """In the child, before exec: the kernel kills it when its parent dies (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Child:
    """A program that logs one JSON object a line on stderr; `heard` is called with each."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        heard: Callable[[dict[str, Any]], None],
        launcher: Callable[[Sequence[str]], tuple[Any, IO[str]]] = launch,
    ) -> None:
        self.name = name
        self._heard = heard
        self._lines: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._last_words: collections.deque[str] = collections.deque(maxlen=LAST_WORDS_MAX)
        self._ended = False
        self._process, self._log = launcher(command)
        self._reader = threading.Thread(target=self._read, name=f"{name}-log", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with self._log as log:
            for text in log:
                self._take(text.rstrip("\n"))
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _take(self, text: str) -> None:
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if not isinstance(line, dict):
            self._last_words.append(text)
            return
        self._last_words.append(text)
        if "hop" not in line:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        self._heard(line)

    def wait_for(self, what: str, timeout_s: float = 30.0) -> dict[str, Any]:
        """The first log line with this `what`. ChildError when the child ends or is too slow."""
        deadline = time.monotonic() + timeout_s
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if line.get("what") == what:
                        return line
                seen = len(self._lines)
                if self._ended:
                    raise ChildError(self._obituary(f"ended before it was {what}"))
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise ChildError(self._obituary(f"was not {what} within {timeout_s:.0f} s"))
                self._changed.wait(left_s)

    def _obituary(self, what: str) -> str:
        words = "\n    ".join(self._last_words) or "(it said nothing)"
        return f"The {self.name} {what}. Its last words:\n    {words}"

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ask it to end (SIGTERM), then make it."""
        if self.alive():
            self._process.terminate()
            try:
                self._process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._bury()

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.alive():
            self._process.kill()
        self._bury()

    def _bury(self) -> None:
        self._process.wait(10)
        self._reader.join(5)

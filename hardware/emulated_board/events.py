"""What the world sees of an emulated board, in order, each with its moment; and waiting for it."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

EVENTS_MAX = 100_000


class BoardError(Exception):
    """What the board could not do, and what to do about it."""


@dataclass(frozen=True)
class BoardEvent:
    """Something that the world can see of a board.

    kind    `pin` (pin, level), `lamp` (lamp: one of LAMPS), `hop` (data: the JSON line),
            `stretch` (text: microseconds by the wall, by the processor, and whose; when asked for),
            `line` (text: any other line it prints), `start`, `reset` (text: why), `exit` (text)
    at      seconds since 1970, wall clock, taken where it happened
    """

    kind: str
    at: float
    pin: int = -1
    level: int = -1
    lamp: str = ""
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)


def printed(line: str) -> BoardEvent:
    """The event of a line that the board printed: a hop when it is one."""
    if line.startswith('{"hop"'):
        data = json.loads(line)
        return BoardEvent("hop", float(data["at"]), data=data)
    return BoardEvent("line", time.time(), text=line)


class Events:
    """A bounded list that one thread fills and others wait on."""

    def __init__(self) -> None:
        self._list: list[BoardEvent] = []
        self._watchers: list[Callable[[BoardEvent], None]] = []
        self._changed = threading.Condition()

    def add(self, event: BoardEvent) -> None:
        """Append, wake who waits, then call the watchers."""
        with self._changed:
            self._list.append(event)
            del self._list[:-EVENTS_MAX]
            self._changed.notify_all()
        for watcher in self._watchers:
            watcher(event)

    def watch(self, watcher: Callable[[BoardEvent], None]) -> None:
        """Call `watcher` with every later event."""
        self._watchers.append(watcher)

    def since(self, place: int) -> list[BoardEvent]:
        """All events from `place` on, oldest first."""
        with self._changed:
            return self._list[place:]

    def said(self) -> list[str]:
        """What the board printed that is no hop line, resets and exits."""
        return [event.text for event in self.since(0) if event.kind in {"line", "reset", "exit"}]

    def wait(self, holds: Callable[[], bool], timeout: float, what: str) -> None:
        """Wait until `holds`; BoardError with `what` and the last lines when it does not."""
        with self._changed:
            if self._changed.wait_for(holds, timeout):
                return
        raise BoardError(f"{what} after {timeout} s; the board last said: {self.said()[-5:]}")

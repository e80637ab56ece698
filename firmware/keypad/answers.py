"""Whether any receiver hears this keypad: told by sealed answers to its heartbeats alone. Pure.

The broker next door says nothing about receivers: with every path out of the premises down it
still takes frames. So only the answer that a receiver has sealed for a heartbeat of this boot
counts, each once and from the moment when that heartbeat left: an answer that somebody held back,
or plays again, makes a silence no shorter. A gateway can delay these answers; it cannot make one.
"""

from micropython import const

BEATS = const(3)
"""So many heartbeats in a row without an answer are trouble: one or two may be late."""
SILENT_MS_MIN = const(10000)


class Answers:
    """Told of each sealed answer; says whether it has been silent for too long."""

    def __init__(self, heartbeat_ms: int) -> None:
        self._heartbeat_ms = heartbeat_ms
        self.silent_ms_max = max(BEATS * heartbeat_ms, SILENT_MS_MIN)
        self._number = 0
        self._heard_ms = 0

    def told(self, number: int, newest: int, now_ms: int) -> None:
        """The sealed answer to heartbeat `number` of this boot came; `newest` was sent last."""
        if self._number < number <= newest:
            self._number = number
            sent_ms = now_ms - (newest - number) * self._heartbeat_ms
            self._heard_ms = max(self._heard_ms, sent_ms)

    def silent(self, now_ms: int) -> bool:
        """Whether no receiver has answered for too long; a start counts as an answer."""
        return now_ms - self._heard_ms > self.silent_ms_max

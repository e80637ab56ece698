"""Keeps every signal somewhere: in the flash ring, or in memory when the ring cannot.

It promises that a press goes out even with a dead or full ring, and says honestly whether it is
durable: only a durable one may be shown as taken.
"""

from alarm_wire.frame import HEAD_BYTES
from alarm_wire.outbox import Store
from alarm_wire.signal import EMERGENCY, urgency
from keypad.ring import Ring, RingError

LOOSE_MAX = 16
"""Signals in memory; beyond that the least urgent and newest is lost, and counted."""


class Keeper(Store):
    """The ring with a little memory beside it.

    trouble     why the last signal could not be made durable; None when it could
    lost        signals that nothing could keep, or that the flash no longer gives
    """

    def __init__(self, ring: "Ring | None", trouble: "str | None" = None) -> None:
        self._ring = ring
        self._loose: "dict[int, bytes]" = {}
        self._last = 0 if ring is None else ring.last
        self.trouble = trouble
        self.lost = 0

    def next_number(self) -> int:
        """The number of the next signal."""
        return self._last + 1

    def add(self, number: int, content: bytes) -> bool:
        """Keep `content` under `next_number()`; whether it is durable."""
        self._last = number
        if self._ring is not None:
            try:
                self._ring.add(number, content)
            except RingError as error:
                self.trouble = str(error)
            else:
                self.trouble = None
                return True
        self._loose[number] = content
        if len(self._loose) > LOOSE_MAX:
            del self._loose[max(self._loose, key=self._rank)]
            self.lost += 1
        return False

    def tend(self) -> None:
        """A small step of upkeep, while nothing is urgent."""
        if self._ring is not None:
            try:
                self._ring.tend()
            except RingError as error:
                self.trouble = str(error)

    # ***** Store *****

    def first(self, count: int) -> "list[int]":
        """The `count` most urgent kept numbers: by class, then in the order of pressing."""
        found = [] if self._ring is None else self._ring.first(count)
        if self._loose:
            found = sorted(found + list(self._loose), key=self._rank)[:count]
        return found

    def keeps(self, number: int) -> bool:
        """Whether `number` is kept and not dropped."""
        return number in self._loose or (self._ring is not None and self._ring.keeps(number))

    def read(self, number: int) -> bytes:
        """The content of a kept number. RingError when the flash no longer gives it."""
        if number in self._loose:
            return self._loose[number]
        if self._ring is None:
            raise RingError("signal %d is not kept" % number)
        try:
            return self._ring.read(number)
        except RingError:
            self.lost += 1
            raise

    def drop(self, number: int) -> None:
        """Forget `number`; one that the flash would not drop may be sent again after a start."""
        if number in self._loose:
            del self._loose[number]
        elif self._ring is not None:
            try:
                self._ring.drop(number)
            except RingError as error:
                self.trouble = str(error)

    def __len__(self) -> int:
        return len(self._loose) + (0 if self._ring is None else len(self._ring))

    def _rank(self, number: int) -> "tuple[int, int]":
        try:
            return (urgency(self.read(number)[HEAD_BYTES]), number)
        except RingError:
            return (EMERGENCY, number)

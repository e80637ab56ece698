"""What is kept and where, in few bytes: 6 per signal, so that a thousand fit a 64 KB heap.

In the order in which signals are sent: the three classes one after the other, each sorted by
number. So the next one stands first, and looking one up halves the range of each class. Nothing
is allocated after construction but what is returned, and no step grows with the number kept,
except moves of memory in C.
"""

from array import array

from micropython import const

_CLASSES = const(3)


class Index:
    """At most `size_max` numbers, each with a place (16 bits) and a class (0, 1, 2)."""

    def __init__(self, size_max: int) -> None:
        self.size_max = size_max
        self._ends = [0] * _CLASSES
        self._numbers = array("I", bytes(4 * size_max))
        self._places = array("H", bytes(2 * size_max))
        self._views = (memoryview(self._numbers), memoryview(self._places))

    def __len__(self) -> int:
        return self._ends[-1]

    def put(self, number: int, place: int, urgency: int) -> bool:
        """Keep `number`; a known one gets the new place. False when there is no room."""
        at = self._find(number)
        if at >= 0 and not self._start(urgency) <= at < self._ends[urgency]:
            self.remove(number)
            at = -1
        if at < 0:
            count = len(self)
            if count == self.size_max:
                return False
            at = self._at(number, urgency)
            if at < count:
                for view in self._views:
                    view[at + 1 : count + 1] = view[at:count]
            for later in range(urgency, _CLASSES):
                self._ends[later] += 1
            self._numbers[at] = number
        self._places[at] = place
        return True

    def place(self, number: int) -> "int | None":
        """Where `number` is, or None."""
        at = self._find(number)
        return None if at < 0 else self._places[at]

    def remove(self, number: int) -> "int | None":
        """Forget `number`; its place, or None when it was not kept."""
        at = self._find(number)
        if at < 0:
            return None
        place = self._places[at]
        count = len(self)
        for view in self._views:
            view[at : count - 1] = view[at + 1 : count]
        for later in range(_CLASSES):
            if at < self._ends[later]:
                self._ends[later] -= 1
        return place

    def first(self, count: int) -> "list[int]":
        """The `count` most urgent numbers: by class, then by number."""
        return list(self._numbers[: min(count, len(self))])

    def oldest(self, urgency: int) -> "int | None":
        """The lowest number of class `urgency`, or None."""
        at = self._start(urgency)
        return None if at == self._ends[urgency] else self._numbers[at]

    def next_in(self, low: int, high: int, after: int, looks: int) -> "tuple[int, int]":
        """Look through `looks` numbers above `after` for one with low <= place < high.

        (number, 0) when there is one, (0, last) to go on after `last`, (0, 0) when there is none.
        """
        ahead = [self._at(after + 1, urgency) for urgency in range(_CLASSES)]
        last = 0
        while True:
            lowest = -1
            for urgency in range(_CLASSES):
                at = ahead[urgency]
                if at < self._ends[urgency] and (
                    lowest < 0 or self._numbers[at] < self._numbers[ahead[lowest]]
                ):
                    lowest = urgency
            if lowest < 0:
                return 0, 0
            if not looks:
                return 0, last
            looks -= 1
            at = ahead[lowest]
            last = self._numbers[at]
            if low <= self._places[at] < high:
                return last, 0
            ahead[lowest] += 1

    def _start(self, urgency: int) -> int:
        return self._ends[urgency - 1] if urgency else 0

    def _find(self, number: int) -> int:
        """Where `number` stands, -1 when it is not kept."""
        for urgency in range(_CLASSES):
            at = self._at(number, urgency)
            if at < self._ends[urgency] and self._numbers[at] == number:
                return at
        return -1

    def _at(self, number: int, urgency: int) -> int:
        """Where it stands in its class or would."""
        low = self._start(urgency)
        high = self._ends[urgency]
        while low < high:
            middle = (low + high) >> 1
            if self._numbers[middle] < number:
                low = middle + 1
            else:
                high = middle
        return low

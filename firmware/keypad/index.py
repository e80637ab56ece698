"""What is kept and where, in few bytes: 7 per signal, so that a thousand fit a 64 KB heap.

Sorted by number; looking one up halves the range, finding the next of a class is one byte search.
Nothing is allocated after construction, and no step grows with the number kept, except moves of
memory in C.
"""

from array import array

_CLASSES = (b"\x00", b"\x01", b"\x02")


class Index:
    """At most `size_max` numbers, each with a place (16 bits) and a class (0, 1, 2)."""

    def __init__(self, size_max: int) -> None:
        self.size_max = size_max
        self._count = 0
        self._numbers = array("I", bytes(4 * size_max))
        self._places = array("H", bytes(2 * size_max))
        self._classes = bytearray(size_max)
        self._views = (
            memoryview(self._numbers),
            memoryview(self._places),
            memoryview(self._classes),
        )

    def __len__(self) -> int:
        return self._count

    def put(self, number: int, place: int, urgency: int) -> bool:
        """Keep `number`; a known one gets the new place. False when there is no room."""
        at = self._at(number)
        if at == self._count or self._numbers[at] != number:
            if self._count == self.size_max:
                return False
            if at < self._count:
                for view in self._views:
                    view[at + 1 : self._count + 1] = view[at : self._count]
            self._count += 1
            self._numbers[at] = number
        self._places[at] = place
        self._classes[at] = urgency
        return True

    def place(self, number: int) -> "int | None":
        """Where `number` is, or None."""
        at = self._at(number)
        if at < self._count and self._numbers[at] == number:
            return self._places[at]
        return None

    def remove(self, number: int) -> "int | None":
        """Forget `number`; its place, or None when it was not kept."""
        at = self._at(number)
        if at == self._count or self._numbers[at] != number:
            return None
        place = self._places[at]
        for view in self._views:
            view[at : self._count - 1] = view[at + 1 : self._count]
        self._count -= 1
        return place

    def first(self, count: int) -> "list[int]":
        """The `count` most urgent numbers: by class, then by number."""
        found: "list[int]" = []
        for wanted in _CLASSES:
            at = -1
            while len(found) < count:
                at = self._classes.find(wanted, at + 1, self._count)
                if at < 0:
                    break
                found.append(self._numbers[at])
        return found

    def oldest(self, urgency: int) -> "int | None":
        """The lowest number of class `urgency`, or None."""
        at = self._classes.find(_CLASSES[urgency], 0, self._count)
        return None if at < 0 else self._numbers[at]

    def next_in(self, low: int, high: int, after: int, looks: int) -> "tuple[int, int]":
        """Look through `looks` numbers above `after` for one with low <= place < high.

        (number, 0) when there is one, (0, last) to go on after `last`, (0, 0) when there is none.
        """
        at = self._at(after + 1)
        end = min(self._count, at + looks)
        while at < end:
            if low <= self._places[at] < high:
                return self._numbers[at], 0
            at += 1
        return 0, (self._numbers[end - 1] if end < self._count else 0)

    def _at(self, number: int) -> int:
        low = 0
        high = self._count
        while low < high:
            middle = (low + high) >> 1
            if self._numbers[middle] < number:
                low = middle + 1
            else:
                high = middle
        return low

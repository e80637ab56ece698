"""What is kept and where, in few bytes: 4 per signal, so that a thousand fit a 64 KB heap.

In the order in which signals are sent: the three classes one after the other, each sorted by
number. So the next one stands first, and looking one up halves the range of each class. Of a number
the lower 16 bits are kept with it; the upper ones are said once for all in a row that share them, a
run. There is one of each class, two while some of a class are from before the upper bits changed.
Beside runs, nothing is allocated after construction but what is returned, and no step grows with
the number kept, except moves of memory in C.
"""

from array import array

from micropython import const

_HALF = const(16)
_LOWER = const(0xFFFF)


class Index:
    """At most `size_max` numbers, each with a place (16 bits) and a class (0, 1, 2)."""

    def __init__(self, size_max: int) -> None:
        self.size_max = size_max
        self._runs: "list[int]" = []  # class and upper half of the numbers, rising
        self._ends: "list[int]" = []
        self._lower = array("H", bytes(2 * size_max))
        self._places = array("H", bytes(2 * size_max))
        self._views = (memoryview(self._lower), memoryview(self._places))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def put(self, number: int, place: int, urgency: int) -> bool:
        """Keep `number`; a known one gets the new place. False when there is no room."""
        at = self._find(number)
        key = urgency << _HALF | number >> _HALF
        if at >= 0 and self._runs[self._run_at(at)] != key:
            self.remove(number)
            at = -1
        if at < 0:
            count = len(self)
            if count == self.size_max:
                return False
            run = self._open(key)
            at = self._at(number, run)
            if at < count:
                for view in self._views:
                    view[at + 1 : count + 1] = view[at:count]
            for later in range(run, len(self._ends)):
                self._ends[later] += 1
            self._lower[at] = number & _LOWER
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
        run = self._run_at(at)
        for later in range(run, len(self._ends)):
            self._ends[later] -= 1
        if self._ends[run] == (self._ends[run - 1] if run else 0):
            self._runs.pop(run)
            self._ends.pop(run)
        return place

    def first(self, count: int) -> "list[int]":
        """The `count` most urgent numbers: by class, then by number."""
        found: "list[int]" = []
        start = 0
        for run, end in enumerate(self._ends):
            upper = (self._runs[run] & _LOWER) << _HALF
            for lower in self._lower[start : min(end, count)]:
                found.append(upper | lower)
            start = end
            if end >= count:
                break
        return found

    def oldest(self, urgency: int) -> "int | None":
        """The lowest number of class `urgency`, or None."""
        start = 0
        for run, key in enumerate(self._runs):
            if key >> _HALF == urgency:
                return (key & _LOWER) << _HALF | self._lower[start]
            start = self._ends[run]
        return None

    def next_in(self, low: int, high: int, after: int, looks: int) -> "tuple[int, int]":
        """Look through `looks` numbers above `after` for one with low <= place < high.

        (number, 0) when there is one, (0, last) to go on after `last`, (0, 0) when there is none.
        """
        ahead: "list[int]" = []
        for run in range(len(self._runs)):
            ahead.append(self._at(after + 1, run))
        last = 0
        while True:
            lowest = number = -1
            for run, at in enumerate(ahead):
                if at < self._ends[run]:
                    other = (self._runs[run] & _LOWER) << _HALF | self._lower[at]
                    if lowest < 0 or other < number:
                        lowest = run
                        number = other
            if lowest < 0:
                return 0, 0
            if not looks:
                return 0, last
            looks -= 1
            last = number
            if low <= self._places[ahead[lowest]] < high:
                return last, 0
            ahead[lowest] += 1

    def _open(self, key: int) -> int:
        """The run of `key`, made when there is none."""
        for run, known in enumerate(self._runs):
            if known == key:
                return run
            if known > key:
                break
        else:
            run = len(self._runs)
        self._ends.insert(run, self._ends[run - 1] if run else 0)
        self._runs.insert(run, key)
        return run

    def _run_at(self, at: int) -> int:
        run = 0
        while at >= self._ends[run]:
            run += 1
        return run

    def _find(self, number: int) -> int:
        """Where `number` stands, -1 when it is not kept."""
        lower = number & _LOWER
        upper = number >> _HALF
        for run, key in enumerate(self._runs):
            if key & _LOWER == upper:
                at = self._at(number, run)
                if at < self._ends[run] and self._lower[at] == lower:
                    return at
        return -1

    def _at(self, number: int, run: int) -> int:
        """Where it stands in a run or would."""
        low = self._ends[run - 1] if run else 0
        high = self._ends[run]
        upper = self._runs[run] & _LOWER
        if upper != number >> _HALF:
            return low if upper > number >> _HALF else high
        lower = number & _LOWER
        kept = self._lower
        while low < high:
            middle = (low + high) >> 1
            if kept[middle] < lower:
                low = middle + 1
            else:
                high = middle
        return low

"""What to send next: everything is kept and sent again until a receipt confirms it.

The outbox decides order and timing; a store keeps the contents. It promises that the most urgent
unconfirmed signal is always the next one, that each signal waits for its own receipt (a lost one
never holds up another), and that nothing is dropped for any other reason than a confirmation. A
signal whose waits are as long as they get is slow: it makes room for another one, so that eight
that no receiver takes do not hold up a press for ever.
"""

from alarm_wire.backoff import Backoff

SLOW_MAX = 24
"""So many make room for others; the memory of a keypad is small."""


class Store:
    """Where the contents are kept: the interface that the flash ring fulfils."""

    def first(self, count: int) -> "list[int]":
        """The `count` most urgent kept numbers: by class, then in the order of pressing."""
        raise NotImplementedError

    def keeps(self, number: int) -> bool:
        """Whether `number` is kept and not yet dropped."""
        raise NotImplementedError

    def read(self, number: int) -> bytes:
        """The content of a kept number."""
        raise NotImplementedError

    def drop(self, number: int) -> None:
        """Forget a kept number for good, durably."""
        raise NotImplementedError

    def __len__(self) -> int:
        """How many are kept."""
        raise NotImplementedError


class Outbox:
    """At most `under_way_max` signals and SLOW_MAX slow ones wait at once, each by its backoff."""

    def __init__(
        self,
        store: Store,
        *,
        under_way_max: int = 8,
        wait_ms_min: int = 1000,
        wait_ms_max: int = 30000,
    ) -> None:
        self._store = store
        self._under_way_max = under_way_max
        self._wait_ms_min = wait_ms_min
        self._wait_ms_max = wait_ms_max
        self._under_way: dict[int, Backoff] = {}

    def due(self, now_ms: int, jitter: float) -> "int | None":
        """The number to send now, or None. Counts it as sent: the next wait begins."""
        for number in self._window():
            sending = self._under_way.get(number)
            if sending is None:
                sending = Backoff(self._wait_ms_min, self._wait_ms_max)
                self._under_way[number] = sending
            elif now_ms < sending.due_ms:
                continue
            sending.due_ms = now_ms + sending.next_ms(jitter)
            return number
        return None

    def content(self, number: int) -> bytes:
        """The content of a kept signal, as it was stored."""
        return self._store.read(number)

    def wait_ms(self, now_ms: int) -> "int | None":
        """Milliseconds until something is due; 0 for at once, None when nothing is kept."""
        soonest = None
        for number in self._window():
            sending = self._under_way.get(number)
            if sending is None:
                return 0
            wait_ms = max(0, sending.due_ms - now_ms)
            if soonest is None or wait_ms < soonest:
                soonest = wait_ms
        return soonest

    def confirm(self, epoch: int, number: int) -> bool:
        """A receipt came for (epoch, number): drop it. False when that signal is not kept."""
        if not self._store.keeps(number):
            return False
        # not opened whole: another version may have kept what this one does not know
        if int.from_bytes(self._store.read(number)[10:14], "big") != epoch:
            return False
        self._under_way.pop(number, None)
        self._store.drop(number)
        return True

    def hurry(self) -> None:
        """The way is open again: everything is due at once and every wait starts small."""
        self._under_way.clear()

    def __len__(self) -> int:
        return len(self._store)

    def _window(self) -> "list[int]":
        slow = 0
        for sending in self._under_way.values():
            slow += sending.longest()
        window = self._store.first(self._under_way_max + min(slow, SLOW_MAX))
        for number in list(self._under_way):
            if number not in window:
                del self._under_way[number]
        return window

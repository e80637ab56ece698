"""Keys of the matrix, user codes, duress codes and the lock-out. Pure.

It promises that the time a comparison takes tells nothing of the code, and that a duress code looks
the same to whoever stands beside the user, also while the matrix is locked. Which codes there may
be is judged with the settings (keypad.slips), before.
"""

from alarm_wire.seal import same
from micropython import const

KEYS = "123456789*0#"
TRIES_MAX = const(5)
LOCK_MS_MIN = const(60000)
LOCK_MS_MAX = const(900000)
STUCK_MS = const(10000)
"""A key that is held for so long is nobody's finger: the others count without it."""
FREE_MS = const(1000)
"""A key that stuck counts again when it has been open for so long."""
ENTRY_MS_MAX = const(10000)
_STABLE_MS = const(20)
_STEP_MS_MAX = const(100)
_ENTRY_KEYS_MAX = const(11)

WRONG = const(0)
USER = const(1)
DURESS = const(2)
LOCKED = const(3)

_WRONG_MASK = const(7)
_LOCKED_BIT = const(8)
_LOCKS_SHIFT = const(4)
_LOCKS_MAX = const(5)


class Keys:
    """One key of the matrix at a time; two at once are ghosts or an elbow, and count for none.

    stuck   a bit for each key that does not open: as if it were not there
    """

    def __init__(self, stuck: int = 0) -> None:
        self.stuck = stuck
        self._differs = 0
        self._differs_ms = [0] * len(KEYS)
        self._sampled_ms = 0
        self._held = 0
        self._since_ms = 0
        self._told = True

    def sample(self, now_ms: int, held: int) -> "str | None":
        """`held` has a bit per key of KEYS; the key at the moment it has been held long enough."""
        self._sticks(now_ms, held)
        held &= ~self.stuck
        if held != self._held:
            # after several keys everything must be let go first
            several = self._held & (self._held - 1)
            self._told = not held or bool(several) or bool(held & (held - 1))
            self._held = held
            self._since_ms = now_ms
            return None
        if self._told or now_ms - self._since_ms < _STABLE_MS:
            return None
        self._told = True
        place = 0
        while held > 1:
            held >>= 1
            place += 1
        return KEYS[place]

    def _sticks(self, now_ms: int, held: int) -> None:
        """Judge which keys are stuck; a stretch without samples counts for little."""
        step_ms = min(now_ms - self._sampled_ms, _STEP_MS_MAX)
        self._sampled_ms = now_ms
        differs = held ^ self.stuck
        if not (differs or self._differs):
            return
        self._differs = differs
        for place in range(len(KEYS)):
            bit = 1 << place
            if not differs & bit:
                self._differs_ms[place] = 0
                continue
            self._differs_ms[place] += step_ms
            if self._differs_ms[place] >= (STUCK_MS if held & bit else FREE_MS):
                self._differs_ms[place] = 0
                self.stuck ^= bit


class Codes:
    """Users' codes, in order: [(code, duress code or "")]. User numbers count from 1.

    `tries` is what the method of that name said before power went: what was locked then is locked
    for as long again from `now_ms`, and no wrong code is forgotten.
    """

    def __init__(self, pairs: "list[tuple[str, str]]", tries: int = 0, now_ms: int = 0) -> None:
        self._pairs = pairs
        self._entry = ""
        self._last_ms = 0
        self._wrong = tries & _WRONG_MASK
        self._locks = tries >> _LOCKS_SHIFT
        self._locked_until_ms = now_ms + self._lock_ms() if tries & _LOCKED_BIT else 0

    def tries(self, now_ms: int) -> int:
        """Wrong codes, locks in a row and whether it is locked, in one number."""
        locked = _LOCKED_BIT if now_ms < self._locked_until_ms else 0
        return self._wrong | locked | self._locks << _LOCKS_SHIFT

    def key(self, now_ms: int, key: str) -> "tuple[int, int, str] | None":
        """A key was pressed; the answer when it ends an entry (`#`), else None.

        CODE #: the user; CODE * DIGIT #: the user wishes DIGIT; * at the start clears. The answer
        says what it was (WRONG, USER, DURESS or LOCKED), whose, and his wish. LOCKED with a user is
        his duress code: it calls for help and looks locked as every other. LOCKED with a wish is
        the moment in which it locks.
        """
        if now_ms - self._last_ms > ENTRY_MS_MAX or (key == "*" and not self._entry):
            self._entry = ""
        self._last_ms = now_ms
        if key != "#":
            if key != "*" or self._entry:
                self._entry = (self._entry + key)[:_ENTRY_KEYS_MAX]
            return None
        entry = self._entry
        self._entry = ""
        return self._judge(now_ms, entry) if entry else None

    def _judge(self, now_ms: int, entry: str) -> "tuple[int, int, str]":
        code, _, wish = entry.partition("*")
        what = WRONG
        user = 0
        for place, (normal, duress) in enumerate(self._pairs):
            # both are always compared, and all users: the time must not tell
            is_normal = same(_padded(code), _padded(normal))
            is_duress = same(_padded(code), _padded(duress or "none"))
            if is_normal or is_duress:
                what = USER if is_normal else DURESS
                user = place + 1
        if now_ms < self._locked_until_ms:
            # who made it lock must not keep a user from calling for help
            return LOCKED, user if what == DURESS else 0, ""
        if what != WRONG:
            self._wrong = self._locks = 0
            return what, user, wish
        self._wrong += 1
        if self._wrong < TRIES_MAX:
            return WRONG, 0, ""
        self._wrong = 0
        self._locks = min(self._locks + 1, _LOCKS_MAX)
        self._locked_until_ms = now_ms + self._lock_ms()
        return LOCKED, 0, "now"

    def _lock_ms(self) -> int:
        return min(LOCK_MS_MIN << self._locks >> 1, LOCK_MS_MAX)


def _padded(code: str) -> bytes:
    return (code + "___________")[:_ENTRY_KEYS_MAX].encode()

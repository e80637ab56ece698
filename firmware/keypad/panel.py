"""Decides what a press sends and what the lamps show. Pure: no pin, no clock, no flash.

It promises that `taken` is shown only for a signal that is kept, that `stored` and `acknowledged`
follow sealed receipts only, and that a covert keypad shows the same whatever happens.
"""

from alarm_wire.receipt import ACKNOWLEDGED, NO_TICKET, STORED, Receipt
from alarm_wire.signal import DURESS, HOLD_UP, PANIC, SILENT, TEST
from micropython import const

IDLE = 0
TAKEN = 1
TOLD = 2
HELPED = 3
LAMP_NAMES = ("idle", "taken", "stored", "acknowledged")

_NOTHING = (0, 0)
TEST_MS_MAX = 1800000
"""The test mode ends by itself: a forgotten one must not mark a true press next week."""
_DURING = const(1)
_BEGUN = const(2)
"""Whether a duress code was entered: while the test mode may have been on; or it began that."""
SHOWN_MS = 30000
"""How long `acknowledged` is shown before the lamps go back to idle."""


class Wish:
    """A signal to make: everything but its identity and the moment."""

    def __init__(self, kind: int, *, flags: int = 0, zone: int = 0, value: int = 0) -> None:
        self.kind = kind
        self.flags = flags
        self.zone = zone
        self.value = value


class Lamps:
    """What is to be lit. Two of these are equal when nobody can tell them apart."""

    def __init__(self, state: int, trouble: bool) -> None:
        self.state = state
        self.trouble = trouble

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lamps) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.state, self.trouble))

    def __repr__(self) -> str:
        return "<Lamps %s%s>" % (LAMP_NAMES[self.state], " trouble" if self.trouble else "")


class Panel:
    """The state that a person sees. The newest press is the one that is shown."""

    def __init__(self, *, zone: int = 0, covert: bool = False, latch: bool = False) -> None:
        self._zone = zone
        self._covert = covert
        self._latch = latch
        self._test_until_ms: "int | None" = None
        self._state = IDLE
        self._shown = _NOTHING
        self._ticket = NO_TICKET
        self._until_ms: "int | None" = None
        self._trouble = 0
        self._forced = 0

    def press(self) -> Wish:
        """The red button was pressed. After a duress code it is no test, whatever mode is on."""
        flags = TEST if self.marking else SILENT if self._covert else 0
        return Wish(HOLD_UP if self._covert else PANIC, flags=flags, zone=self._zone)

    def duress(self, user: int) -> Wish:
        """`user` entered his duress code: silent on any keypad. Changes nothing that is shown.

        What is shown is what his own code does then: `reset`, or `test` when he wishes that.
        Never marked as a test, and from now on no press is, whatever mode is on: whoever stands
        behind an installer must not be able to hide it so.
        """
        self._forced = self._forced or _DURING
        return Wish(DURESS, flags=SILENT, zone=self._zone, value=user)

    def reset(self) -> None:
        """A user's code was entered: back to idle. What was sent stays sent."""
        self._state = IDLE
        self._shown = _NOTHING
        self._ticket = NO_TICKET
        self._until_ms = None

    @property
    def testing(self) -> bool:
        """Whether the installer's test mode is on."""
        return self._test_until_ms is not None

    @property
    def marking(self) -> bool:
        """Whether a press is marked as a test: not after a duress code, whatever is shown."""
        return self.testing and not self._forced

    def test(self, now_ms: int, on: bool, forced: bool = False) -> bool:
        """Start or end the test mode, which ends by itself; whether that is to be told.

        Begun by a duress code it looks as always, and nobody is told: no press in it is a test.
        """
        told = changed = on != self.testing
        self._test_until_ms = now_ms + TEST_MS_MAX if on else None
        if changed:
            self.reset()
            told = not forced if on else self._forced != _BEGUN
            self._forced = _BEGUN if on and forced else 0
        return told

    def test_over(self, now_ms: int) -> bool:
        """Whether the test mode has just ended by itself, and that is to be told."""
        if self._test_until_ms is None or now_ms < self._test_until_ms:
            return False
        return self.test(now_ms, on=False)

    def kept(self, epoch: int, number: int) -> None:
        """The emergency (epoch, number) is durable: from now on it cannot be lost."""
        self._shown = (epoch, number)
        self._state = TAKEN
        self._ticket = NO_TICKET
        self._until_ms = None

    @property
    def held(self) -> "tuple[int, int, int]":
        """What a latched panel holds over a start: state, epoch and number."""
        return (self._state, self._shown[0], self._shown[1])

    def hold(self, state: int, epoch: int, number: int) -> None:
        """Show again what was `held` before the start; a press that waits no more was stored."""
        if state:
            self._state = max(state, TOLD)
            self._shown = (epoch, number)

    def receipt(self, receipt: Receipt, now_ms: int) -> None:
        """A sealed receipt came. Only call this with one whose seal has held."""
        mine = (receipt.epoch, receipt.number) == self._shown
        if receipt.state == STORED and mine and self._state == TAKEN:
            self._state = TOLD
            self._ticket = receipt.ticket
        elif receipt.state == ACKNOWLEDGED and (
            mine or (self._ticket != NO_TICKET and receipt.ticket == self._ticket)
        ):
            self._state = HELPED
            self._until_ms = None if self._latch else now_ms + SHOWN_MS

    def trouble(self, bits: int) -> None:
        """The TROUBLE_* bits that hold now; the test mode is trouble without them."""
        self._trouble = bits

    def lamps(self, now_ms: int) -> Lamps:
        """What to light now. A covert keypad is always dark."""
        if self._until_ms is not None and now_ms >= self._until_ms:
            self.reset()
        if self._covert and not self.testing:
            return Lamps(IDLE, trouble=False)
        state = IDLE if self._covert and self._forced else self._state
        return Lamps(state, trouble=self.testing or bool(self._trouble))

"""10,000 forged receipts and sealed times: none drops a signal, lights a lamp or sets the clock.

Whoever sits between has seen every true receipt so far and may change, cut, join, renumber and
repeat them, and seal with any key but ours. The same corpus runs under both interpreters; a seal
that checks too little must be caught by it.
"""

from alarm_wire import receipt, seal
from alarm_wire.frame import WireError, content_of
from alarm_wire.outbox import Outbox, Store
from alarm_wire.signal import HOLD_UP, Signal
from keypad.clock import Wall

KEY = bytes(range(32))
DEVICE = b"keypad01"
COUNT = 10000
EPOCH = 7
PRESSES = 8
NOON = 1790000000000


class Chance:
    """The same numbers under both interpreters (Park and Miller's generator)."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        self._state = self._state * 48271 % 2147483647
        return self._state % limit

    def some(self, count):
        return bytes([self.below(256) for _ in range(count)])


class Kept(Store):
    """Presses that wait."""

    def __init__(self):
        self.contents = {
            number: content_of(Signal(DEVICE, EPOCH, number, HOLD_UP))
            for number in range(1, PRESSES + 1)
        }

    def first(self, count):
        return sorted(self.contents)[:count]

    def keeps(self, number):
        return number in self.contents

    def read(self, number):
        return self.contents[number]

    def drop(self, number):
        del self.contents[number]


class Keypad:
    """What a keypad believes: the parts that decide, in the order in which the courier asks."""

    def __init__(self, signer):
        self._signer = signer
        self.kept = Kept()
        self.outbox = Outbox(self.kept)
        self.wall = Wall()
        self.wall.asked(99, 1000)
        self.opened = 0

    def take(self, frame):
        """Whether `frame` was believed in any way."""
        try:
            told = receipt.open_receipt(frame, self._signer)
        except WireError:
            return False
        self.opened += 1
        if told.state == receipt.HEARD:
            return told.epoch == EPOCH and self.wall.told(told.number, told.moment_utc_ms, 1500)
        return told.device == DEVICE and self.outbox.confirm(told.epoch, told.number)


def sealed(state, number, key=KEY, purpose=seal.RECEIPT, device=DEVICE, epoch=EPOCH):
    told = receipt.Receipt(device, epoch, number, state, moment_utc_ms=NOON + number)
    return receipt.seal_receipt(told, seal.Signer(key, purpose))


def seen_before():
    """True receipts of earlier days: other presses, another boot, answers to older heartbeats."""
    states = (receipt.STORED, receipt.ACKNOWLEDGED, receipt.HEARD)
    return [
        sealed(state, number, epoch=epoch)
        for state in states
        for number in (PRESSES + 1, PRESSES + 2, 98)
        for epoch in (EPOCH - 1, EPOCH)
    ]


def forged(chance, known, others):
    """One attempt."""
    way = chance.below(8)
    frame = bytearray(known[chance.below(len(known))])
    if way == 0:
        for _ in range(1 + chance.below(3)):
            frame[chance.below(len(frame))] ^= 1 << chance.below(8)
    elif way == 1:
        # the number of a press that waits, or of the heartbeat under way, under an old seal
        frame[10:18] = EPOCH.to_bytes(4, "big") + (1 + chance.below(99)).to_bytes(4, "big")
        frame[18] = 1 + chance.below(3)
    elif way == 2:
        frame = frame[: chance.below(len(frame))]
    elif way == 3:
        frame += chance.some(1 + chance.below(40))
    elif way == 4:
        cut = 1 + chance.below(58)
        frame = frame[:cut] + known[chance.below(len(known))][cut:]
    elif way == 5:
        frame[-16:] = chance.some(16)
    elif way == 6:
        frame = bytearray(others[chance.below(len(others))])
    return bytes(frame)  # way 7: repeated as it was


def attack(signer):
    """(frames believed, presses that still wait, clock) after the whole corpus."""
    chance = Chance(20261121)
    known = seen_before()
    others = [
        sealed(state, number, key, purpose)
        for state in (receipt.STORED, receipt.ACKNOWLEDGED, receipt.HEARD)
        for number in (1, 2, 99)
        for key, purpose in (
            (bytes(32), seal.RECEIPT),
            (bytes(reversed(KEY)), seal.RECEIPT),
            (KEY, seal.SIGNAL),
            (KEY, seal.HEARTBEAT),
        )
    ]
    keypad = Keypad(signer)
    believed = 0
    for _ in range(COUNT):
        believed += keypad.take(forged(chance, known, others))
    return believed, len(keypad.kept.contents), keypad.wall.utc_ms(2000)


def test_none_of_ten_thousand_is_believed():
    believed, waiting, clock = attack(seal.Signer(KEY, seal.RECEIPT))
    print("%d forged, %d believed, %d of %d presses wait" % (COUNT, believed, waiting, PRESSES))
    assert (believed, waiting, clock) == (0, PRESSES, 0)


def test_the_true_ones_are_believed():
    keypad = Keypad(seal.Signer(KEY, seal.RECEIPT))
    assert keypad.take(sealed(receipt.STORED, 3))
    assert keypad.take(sealed(receipt.HEARD, 99))
    assert len(keypad.kept.contents) == PRESSES - 1
    assert keypad.wall.utc_ms(1500) > NOON


def test_the_corpus_catches_a_seal_that_checks_too_little():
    class OneByte(seal.Signer):
        def holds(self, data, seal):
            return self.seal(data)[:1] == seal[:1]

    class Anything(seal.Signer):
        def holds(self, _data, _seal):
            return True

    for careless in (OneByte, Anything):
        believed, waiting, _ = attack(careless(KEY, seal.RECEIPT))
        assert believed > 0
        assert waiting < PRESSES

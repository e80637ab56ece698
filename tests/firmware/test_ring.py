"""The flash ring keeps, orders, evicts and recovers; the cuts are in tests/faults."""

from alarm_wire.frame import content_of
from alarm_wire.signal import HOLD_UP, MEDICAL, STARTED, TAMPER, Signal
from keypad.ring import BLOCK_BYTES, Ring, RingError, RingFullError
from nor import Nor
from plain import raises

DEVICE = b"keypad01"


def content(number, kind=HOLD_UP, epoch=1):
    return content_of(Signal(DEVICE, epoch, number, kind))


def add(ring, kind=HOLD_UP, epoch=1):
    number = ring.last + 1
    ring.add(number, content(number, kind, epoch))
    return number


def test_what_was_added_is_there_after_a_start_and_what_was_dropped_is_not():
    flash = Nor(4)
    ring = Ring(flash)
    numbers = [add(ring) for _ in range(5)]
    ring.drop(2)
    again = Ring(flash)
    assert again.first(9) == [1, 3, 4, 5]
    assert [again.read(number) for number in (1, 3)] == [content(1), content(3)]
    assert (again.last, again.epoch, again.damaged, len(again)) == (numbers[-1], 1, 0, 4)


def test_emergencies_are_first():
    ring = Ring(Nor(4))
    for kind in (STARTED, TAMPER, HOLD_UP, STARTED, HOLD_UP):
        add(ring, kind)
    assert ring.first(9) == [3, 5, 2, 1, 4]


def test_the_epoch_found_is_the_highest_that_was_kept():
    flash = Nor(4)
    ring = Ring(flash)
    add(ring, epoch=7)
    add(ring, epoch=9)
    assert Ring(flash).epoch == 9


def test_numbers_only_grow():
    ring = Ring(Nor(4))
    add(ring)
    raises(RingError, ring.add, 1, content(1))


def test_a_kept_signal_survives_any_number_of_others():
    flash = Nor(4)
    ring = Ring(flash)
    first = add(ring)
    for _ in range(1000):
        ring.drop(add(ring, STARTED))
    again = Ring(flash)
    assert again.first(9) == [first]
    assert again.read(first) == content(first)
    assert again.last == 1001
    assert again.damaged == 0


def test_a_full_ring_evicts_status_then_technical_and_never_an_emergency():
    ring = Ring(Nor(4))
    size = 48
    kinds = (STARTED, TAMPER, MEDICAL)
    for place in range(size):
        add(ring, kinds[place % 3])
    for _ in range(size // 3):
        add(ring, HOLD_UP)
    assert ring._index.oldest(2) is None
    assert ring._index.oldest(1) == 2
    for _ in range(size // 3):
        add(ring, HOLD_UP)
    assert ring._index.oldest(1) is None
    assert "restore the way" in str(raises(RingFullError, add, ring, HOLD_UP))
    raises(RingFullError, add, ring, STARTED)
    assert len(ring) == size


def test_a_technical_signal_never_evicts_an_emergency_nor_a_status_signal_a_technical_one():
    ring = Ring(Nor(4))
    for _ in range(48):
        add(ring, TAMPER)
    raises(RingFullError, add, ring, STARTED)
    add(ring, TAMPER)
    assert len(ring) == 48
    assert ring.first(1) == [2]


def test_numbers_that_were_never_kept_here_are_no_damage_at_the_next_start():
    """A full ring lets a press go out from memory: its number is used, and nothing is broken."""
    flash = Nor(4)
    ring = Ring(flash)
    while len(ring) < 48:
        add(ring)
    for number in (49, 50):
        raises(RingFullError, ring.add, number, content(number))
    ring.drop(1)
    ring.add(51, content(51))
    ring.drop(2)
    add(ring)
    again = Ring(flash)
    assert (again.damaged, again.last) == (0, ring.last)
    assert again.first(99) == ring.first(99)
    assert again.read(51) == content(51)


def test_a_number_that_is_missing_without_that_is_damage():
    flash = Nor(4)
    ring = Ring(flash)
    for _ in range(3):
        add(ring)
    ring.add(6, content(6))
    place = ring._index.place(6) - 1  # what says that 4 and 5 were never here
    for at in range(place * 16, place * 16 + 16):
        flash.cells[at] &= 0x55
    assert Ring(flash).damaged == 2


def test_a_thousand_emergencies_wait_in_order():
    flash = Nor(32)
    ring = Ring(flash)
    for _ in range(1000):
        add(ring)
    again = Ring(flash)
    assert len(again) == 1000
    assert again.first(1000) == list(range(1, 1001))


def test_flash_full_of_rubbish_is_survived_and_told():
    flash = Nor(4)
    state = 7
    for place in range(len(flash.cells)):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        flash.cells[place] = state >> 16 & 0xFF
    ring = Ring(flash)
    assert ring.damaged > 0
    number = add(ring)
    assert Ring(flash).first(9) == [number]


def test_a_lost_record_in_the_middle_is_told():
    flash = Nor(4)
    ring = Ring(flash)
    for _ in range(5):
        add(ring)
    flash.cells[16 + 64 + 20] ^= 0x40
    again = Ring(flash)
    assert again.first(9) == [1, 3, 4, 5]
    assert again.damaged == 1


def test_a_record_that_goes_bad_later_is_refused_when_read():
    flash = Nor(4)
    ring = Ring(flash)
    number = add(ring)
    flash.cells[16 + 20] ^= 0x40
    assert "damaged" in str(raises(RingError, ring.read, number))


class Dead(Nor):
    """Flash that no longer takes anything."""

    def writeblocks(self, block, data, offset=0):
        pass


def test_flash_that_takes_nothing_is_told_not_believed():
    ring = Ring(Dead(4))
    assert "replace the module" in str(raises(RingError, add, ring))
    assert len(ring) == 0


def test_what_can_no_longer_be_read_does_not_stand_before_what_can():
    """A block goes bad under ten presses: the eleventh is still the next to be sent."""
    flash = Nor(4)
    ring = Ring(flash)
    for _ in range(10):
        add(ring)
    flash.cells[16 : 16 + 10 * 64] = bytes(640)
    newest = add(ring)
    for number in ring.first(10):
        raises(RingError, ring.read, number)
    assert ring.first(8) == [newest]
    assert ring.read(newest) == content(newest)
    assert (ring.damaged, len(ring)) == (10, 1)


class Stubborn(Nor):
    """Its reads fail now and then, as a bus does."""

    fails = 0

    def readblocks(self, block, buffer, offset=0):
        if self.fails:
            self.fails -= 1
            raise OSError(5)
        super().readblocks(block, buffer, offset)


def test_a_read_that_fails_is_tried_again():
    flash = Stubborn(4)
    ring = Ring(flash)
    number = add(ring)
    flash.fails = 2
    assert ring.read(number) == content(number)
    flash.fails = 99
    assert "damaged" in str(raises(RingError, ring.read, number))


def test_too_small_a_partition_is_refused():
    assert "at least 4" in str(raises(RingError, Ring, Nor(3)))


def test_blocks_are_used_in_turn():
    flash = Nor(6)
    ring = Ring(flash)
    erased = {}
    before = flash.ioctl

    def count(operation, argument):
        if operation == 6:
            erased[argument] = erased.get(argument, 0) + 1
        return before(operation, argument)

    flash.ioctl = count
    for _ in range(2000):
        ring.drop(add(ring))
        ring.tend()
    assert len(erased) == 6
    assert max(erased.values()) - min(erased.values()) <= 1
    assert flash.erases / 2000 <= 0.05
    assert len(flash.cells) == 6 * BLOCK_BYTES

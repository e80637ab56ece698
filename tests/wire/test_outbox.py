"""The outbox sends the most urgent first, repeats by backoff, and drops on a receipt only."""

from alarm_wire.frame import content_of, signal_of
from alarm_wire.outbox import SLOW_MAX, Outbox, Store
from alarm_wire.signal import HOLD_UP, STARTED, TAMPER, Signal, urgency

DEVICE = b"keypad01"


class Shelf(Store):
    """A store in memory, for these tests."""

    def __init__(self):
        self.kept = {}

    def add(self, number, kind, epoch=1):
        self.kept[number] = content_of(Signal(DEVICE, epoch, number, kind))

    def first(self, count):
        def rank(number):
            return (urgency(signal_of(self.kept[number]).kind), number)

        return sorted(self.kept, key=rank)[:count]

    def keeps(self, number):
        return number in self.kept

    def read(self, number):
        return self.kept[number]

    def drop(self, number):
        del self.kept[number]

    def __len__(self):
        return len(self.kept)


def filled(*kinds, **named):
    shelf = Shelf()
    for place, kind in enumerate(kinds):
        shelf.add(place + 1, kind)
    return shelf, Outbox(shelf, **named)


def test_an_empty_outbox_has_nothing_due():
    _, outbox = filled()
    assert outbox.due(0, 1.0) is None
    assert outbox.wait_ms(0) is None
    assert len(outbox) == 0


def test_emergencies_go_before_technical_alarms_before_status():
    _, outbox = filled(STARTED, TAMPER, HOLD_UP, HOLD_UP)
    assert [outbox.due(0, 1.0) for _ in range(5)] == [3, 4, 2, 1, None]


def test_an_unconfirmed_signal_comes_again_after_its_wait_which_doubles_to_a_cap():
    _, outbox = filled(HOLD_UP, wait_ms_min=100, wait_ms_max=300)
    now_ms = 0
    waits = []
    for _ in range(4):
        assert outbox.due(now_ms, 1.0) == 1
        waits.append(outbox.wait_ms(now_ms))
        assert outbox.due(now_ms + waits[-1] - 1, 1.0) is None
        now_ms += waits[-1]
    assert waits == [100, 200, 300, 300]


def test_only_a_receipt_with_the_right_epoch_and_number_drops():
    shelf, outbox = filled(HOLD_UP)
    outbox.due(0, 1.0)
    assert not outbox.confirm(2, 1)
    assert not outbox.confirm(1, 2)
    assert shelf.keeps(1)
    assert outbox.confirm(1, 1)
    assert not shelf.keeps(1)
    assert not outbox.confirm(1, 1)


def test_every_byte_of_the_epoch_counts():
    shelf, outbox = filled()
    shelf.add(1, HOLD_UP, epoch=0x01000002)
    for epoch in (2, 0x02000002, 0x01000102, 0x01010002):
        assert not outbox.confirm(epoch, 1)
    assert outbox.confirm(0x01000002, 1)


def test_what_more_urgent_signals_pushed_out_is_remembered_no_longer():
    shelf, outbox = filled(STARTED, STARTED, under_way_max=2, wait_ms_min=100, wait_ms_max=400)
    assert [outbox.due(0, 1.0) for _ in range(2)] == [1, 2]
    shelf.add(3, HOLD_UP)
    shelf.add(4, HOLD_UP)
    assert [outbox.due(0, 1.0) for _ in range(3)] == [3, 4, None]
    assert sorted(outbox._under_way) == [3, 4]
    assert outbox.wait_ms(1_000) == 0


def test_a_receipt_for_a_signal_that_was_pushed_out_of_the_window_still_drops_it():
    shelf, outbox = filled(STARTED, under_way_max=1)
    assert outbox.due(0, 1.0) == 1
    shelf.add(2, HOLD_UP)
    assert outbox.due(0, 1.0) == 2
    assert outbox.confirm(1, 1)
    assert len(outbox) == 1


def test_no_more_than_the_window_is_under_way_and_a_lost_receipt_holds_up_nobody():
    _, outbox = filled(*[HOLD_UP] * 5, under_way_max=3)
    assert [outbox.due(0, 1.0) for _ in range(4)] == [1, 2, 3, None]
    assert outbox.confirm(1, 2)
    assert outbox.due(0, 1.0) == 4
    assert outbox.wait_ms(0) > 0


def test_signals_that_nobody_takes_make_room_for_a_press():
    shelf, outbox = filled(*[HOLD_UP] * 9, under_way_max=2, wait_ms_min=100, wait_ms_max=400)
    now_ms = 0
    sent = set()
    while now_ms < 5_000:
        number = outbox.due(now_ms, 1.0)
        if number is None:
            now_ms += outbox.wait_ms(now_ms)
        else:
            sent.add(number)
    assert sent == set(range(1, 10))
    # a receipt for one of them, and what is under way is still bounded
    assert outbox.confirm(1, 9)
    for number in range(10, 60):
        shelf.add(number, HOLD_UP)
    while now_ms < 15_000:
        if outbox.due(now_ms, 1.0) is None:
            now_ms += outbox.wait_ms(now_ms)
    assert len(outbox._under_way) <= 2 + SLOW_MAX


def test_while_receipts_come_nothing_is_slow():
    _, outbox = filled(*[HOLD_UP] * 9, under_way_max=2, wait_ms_min=100, wait_ms_max=4000)
    assert [outbox.due(0, 1.0) for _ in range(3)] == [1, 2, None]
    assert [outbox.due(100, 1.0) for _ in range(3)] == [1, 2, None]
    assert outbox.confirm(1, 1)
    assert outbox.due(100, 1.0) == 3


def test_hurry_makes_everything_due_at_once():
    _, outbox = filled(HOLD_UP, wait_ms_min=100, wait_ms_max=300)
    outbox.due(0, 1.0)
    assert outbox.due(1, 1.0) is None
    outbox.hurry()
    assert outbox.wait_ms(1) == 0
    assert outbox.due(1, 1.0) == 1
    assert outbox.wait_ms(1) == 100

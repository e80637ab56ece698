"""A press goes out even when the flash will not have it, and is then not called durable."""

from alarm_wire.frame import content_of
from alarm_wire.signal import HOLD_UP, STARTED, Signal
from keypad.keeper import LOOSE_MAX, Keeper
from keypad.ring import Ring
from nor import Nor

DEVICE = b"keypad01"


def add(keeper, kind=HOLD_UP):
    number = keeper.next_number()
    return number, keeper.add(number, content_of(Signal(DEVICE, 1, number, kind)))


def test_with_a_ring_everything_is_durable():
    keeper = Keeper(Ring(Nor(4)))
    assert add(keeper) == (1, True)
    assert keeper.trouble is None
    assert keeper.keeps(1)
    keeper.drop(1)
    assert not keeper.keeps(1)
    assert len(keeper) == 0


def test_without_a_ring_signals_wait_in_memory_and_are_not_durable():
    keeper = Keeper(None, "no ring")
    assert add(keeper, STARTED) == (1, False)
    assert add(keeper) == (2, False)
    assert keeper.first(9) == [2, 1]
    assert keeper.read(2)[14:18] == b"\0\0\0\2"
    keeper.drop(2)
    assert keeper.first(9) == [1]
    assert keeper.trouble == "no ring"


def test_a_full_ring_overflows_into_memory_in_the_right_order_and_recovers():
    keeper = Keeper(Ring(Nor(4)))
    while add(keeper)[1]:
        pass
    assert "give way" in keeper.trouble
    assert len(keeper) == 49
    assert keeper.first(99) == list(range(1, 50))
    keeper.drop(1)
    assert add(keeper) == (50, True)
    assert keeper.trouble is None
    assert keeper.first(99) == list(range(2, 51))


def test_memory_is_bounded_and_an_emergency_is_the_last_to_go():
    keeper = Keeper(None, "no ring")
    add(keeper)
    for _ in range(LOOSE_MAX + 5):
        add(keeper, STARTED)
    assert len(keeper) == LOOSE_MAX
    assert keeper.lost == 6
    assert keeper.first(1) == [1]

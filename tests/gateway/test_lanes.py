"""When a lane to a receiver is free, and when it has something to send."""

from gateway.relay import ALARMS, BEATS, OTHERS, Relay
from wirework import Device

KEYPAD = Device("bb00000000000002")
GATEWAY = Device("aa00000000000001")


def relay():
    return Relay(1, GATEWAY.id, lambda _: True)


def numbers(order):
    return [frame.number for frame in order.frames]


def test_a_receiver_that_knows_no_receipts_frees_its_lane_by_accepting():
    way = relay()
    for number in (1, 2):
        way.take(*KEYPAD.frame(number))
        order = way.next(0, ALARMS, 0)
        assert numbers(order) == [number]
        assert way.wait_ms(0, ALARMS, 0) is None
        way.accepted(order)
        assert way.owed(0) == 0


def test_a_lane_with_something_to_send_says_when():
    way = relay()
    assert [way.wait_ms(0, lane, 0) for lane in (ALARMS, OTHERS, BEATS)] == [None] * 3
    way.beat(KEYPAD.beat(1))
    assert [way.wait_ms(0, lane, 0) for lane in (ALARMS, OTHERS, BEATS)] == [None, None, 0]
    order = way.next(0, BEATS, 0)
    assert way.wait_ms(0, BEATS, 0) is None
    waited_ms = way.failed(order, 0, 1.0)
    assert way.wait_ms(0, BEATS, 0) == waited_ms

"""Every signal to every receiver until each has answered; the keypad by the first receipt."""

import pytest

from alarm_wire.frame import IDENTITY_REUSED, TOO_MANY, UNKNOWN_DEVICE, WRONG_SEAL, WireError
from alarm_wire.receipt import ACKNOWLEDGED, HEARD, STORED
from alarm_wire.signal import HOLD_UP, STARTED, TAMPER
from gateway.acts import Doubt, Refuse
from gateway.errors import AnswerError
from gateway.relay import ALARMS, BEATS, OTHERS, RETRY_AFTER_MS_MAX, Relay
from gateway.resting import REST_MS, TRIED_MAX
from wirework import Device

KEYPAD = Device("bb00000000000002")
OTHER = Device("bb00000000000003")
GATEWAY = Device("aa00000000000001")


def holds(receipt):
    try:
        return GATEWAY.opened(receipt).state in (STORED, HEARD)
    except WireError:
        return False


def relay(receivers=1):
    return Relay(receivers, GATEWAY.id, holds)


def numbers(order):
    return [frame.number for frame in order.frames] if order else None


def names(acts):
    return [type(act).__name__ for act in acts]


def test_an_alarm_goes_out_at_once_and_is_done_on_its_receipt():
    way = relay()
    assert way.take(*KEYPAD.frame(1)) == []
    order = way.next(0, ALARMS, 0)
    assert numbers(order) == [1]
    acts = way.answered(order, [KEYPAD.receipt(1)], 0)
    assert names(acts) == ["Tell", "Done"]
    assert acts[0].receipt == KEYPAD.receipt(1)
    assert len(way) == 0
    assert way.next(0, ALARMS, 0) is None


def test_alarms_have_a_lane_that_nothing_else_can_fill():
    way = relay()
    way.take(*KEYPAD.frame(1, STARTED))
    way.beat(KEYPAD.beat(1))
    assert numbers(way.next(0, OTHERS, 0)) == [1]
    assert way.next(0, BEATS, 0) is not None
    way.take(*KEYPAD.frame(2, HOLD_UP))
    assert numbers(way.next(0, ALARMS, 0)) == [2]


def test_what_can_wait_waits_until_an_emergency_has_its_first_receipt():
    way = relay(2)
    way.take(*KEYPAD.frame(1, TAMPER))
    assert not way.pressing()
    way.take(*KEYPAD.frame(2, HOLD_UP))
    assert way.pressing()
    order = way.next(1, ALARMS, 0)
    assert way.pressing()
    way.answered(order, [KEYPAD.receipt(2)], 0)
    assert not way.pressing()  # a receiver that is away for days holds up no update
    assert way.owed(0) == 2


def test_technical_before_status_each_in_the_order_of_arrival():
    way = relay()
    for number, kind in ((1, STARTED), (2, TAMPER), (3, STARTED), (4, TAMPER)):
        way.take(*KEYPAD.frame(number, kind))
    assert numbers(way.next(0, OTHERS, 0)) == [2, 4, 1, 3]


def test_both_receivers_get_it_and_the_first_receipt_tells_the_keypad():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    first, second = way.next(0, ALARMS, 0), way.next(1, ALARMS, 0)
    assert numbers(first) == numbers(second) == [1]
    assert names(way.answered(second, [KEYPAD.receipt(1)], 0)) == ["Tell", "Safe"]
    assert names(way.answered(first, [KEYPAD.receipt(1, moment_ms=5)], 0)) == ["Done"]


def test_a_refusal_of_one_receiver_does_not_undo_the_receipt_of_the_other():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    first, second = way.next(0, ALARMS, 0), way.next(1, ALARMS, 0)
    acts = way.answered(first, [KEYPAD.refusal(1, UNKNOWN_DEVICE)], 0)
    assert acts == [Doubt(first.frames[0], UNKNOWN_DEVICE, 0)]
    assert names(way.answered(second, [KEYPAD.receipt(1)], 0)) == ["Tell", "Done"]


def test_refused_by_all_is_refused_with_the_first_reason():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    first, second = way.next(0, ALARMS, 0), way.next(1, ALARMS, 0)
    way.answered(first, [KEYPAD.refusal(1, IDENTITY_REUSED)], 0)
    acts = way.answered(second, [KEYPAD.refusal(1, UNKNOWN_DEVICE)], 0)
    assert acts[-1] == Refuse(first.frames[0], IDENTITY_REUSED)
    assert len(way) == 0


def test_refused_bytes_do_not_take_the_true_frame_of_the_same_content_along():
    way = relay()
    forged, urgency = KEYPAD.frame(1)
    way.take(forged, urgency)
    order = way.next(0, ALARMS, 0)
    way.take(*KEYPAD.frame(1, sent_ms=9000))
    assert names(way.answered(order, [KEYPAD.refusal(1, WRONG_SEAL)], 0)) == ["Doubt"]
    again = way.next(0, ALARMS, 0)
    assert again.frames[0].bytes == KEYPAD.signal(1, sent_ms=9000)
    assert names(way.answered(again, [KEYPAD.receipt(1)], 0)) == ["Tell", "Done"]


def test_a_duplicate_is_told_the_known_receipt_again():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    way.answered(way.next(0, ALARMS, 0), [KEYPAD.receipt(1)], 0)
    acts = way.take(*KEYPAD.frame(1, sent_ms=2000))
    assert [act.receipt for act in acts] == [KEYPAD.receipt(1)]
    assert names(way.answered(way.next(1, ALARMS, 0), [KEYPAD.receipt(1)], 0)) == ["Done"]
    assert names(way.take(*KEYPAD.frame(1, sent_ms=3000))) == ["Tell", "Done"]
    assert way.next(0, ALARMS, 0) is None


def test_a_receipt_that_the_keypad_does_not_believe_is_asked_for_anew():
    way = relay()
    forged = KEYPAD.receipt(1)[:-1] + b"x"
    way.take(*KEYPAD.frame(1))
    way.answered(way.next(0, ALARMS, 0), [forged], 0)
    for sent_ms in (1500, 2000):
        assert names(way.take(*KEYPAD.frame(1, sent_ms=sent_ms))) == ["Tell", "Done"]
    assert names(way.take(*KEYPAD.frame(1, sent_ms=4000))) == ["Tell"]
    order = way.next(0, ALARMS, 0)
    assert order.frames[0].bytes == KEYPAD.signal(1, sent_ms=4000)
    acts = way.answered(order, [KEYPAD.receipt(1)], 0)
    assert names(acts) == ["Tell", "Done"]
    assert acts[0].receipt == KEYPAD.receipt(1)
    acts = way.take(*KEYPAD.frame(1, sent_ms=8000))
    assert KEYPAD.receipt(1) in [act.receipt for act in acts]


def test_one_receiver_with_forged_receipts_does_not_keep_that_of_the_other_from_the_keypad():
    way = relay(2)
    forged = KEYPAD.receipt(1)[:-1] + b"x"
    way.take(*KEYPAD.frame(1))
    first, second = way.next(0, ALARMS, 0), way.next(1, ALARMS, 0)
    assert names(way.answered(first, [forged], 0)) == ["Tell", "Safe"]
    assert [act.receipt for act in way.take(*KEYPAD.frame(1, sent_ms=2000))] == [forged]
    acts = way.answered(second, [KEYPAD.receipt(1)], 0)
    assert [act.receipt for act in acts[:-1]] == [KEYPAD.receipt(1)]
    # the keypad was away meanwhile and asks once more: it is told both
    acts = way.take(*KEYPAD.frame(1, sent_ms=3000))
    assert [act.receipt for act in acts[:-1]] == [forged, KEYPAD.receipt(1)]


def test_while_one_receiver_is_away_the_other_is_asked_anew_for_a_receipt_that_does_not_hold():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    way.answered(way.next(0, ALARMS, 0), [KEYPAD.receipt(1)[:-1] + b"x"], 0)
    for sent_ms in (1500, 2000, 4000):
        assert names(way.take(*KEYPAD.frame(1, sent_ms=sent_ms))) == ["Tell"]
    assert numbers(way.next(0, ALARMS, 0)) == [1]
    assert way.owed(0) == way.owed(1) == 1


def test_once_acknowledged_a_duplicate_is_told_that():
    way = relay()
    way.take(*KEYPAD.frame(1))
    way.answered(way.next(0, ALARMS, 0), [KEYPAD.receipt(1)], 0)
    way.acknowledged(KEYPAD.receipt(1, ACKNOWLEDGED))
    way.acknowledged(KEYPAD.receipt(2, ACKNOWLEDGED))
    acts = way.take(*KEYPAD.frame(1, sent_ms=2000))
    assert (acts[0].receipt, acts[0].state) == (KEYPAD.receipt(1, ACKNOWLEDGED), ACKNOWLEDGED)
    assert way.take(*KEYPAD.frame(1, TAMPER)) == []
    assert numbers(way.next(0, OTHERS, 0)) == [1]


def test_failures_wait_longer_and_longer_and_a_success_of_any_lane_ends_the_wait():
    way = relay()
    way.take(*KEYPAD.frame(1))
    waits, now_ms = [], 0
    for _ in range(8):
        order = way.next(0, ALARMS, now_ms)
        assert order is not None
        waits.append(way.failed(order, now_ms, 1.0))
        assert way.next(0, ALARMS, now_ms + waits[-1] - 1) is None
        assert way.wait_ms(0, ALARMS, now_ms) == waits[-1]
        now_ms += waits[-1]
    assert waits == [100, 200, 400, 800, 1600, 2000, 2000, 2000]
    order = way.next(0, ALARMS, now_ms)
    way.failed(order, now_ms, 1.0)
    way.beat(KEYPAD.beat(1))
    way.answered(way.next(0, BEATS, now_ms), [KEYPAD.receipt(1, HEARD)], 0)
    assert way.next(0, ALARMS, now_ms) is not None


def test_retry_after_is_honoured_and_bounded():
    way = relay()
    way.take(*KEYPAD.frame(1, STARTED))
    assert way.failed(way.next(0, OTHERS, 0), 0, 0.5, retry_after_ms=7000) == 7000
    assert way.next(0, OTHERS, 6999) is None
    order = way.next(0, OTHERS, 7000)
    assert way.failed(order, 7000, 0.5, retry_after_ms=10**9) == RETRY_AFTER_MS_MAX[OTHERS]
    way.take(*KEYPAD.frame(2))
    assert way.failed(way.next(0, ALARMS, 0), 0, 0.5, retry_after_ms=10**9) == 2000


def test_one_receiver_down_does_not_slow_the_other():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    way.failed(way.next(0, ALARMS, 0), 0, 1.0)
    assert numbers(way.next(1, ALARMS, 0)) == [1]


def test_a_body_that_cannot_be_read_is_halved_down_to_one_which_then_lets_others_pass():
    way = relay()
    for number in range(1, 5):
        way.take(*KEYPAD.frame(number))
    now_ms, sizes = 0, []
    for _ in range(3):
        order = way.next(0, ALARMS, now_ms)
        sizes.append(len(order.frames))
        now_ms += way.failed(order, now_ms, 1.0, smaller=True)
    assert sizes == [4, 2, 1]
    assert numbers(way.next(0, ALARMS, now_ms)) == [2]


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [KEYPAD.receipt(1), KEYPAD.receipt(1)],
        [KEYPAD.receipt(2)],
        [OTHER.receipt(1)],
        [KEYPAD.receipt(1, HEARD)],
        [KEYPAD.receipt(1)[:-1]],
        [KEYPAD.signal(1)],
        [b"nonsense"],
    ],
)
def test_an_answer_to_something_else_changes_nothing(answers):
    way = relay()
    way.take(*KEYPAD.frame(1))
    order = way.next(0, ALARMS, 0)
    with pytest.raises(AnswerError):
        way.answered(order, answers, 0)
    way.failed(order, 0, 1.0)
    assert numbers(way.next(0, ALARMS, 100)) == [1]


def test_our_own_signals_leave_only_on_a_receipt_whose_seal_holds():
    way = relay()
    way.take(*GATEWAY.frame(1, TAMPER))
    order = way.next(0, OTHERS, 0)
    forged = Device(GATEWAY.name).receipt(1)
    with pytest.raises(AnswerError, match="seal"):
        way.answered(order, [forged], 0)
    assert names(way.answered(order, [GATEWAY.receipt(1)], 0)) == ["Tell", "Done"]


def test_only_the_newest_heartbeat_of_each_keypad_waits_and_is_told_once():
    way = relay(2)
    for number in range(1, 6):
        way.beat(KEYPAD.beat(number))
    way.beat(OTHER.beat(1))
    first, second = way.next(0, BEATS, 0), way.next(1, BEATS, 0)
    assert [(frame.device, frame.number) for frame in first.frames] == [
        (KEYPAD.id, 5),
        (OTHER.id, 1),
    ]
    answers = [KEYPAD.receipt(5, HEARD), OTHER.refusal(1, UNKNOWN_DEVICE)]
    assert names(way.answered(first, answers, 0)) == ["Heard", "Tell", "Doubt"]
    assert names(way.answered(second, answers, 0)) == ["Heard", "Doubt"]


def test_a_failed_heartbeat_waits_on_unless_a_newer_one_came():
    way = relay()
    way.beat(KEYPAD.beat(1))
    way.beat(OTHER.beat(1))
    order = way.next(0, BEATS, 0)
    way.beat(KEYPAD.beat(2))
    way.failed(order, 0, 0.0)
    again = way.next(0, BEATS, 1000)
    assert {(frame.device, frame.number) for frame in again.frames} == {
        (KEYPAD.id, 2),
        (OTHER.id, 1),
    }


def test_what_the_spool_lets_go_is_not_sent_any_more():
    way = relay(2)
    way.take(*KEYPAD.frame(1))
    order = way.next(0, ALARMS, 0)
    way.forget([order.frames[0].content, bytes(50)])
    assert way.next(1, ALARMS, 0) is None
    assert way.answered(order, [KEYPAD.receipt(1)], 0) == []


def test_too_many_status_signals_rest_in_nobodys_way_and_go_on_as_they_get_through():
    way = relay()
    for number in range(1, 2 * TRIED_MAX + 2):
        way.take(*KEYPAD.frame(number, STARTED))
    order = way.next(0, OTHERS, 0)
    acts = way.answered(order, [KEYPAD.refusal(one.number, TOO_MANY) for one in order.frames], 0)
    assert [type(one) for one in acts] == [Doubt]  # said once, not a hundred times
    assert way.owed(0) == 2 * TRIED_MAX + 1

    way.take(*KEYPAD.frame(900, STARTED))  # behind those of its device
    way.take(*OTHER.frame(1, STARTED))
    way.take(*KEYPAD.frame(901, TAMPER))
    way.take(*KEYPAD.frame(902, HOLD_UP))
    assert numbers(way.next(0, ALARMS, 1)) == [902]
    order = way.next(0, OTHERS, 1)
    assert [(one.device, one.number) for one in order.frames] == [(KEYPAD.id, 901), (OTHER.id, 1)]
    way.answered(order, [KEYPAD.receipt(901), OTHER.receipt(1)], 1)
    assert way.next(0, OTHERS, 2) is None
    assert way.wait_ms(0, OTHERS, 2) == REST_MS - 2

    order = way.next(0, OTHERS, REST_MS)
    assert numbers(order) == list(range(1, TRIED_MAX + 1))
    way.answered(order, [KEYPAD.receipt(one.number) for one in order.frames], REST_MS)
    order = way.next(0, OTHERS, REST_MS)  # they got through: on with it at once
    assert numbers(order) == list(range(TRIED_MAX + 1, 2 * TRIED_MAX + 1))
    first, *rest = order.frames
    answers = [KEYPAD.receipt(first.number), *(KEYPAD.refusal(n.number, TOO_MANY) for n in rest)]
    way.answered(order, answers, REST_MS)
    assert way.next(0, OTHERS, 2 * REST_MS - 1) is None
    way.forget([KEYPAD.frame(900, STARTED)[0].content])
    left = way.next(0, OTHERS, 2 * REST_MS)
    assert numbers(left) == [2 * TRIED_MAX + 1, *(one.number for one in rest)][:TRIED_MAX]
    way.answered(left, [KEYPAD.receipt(one.number) for one in left.frames], 2 * REST_MS)
    assert len(way) == 1  # the hold-up, which is under way


@pytest.mark.parametrize("kind", [HOLD_UP, TAMPER])
def test_an_alarm_is_never_too_many(kind):
    way = relay()
    way.take(*KEYPAD.frame(1, kind))
    order = way.next(0, ALARMS if kind == HOLD_UP else OTHERS, 0)
    with pytest.raises(AnswerError):
        way.answered(order, [KEYPAD.refusal(1, TOO_MANY)], 0)
    assert way.owed(0) == 1


def test_a_receiver_whose_store_was_put_back_gets_what_it_had_answered_for_in_nobodys_way():
    way = relay(2)
    for number in (1, 2):
        way.take(*KEYPAD.frame(number))
    for receiver in (0, 1):
        order = way.next(receiver, ALARMS, 0)
        way.answered(order, [KEYPAD.receipt(1), KEYPAD.receipt(2)], 0)
    way.take(*KEYPAD.frame(3))
    way.answered(way.next(1, ALARMS, 0), [KEYPAD.receipt(3)], 0)  # the other one owes it still
    assert (len(way), way.again(1)) == (1, 3)
    way.take(*KEYPAD.frame(4))
    assert numbers(way.next(1, ALARMS, 0)) == [3, 4]  # of now, and of just now
    assert numbers(way.next(0, ALARMS, 0)) == [3, 4]
    order = way.next(1, OTHERS, 0)
    assert numbers(order) == [1, 2]
    acts = way.answered(order, [KEYPAD.receipt(1), KEYPAD.refusal(2, IDENTITY_REUSED)], 0)
    assert names(acts) == ["Done", "Doubt", "Done"]  # their keypad has long been told
    assert way.owed(1) == way.owed(0) == 2
    assert way.again(1) == 2, "whoever loses twice gets it twice"


def test_what_a_resting_device_says_meanwhile_waits_behind_its_rest():
    way = relay()
    way.take(*KEYPAD.frame(1, STARTED))
    order = way.next(0, OTHERS, 0)
    way.answered(order, [KEYPAD.refusal(1, TOO_MANY)], 0)
    way.take(*KEYPAD.frame(2, STARTED))
    way.take(*OTHER.frame(1, STARTED))
    order = way.next(0, OTHERS, 1)
    assert [frame.device for frame in order.frames] == [OTHER.id]
    way.answered(order, [OTHER.receipt(1)], 1)
    assert way.owed(0) == 2
    assert numbers(way.next(0, OTHERS, REST_MS)) == [1, 2]

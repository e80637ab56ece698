"""Whatever a far end answers, it is a proof or an AnswerError, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarm_wire.frame import HEAD_BYTES, STALE, UNKNOWN_DEVICE
from alarm_wire.receipt import HEARD, RECEIPT_BYTES, STORED
from gateway.answers import heard, verdict
from gateway.errors import AnswerError
from wirework import Device

OWN = Device("aa00000000000001")
KEYPAD = Device("bb00000000000002")
ASKED = OWN.heartbeat(7)
GOOD = OWN.receipt(7, HEARD, moment_ms=123_456)


def holds(receipt):
    return receipt in (GOOD, OWN.receipt(7, STORED))


def test_the_sealed_answer_brings_the_receivers_clock():
    assert heard("a", ASKED, [GOOD], holds) == 123_456


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (OWN.refusal(7, UNKNOWN_DEVICE), "is this gateway registered"),
        (OWN.refusal(7, STALE), "has heard a later start of this gateway"),
        (OWN.receipt(7, STORED), "seal does not hold"),
        (OWN.receipt(8, HEARD), "no receipt for our heartbeat"),
        (GOOD[:-1] + b"x", "seal does not hold"),
        (GOOD[:HEAD_BYTES], "seal does not hold"),
    ],
)
def test_everything_else_says_what_to_look_at(answer, says):
    with pytest.raises(AnswerError, match=says):
        heard("a", ASKED, [answer], holds)


CUTS = st.builds(lambda frame, size: frame[:size], st.just(GOOD), st.integers(0, RECEIPT_BYTES - 1))


@given(st.lists(st.one_of(st.binary(max_size=128), CUTS), max_size=3))
def test_no_bytes_at_all_end_a_poll(told):
    with pytest.raises(AnswerError):
        heard("a", ASKED, told, holds)


@given(st.one_of(st.binary(max_size=128), CUTS))
def test_no_bytes_at_all_end_a_lane(answer):
    frame, _ = KEYPAD.frame(1)
    with pytest.raises(AnswerError):
        verdict(frame, answer, OWN.id, holds)

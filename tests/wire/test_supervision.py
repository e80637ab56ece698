"""Silence is noticed in time, and never noticed where there was none."""

from alarm_wire.supervision import LATE, LOST, ON_TIME, Supervision, Term
from plain import raises

ONE = b"keypad01"
TWO = b"keypad02"


def watching(*devices):
    supervision = Supervision(4)
    for device in devices:
        supervision.expect(device, Term(100, 300), 0)
    return supervision


def told(changes):
    return [(change.device, change.before, change.after) for change in changes]


def test_a_silent_device_is_late_and_then_lost_once_each():
    supervision = watching(ONE)
    assert supervision.judge(99) == []
    assert told(supervision.judge(100)) == [(ONE, ON_TIME, LATE)]
    assert supervision.judge(299) == []
    assert told(supervision.judge(300)) == [(ONE, LATE, LOST)]
    assert supervision.judge(10**9) == []


def test_a_heartbeat_restores_and_says_how_long_it_was_silent():
    supervision = watching(ONE)
    supervision.judge(350)
    change = supervision.heard(ONE, 400)
    assert (change.before, change.after, change.silent_ms) == (LOST, ON_TIME, 400)
    assert supervision.heard(ONE, 410) is None
    assert supervision.judge(509) == []
    supervision.judge(510)
    assert supervision.heard(ONE, 530).silent_ms == 120


def test_an_unexpected_device_is_ignored_and_a_forgotten_one_is_not_judged():
    supervision = watching(ONE)
    assert supervision.heard(TWO, 1) is None
    assert supervision.standing(TWO) is None
    supervision.forget(ONE)
    supervision.forget(ONE)
    assert supervision.standing(ONE) is None
    assert supervision.judge(10**9) == []
    assert supervision.next_ms() is None


def test_a_new_term_keeps_what_was_heard():
    supervision = watching(ONE)
    supervision.heard(ONE, 90)
    supervision.expect(ONE, Term(20, 40), 95)
    assert told(supervision.judge(130)) == [(ONE, ON_TIME, LOST)]


def test_our_own_dead_link_excuses_the_late_but_not_the_lost():
    supervision = watching(ONE, TWO)
    supervision.heard(TWO, 250)
    supervision.judge(300)
    supervision.excuse(400)
    assert supervision.standing(ONE) == LOST
    assert supervision.judge(499) == []
    assert told(supervision.judge(500)) == [(TWO, ON_TIME, LATE)]


def test_a_link_that_comes_and_goes_excuses_nobody_beyond_his_term():
    supervision = watching(ONE, TWO)
    supervision.excuse(1_000, {ONE: 350, TWO: 300})
    assert supervision.judge(1_049) == []
    # ONE was silent for 50 beyond its 300 while the link stood: those are not excused
    assert told(supervision.judge(1_099)) == [(ONE, ON_TIME, LATE)]
    assert told(supervision.judge(1_100)) == [(TWO, ON_TIME, LATE)]
    assert supervision.judge(1_249) == []
    assert told(supervision.judge(1_250)) == [(ONE, LATE, LOST)]
    assert told(supervision.judge(1_300)) == [(TWO, LATE, LOST)]


def test_a_silence_can_be_counted_from_another_moment_and_that_taken_back():
    supervision = watching(ONE)
    supervision.count_from(ONE, 80)
    supervision.count_from(TWO, 80)
    assert supervision.standing(TWO) is None
    assert supervision.judge(179) == []
    supervision.count_from(ONE, 0)
    assert told(supervision.judge(179)) == [(ONE, ON_TIME, LATE)]
    supervision.count_from(ONE, 170)
    assert supervision.standing(ONE) == LATE
    assert supervision.judge(469) == []
    assert told(supervision.judge(470)) == [(ONE, LATE, LOST)]


def test_the_next_moment_is_the_earliest_change():
    supervision = watching(ONE, TWO)
    supervision.heard(TWO, 50)
    assert supervision.next_ms() == 100
    supervision.judge(100)
    assert supervision.next_ms() == 150
    supervision.judge(10**6)
    assert supervision.next_ms() is None


def test_a_clock_that_steps_back_makes_nobody_late():
    supervision = watching(ONE)
    supervision.heard(ONE, 1000)
    supervision.heard(ONE, 500)
    assert supervision.judge(1099) == []


def test_bounds_and_terms_are_checked():
    supervision = Supervision(1)
    supervision.expect(ONE, Term(1, 2), 0)
    raises(ValueError, supervision.expect, TWO, Term(1, 2), 0)
    for late_ms, lost_ms in ((0, 1), (2, 2), (3, 1)):
        raises(ValueError, Term, late_ms, lost_ms)

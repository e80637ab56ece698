"""Silence of a keypad is told once, in time; restarts and a dead broker never make a false loss."""

from alarm_wire.signal import DEVICE_LATE, DEVICE_LOST, DEVICE_RESTORED
from alarm_wire.supervision import LATE, LOST, ON_TIME, Term
from gateway.watch import Watch

ONE = b"keypad01"
TWO = b"keypad02"


def watch(*devices, known=None):
    made = Watch(Term(100, 300), 3, known or {}, 0)
    for device in devices:
        assert made.expect(device, 0)
    made.link(up=True, now_ms=0)
    return made


def kinds(told):
    return [(one.kind, one.device) for one in told]


def test_late_lost_and_restored_are_told_once_each():
    watched = watch(ONE)
    assert watched.judge(99) == []
    assert kinds(watched.judge(100)) == [(DEVICE_LATE, ONE)]
    assert kinds(watched.judge(300)) == [(DEVICE_LOST, ONE)]
    assert watched.judge(10_000) == []
    watched.beat(ONE, 1, 5, 10_090)
    told = watched.confirmed(ONE, 1, 5, 10_100)
    assert kinds(told) == [(DEVICE_RESTORED, ONE)]
    assert told[0].silent_ms == 10_100
    assert watched.confirmed(ONE, 1, 6, 10_110) == []


def test_an_old_heartbeat_proves_nothing_until_a_receiver_has_heard_it():
    watched = watch(ONE)
    watched.beat(ONE, 2, 9, 10)
    watched.beat(ONE, 2, 9, 90)
    watched.beat(ONE, 1, 10, 90)
    assert kinds(watched.judge(110)) == [(DEVICE_LATE, ONE)]
    assert kinds(watched.confirmed(ONE, 1, 10, 120)) == [(DEVICE_RESTORED, ONE)]
    watched.beat(ONE, 1, 11, 130)
    assert watched.judge(229) == []


def test_a_refused_heartbeat_cannot_deafen_us():
    watched = watch(ONE)
    watched.beat(ONE, 0xFFFFFFFF, 1, 10)
    watched.doubted(ONE)
    watched.beat(ONE, 1, 1, 50)
    assert watched.judge(149) == []


def test_heartbeats_that_receivers_refuse_are_silence():
    watched = watch(ONE)
    watched.confirmed(ONE, 1, 1, 50)
    for number in range(2, 36):
        watched.beat(ONE, 1, number, number * 10)
        watched.doubted(ONE)
        told = kinds(watched.judge(number * 10 + 1))
        assert told == {15: [(DEVICE_LATE, ONE)], 35: [(DEVICE_LOST, ONE)]}.get(number, [])
    watched.beat(ONE, 1, 99, 400)  # forged: it brings nobody back
    assert watched.judge(401) == []
    assert kinds(watched.confirmed(ONE, 1, 100, 410)) == [(DEVICE_RESTORED, ONE)]


def test_one_receiver_that_knows_the_keypad_is_enough():
    watched = watch(ONE)
    for number in range(1, 100):
        watched.beat(ONE, 1, number, number * 10)
        watched.doubted(ONE)
        assert watched.confirmed(ONE, 1, number, number * 10) == []
        watched.doubted(ONE)
        assert watched.judge(number * 10 + 9) == []


def test_while_no_receiver_answers_a_heartbeat_keeps_a_late_keypad_from_being_lost():
    watched = watch(ONE)
    assert kinds(watched.judge(150)) == [(DEVICE_LATE, ONE)]
    for number in range(1, 100):
        watched.beat(ONE, 1, number, 150 + number * 10)
        assert watched.judge(150 + number * 10) == []


def test_a_link_that_comes_and_goes_hides_no_dead_keypad():
    watched = watch(ONE, TWO)
    told = []
    for turn in range(1, 12):  # up for 90, down for 10: shorter than any term
        now_ms = turn * 100
        watched.beat(TWO, 1, turn, now_ms - 15)
        watched.confirmed(TWO, 1, turn, now_ms - 15)
        told += watched.judge(now_ms - 10)
        watched.link(up=False, now_ms=now_ms - 10)
        watched.link(up=True, now_ms=now_ms)
        told += watched.judge(now_ms)
    assert kinds(told) == [(DEVICE_LATE, ONE), (DEVICE_LOST, ONE)]
    assert watched.standings()[TWO] == ON_TIME


def test_a_restart_gives_a_full_term_and_tells_nothing_twice():
    watched = watch(known={ONE: LOST, TWO: ON_TIME})
    assert watched.judge(99) == []
    assert kinds(watched.judge(100)) == [(DEVICE_LATE, TWO)]
    assert kinds(watched.judge(300)) == [(DEVICE_LOST, TWO)]
    assert watched.judge(10_000) == []
    assert kinds(watched.confirmed(ONE, 1, 1, 10_001)) == [(DEVICE_RESTORED, ONE)]


def test_one_that_was_late_before_the_restart_is_told_restored_or_lost():
    assert kinds(watch(known={ONE: LATE}).confirmed(ONE, 1, 1, 10)) == [(DEVICE_RESTORED, ONE)]
    watched = watch(known={ONE: LATE})
    assert watched.judge(299) == []
    assert kinds(watched.judge(300)) == [(DEVICE_LOST, ONE)]


def test_while_the_broker_is_gone_nobody_is_judged_and_then_all_start_afresh():
    watched = watch(ONE)
    watched.link(up=False, now_ms=50)
    assert watched.judge(10_000) == []
    assert watched.next_ms() is None
    watched.link(up=True, now_ms=10_000)
    assert watched.judge(10_099) == []
    assert kinds(watched.judge(10_100)) == [(DEVICE_LATE, ONE)]


def test_room_is_bounded_and_forgetting_makes_room():
    watched = watch(b"keypad01", b"keypad02", b"keypad03")
    assert not watched.expect(b"keypad04", 0)
    assert watched.forget(ONE)
    assert not watched.forget(ONE)
    assert watched.expect(b"keypad04", 0)
    watched.beat(ONE, 1, 1, 1)
    assert watched.confirmed(ONE, 1, 1, 1) == []
    assert set(watched.standings()) == {b"keypad02", b"keypad03", b"keypad04"}

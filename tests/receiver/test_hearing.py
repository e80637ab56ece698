"""Heartbeats count once, in a window."""

from alarm_receiver.domain.hearing import WINDOW, Hearing

DEVICE = b"12345678"


def test_each_number_counts_once_and_some_may_overtake():
    hearing = Hearing()
    order = [5, 7, 6, 4, 9, 8, 5, 7, 6, 4, 9, 8]
    assert [hearing.hear(DEVICE, 1, number, 0) for number in order] == [True] * 6 + [False] * 6


def test_the_window_has_an_end():
    hearing = Hearing()
    hearing.hear(DEVICE, 1, 100, 0)
    assert hearing.hear(DEVICE, 1, 100 - WINDOW + 1, 0)
    assert not hearing.hear(DEVICE, 1, 100 - WINDOW, 0)
    assert hearing.hear(DEVICE, 1, 100 + 5 * WINDOW, 0)
    assert not hearing.hear(DEVICE, 1, 101, 0)


def test_a_new_boot_counts_anew_and_the_old_one_is_over():
    hearing = Hearing()
    hearing.hear(DEVICE, 1, 50, 0)
    assert hearing.hear(DEVICE, 2, 1, 7)
    assert not hearing.hear(DEVICE, 1, 51, 8)
    assert hearing.heard_ms[DEVICE] == 7


def test_proof_of_who_asks_may_come_twice_but_not_from_long_ago():
    hearing = Hearing()
    assert hearing.fresh_enough(DEVICE, 1, 1)
    hearing.hear(DEVICE, 2, 100, 0)
    assert hearing.fresh_enough(DEVICE, 2, 100)
    assert not hearing.fresh_enough(DEVICE, 2, 100 - WINDOW - 1)
    assert not hearing.fresh_enough(DEVICE, 1, 500)


def test_no_more_devices_than_allowed():
    hearing = Hearing(devices_max=1)
    assert hearing.hear(DEVICE, 1, 1, 0)
    assert not hearing.hear(b"87654321", 1, 1, 0)

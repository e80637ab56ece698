"""Heartbeats count once, in a window."""

from alarm_receiver.domain.hearing import KEEP_MS, WINDOW, Hearing

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


def test_nothing_that_was_kept_before_a_restart_counts_again():
    hearing = Hearing()
    hearing.remember(DEVICE, 3, 50, 7)
    assert hearing.heard_ms[DEVICE] == 7
    for epoch, number in ((3, 50), (3, 49), (3, 51 - WINDOW), (3, 1), (2, 60)):
        assert not hearing.hear(DEVICE, epoch, number, 8)
    assert hearing.heard_ms[DEVICE] == 7
    assert hearing.hear(DEVICE, 3, 51, 9)


def test_what_was_kept_undoes_nothing_that_was_heard_since():
    hearing = Hearing(devices_max=1)
    hearing.hear(DEVICE, 3, 60, 9)
    hearing.remember(DEVICE, 3, 50, 7)
    hearing.remember(b"87654321", 1, 1, 7)
    assert hearing.heard_ms == {DEVICE: 9}
    assert not hearing.hear(DEVICE, 3, 60, 10)


def test_what_another_process_heard_is_shown_if_newer_and_counts_for_nothing():
    hearing = Hearing()
    hearing.hear(DEVICE, 1, 5, 10)
    hearing.told(DEVICE, 9)
    assert hearing.heard_ms[DEVICE] == 10
    hearing.told(DEVICE, 11)
    assert hearing.heard_ms[DEVICE] == 11
    assert hearing.hear(DEVICE, 1, 6, 12)


def test_what_is_not_prompt_is_kept_every_ten_minutes():
    hearing = Hearing()
    assert hearing.hear(DEVICE, 1, 1, 5)  # prompt
    rows = hearing.unkept(10)
    assert rows == hearing.since_kept() == [(DEVICE, 1, 1, 5)]
    hearing.hear(DEVICE, 1, 2, 6, prompt=False)
    hearing.kept(rows)  # and another one was heard meanwhile
    assert hearing.since_kept() == [(DEVICE, 1, 2, 6)]
    hearing.kept(hearing.since_kept())
    assert (hearing.unkept(10), hearing.since_kept()) == ([], [])
    hearing.hear(DEVICE, 1, 3, 6 + KEEP_MS - 1, prompt=False)
    assert (hearing.unkept(10), len(hearing.since_kept())) == ([], 1)
    hearing.hear(DEVICE, 1, 4, 6 + KEEP_MS, prompt=False)
    assert hearing.unkept(10) == [(DEVICE, 1, 4, 6 + KEEP_MS)]
    assert len(hearing.lately()) == 1
    assert hearing.lately() == []

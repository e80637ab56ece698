"""Waits double to a cap and are spread by the jitter."""

from alarm_wire.backoff import Backoff
from plain import raises


def test_waits_double_to_the_cap_and_start_again_after_a_reset():
    backoff = Backoff(100, 1000)
    assert [backoff.next_ms(1.0) for _ in range(6)] == [100, 200, 400, 800, 1000, 1000]
    backoff.reset()
    assert backoff.next_ms(1.0) == 100


def test_the_jitter_spreads_a_wait_between_half_and_all_of_it():
    assert Backoff(1000, 1000).next_ms(0.0) == 500
    assert Backoff(1000, 1000).next_ms(0.5) == 750
    assert Backoff(1000, 1000).next_ms(1.0) == 1000


def test_wrong_waits_are_refused():
    for least, most in ((0, 1), (2, 1), (-1, 5)):
        raises(ValueError, Backoff, least, most)


def test_the_shortest_wait_is_a_millisecond_and_a_new_one_waits_for_nothing():
    assert Backoff(1, 1).next_ms(1.0) == 1
    assert Backoff(1, 1).due_ms == 0

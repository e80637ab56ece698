"""A press counts once the contact has been closed for long enough; noise and bounce never do."""

from keypad.debounce import CLOSED, OPENED, SAME, STABLE_MS, Debounce


def changes(levels, step_ms=1):
    """Sample each level after `step_ms`; (ms, change) of every change."""
    debounce = Debounce()
    found = []
    for place, closed in enumerate(levels):
        change = debounce.sample(place * step_ms, closed)
        if change != SAME:
            found.append((place * step_ms, change))
    return found


def test_a_clean_press_counts_after_the_stable_time():
    assert changes([True] * 60 + [False] * 60) == [(STABLE_MS, CLOSED), (79, OPENED)]


def test_bounce_makes_one_press_not_several():
    bounce = [place % 3 != 0 for place in range(12)]
    found = changes(bounce + [True] * 60 + [False] * 60)
    assert [change for _, change in found] == [CLOSED, OPENED]


def test_spikes_of_two_ms_never_count():
    assert changes(([True] * 2 + [False] * 18) * 50) == []


def test_a_late_loop_does_not_miss_a_press():
    assert changes([True] * 6, step_ms=10)[0][1] == CLOSED


def test_one_look_after_a_long_sleep_is_no_press():
    debounce = Debounce()
    debounce.sample(0, False)
    assert debounce.sample(10000, True) == SAME


def test_time_that_goes_backwards_counts_for_nothing():
    debounce = Debounce()
    debounce.sample(1000, True)
    assert debounce.sample(0, True) == SAME


def test_it_is_settled_only_when_nothing_is_left_to_decide():
    debounce = Debounce()
    assert debounce.settled(False)
    assert not debounce.settled(True)
    for now_ms in range(STABLE_MS + 1):
        debounce.sample(now_ms, True)
    assert debounce.settled(True)
    assert not debounce.settled(False)
    debounce.sample(STABLE_MS + 5, False)
    assert not debounce.settled(True)


def test_the_time_between_two_edges_counts_for_nothing():
    debounce = Debounce()
    debounce.sample(0, False)
    debounce.rest()
    assert debounce.sample(5000, True) == SAME
    assert debounce.sample(5001, False) == SAME


def test_a_contact_that_is_known_to_be_closed_is_no_press():
    debounce = Debounce(closed=True)
    assert debounce.sample(0, True) == SAME
    assert debounce.settled(True)
    for now_ms in range(1, 19):
        assert debounce.sample(now_ms, False) == SAME
    assert debounce.sample(20, False) == OPENED

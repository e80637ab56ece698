"""The loop's state is certain after three equal readings over 40 ms, and never the nearest one."""

from keypad.loop import ALARM, FAULT, NORMAL, OPEN, SHORT, WINDOWS, Loop, classify


def fed(*readings, step_ms=20):
    loop = Loop()
    return [loop.sample(place * step_ms, permille) for place, permille in enumerate(readings)]


def test_each_window_has_its_state_and_between_them_is_fault():
    for state, low, high in WINDOWS:
        assert classify(low) == classify(high) == state
    for permille in (61, 239, 361, 469, 631, 659, 1101, -51, 150, 420, 645):
        assert classify(permille) == FAULT


def test_a_state_counts_after_three_readings_over_40_ms():
    assert fed(300, 300, 300, 300) == [None, None, NORMAL, None]


def test_three_readings_in_less_than_40_ms_are_not_enough():
    assert fed(300, 300, 300, 300, 300, step_ms=10) == [None, None, None, None, NORMAL]


def test_one_odd_reading_starts_the_count_again():
    told = fed(300, 300, 300, 550, 300, 550, 550, 550)
    assert told[2:] == [NORMAL, None, None, None, None, ALARM]


def test_short_open_and_fault_are_told_and_come_back():
    readings = [10] * 3 + [900] * 3 + [150] * 3 + [300] * 3
    assert [state for state in fed(*readings) if state is not None] == [SHORT, OPEN, FAULT, NORMAL]


def test_a_reading_that_flickers_between_two_windows_is_never_certain():
    assert set(fed(*[300, 550] * 50)) == {None}

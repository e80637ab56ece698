"""10,000 windows of noise make no press, and a press of 60 ms is not missed by a late loop."""

import random

import pytest

from contacts import TICKS, bounce_ms, noise, press, presses


@pytest.mark.parametrize("late_ms", [0, 10])
def test_no_false_press_in_5000_windows_of_noise(late_ms):
    rng = random.Random(late_ms)
    assert sum(bool(presses(noise(rng), rng, late_ms)) for _ in range(5000)) == 0


@pytest.mark.parametrize("late_ms", [0, 10])
def test_no_press_of_60_ms_is_missed(late_ms):
    rng = random.Random(late_ms)
    missed = sum(
        not presses(press(rng, 60, min(10.0, bounce_ms(rng))), rng, late_ms) for _ in range(2000)
    )
    assert missed == 0


def test_a_press_however_it_bounces_is_one_press():
    rng = random.Random(3)
    for _ in range(1000):
        assert len(presses(press(rng, 300, min(20.0, bounce_ms(rng))), rng, 10)) == 1


def test_the_measure_would_see_a_sampler_that_counts_samples():
    """The usual counter of ten samples misses most such presses when the loop is late."""
    rng = random.Random(4)
    missed = 0
    for _ in range(300):
        wave = press(rng, 60, min(10.0, bounce_ms(rng)))
        count = place = 0
        seen = False
        while place < len(wave):
            count = min(10, count + 1) if wave[place] else max(0, count - 1)
            seen = seen or count == 10
            place += 2 * TICKS + int(rng.random() * 10 * TICKS)
        missed += not seen
    assert missed > 150

"""Every sound ends, a siren yields to a code only, and a duress code sounds like any other."""

from keypad.sounds import (
    GOOD,
    SIREN_OFF_MS,
    SIREN_ON_MS,
    SIREN_TEST_MS,
    STORED,
    UNIT_MS,
    WRONG,
    Sounds,
)


def heard(sounds, from_ms, to_ms):
    """[(level, milliseconds)] between two moments, looked at each millisecond."""
    runs = []
    for now_ms in range(from_ms, to_ms):
        level = sounds.level(now_ms)
        if runs and runs[-1][0] == level:
            runs[-1][1] += 1
        else:
            runs.append([level, 1])
    return runs


def test_a_siren_swells_by_turns_and_ends_by_itself():
    sounds = Sounds(3)
    sounds.press(1000, testing=False, taken=True)
    runs = heard(sounds, 1000, 4000)
    assert runs[0] == [True, SIREN_ON_MS]
    assert runs[1] == [False, SIREN_OFF_MS]
    assert heard(sounds, 4000, 6000) == [[False, 2000]]
    assert sounds.over()


def test_another_press_prolongs_it_and_does_not_stutter():
    sounds = Sounds(2)
    sounds.press(0, testing=False, taken=True)
    sounds.press(1100, testing=False, taken=True)
    # turns of 750 ms counted from the first press, the end from the second
    assert [sounds.level(ms) for ms in (1100, 1249, 1250, 1500)] == [True, True, False, True]
    assert sounds.level(3000)
    assert not sounds.level(3100)
    assert sounds.over()


def test_in_test_mode_it_is_proved_and_over():
    sounds = Sounds(900)
    sounds.press(0, testing=True, taken=True)
    sounds.level(SIREN_TEST_MS - 1)
    assert not sounds.over()
    assert not sounds.level(SIREN_TEST_MS)
    assert sounds.over()


def test_a_good_code_silences_it_and_a_wrong_one_does_not():
    sounds = Sounds(900)
    sounds.press(0, testing=False, taken=True)
    sounds.code(10, good=False)
    assert sounds.level(SIREN_ON_MS + SIREN_OFF_MS + 1)
    sounds.code(1000, good=True)
    expected = [[not place & 1, units * UNIT_MS] for place, units in enumerate(GOOD)]
    assert heard(sounds, 1000, 1200)[:3] == expected
    assert sounds.over()


def test_receipts_do_not_interrupt_a_siren():
    sounds = Sounds(900)
    sounds.press(0, testing=False, taken=True)
    sounds.once(STORED, 10)
    assert sounds.level(SIREN_ON_MS - 1)
    assert not sounds.level(SIREN_ON_MS)


def test_without_a_siren_a_press_is_confirmed_only_when_it_was_kept():
    sounds = Sounds(0)
    sounds.press(0, testing=False, taken=False)
    assert sounds.over()
    sounds.press(0, testing=False, taken=True)
    assert sounds.level(0)
    assert heard(sounds, 0, 1000)[-1][0] is False
    assert sounds.over()


def test_every_pattern_ends_within_a_second():
    for pattern in (GOOD, STORED, WRONG):
        sounds = Sounds(0)
        sounds.once(pattern, 0)
        assert not sounds.level(1000)
        assert sounds.over()

"""Trouble when no receiver has answered three heartbeats; nothing old makes a silence shorter."""

from keypad.answers import BEATS, SILENT_MS_MIN, Answers

BEAT_MS = 10000
TERM_MS = BEATS * BEAT_MS


def test_a_start_has_the_time_of_three_heartbeats():
    answers = Answers(BEAT_MS)
    assert not answers.silent(TERM_MS)
    assert answers.silent(TERM_MS + 1)


def test_quick_heartbeats_leave_time_for_a_slow_line():
    answers = Answers(1000)
    assert not answers.silent(SILENT_MS_MIN)
    assert answers.silent(SILENT_MS_MIN + 1)


def test_each_answer_begins_the_time_anew():
    answers = Answers(BEAT_MS)
    for number in range(1, 20):
        answers.told(number, number, number * BEAT_MS)
        assert not answers.silent(number * BEAT_MS + TERM_MS)
    assert answers.silent(19 * BEAT_MS + TERM_MS + 1)


def test_a_late_answer_counts_from_when_its_heartbeat_left():
    answers = Answers(BEAT_MS)
    answers.told(1, 3, 30000)
    assert not answers.silent(10000 + TERM_MS)
    assert answers.silent(10000 + TERM_MS + 1)


def test_an_answer_held_back_comes_too_late_to_end_the_trouble():
    answers = Answers(BEAT_MS)
    answers.told(1, 100, 1000000)
    assert answers.silent(1000000)


def test_the_same_an_older_and_a_future_answer_say_nothing():
    answers = Answers(BEAT_MS)
    answers.told(5, 5, 50000)
    for number, newest in ((5, 6), (4, 6), (0, 6), (7, 6)):
        answers.told(number, newest, 60000)
    assert answers.silent(50000 + TERM_MS + 1)

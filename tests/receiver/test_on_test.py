"""Where a test of a site stands, to the millisecond."""

from alarm_receiver.domain.on_test import NEXT, WARN_MS, Act, State, state_at

END = 10_000_000


def test_a_test_runs_then_is_ending_for_ten_minutes_then_has_ended():
    for now_ms, state in (
        (0, State.RUNNING),
        (END - 600_001, State.RUNNING),
        (END - 600_000, State.ENDING),
        (END - 1, State.ENDING),
        (END, State.ENDED),
        (END * 2, State.ENDED),
    ):
        assert state_at(END, now_ms) is state, now_ms


def test_one_shorter_than_its_warning_begins_with_it():
    assert state_at(WARN_MS - 1, 0) is State.ENDING


def test_what_has_ended_goes_nowhere_and_nothing_but_a_person_begins_one():
    assert not [one for one, _ in NEXT if one is State.ENDED]
    assert [act for one, act in NEXT if one is None] == [Act.PUT]

"""The walk test's one rule, case by case: what ticks by itself, what is asked about."""

import pytest

from alarm_receiver.domain.walk import SLACK_MS, Press, Standing, judge
from alarm_wire import signal as wire

SINCE_MS = 1_000_000


def press(device="a", kind=wire.PANIC, *, marked=True, at_ms=SINCE_MS + 500, **fields):
    fields = {"age_ms": 100, "age_exact": True, **fields}
    return Press(device, kind, marked, at_ms, **fields)


def judged(*presses):
    return judge(["a", "b"], presses, SINCE_MS)


def test_the_first_marked_press_of_each_button_ticks_it():
    course = judged(press(), press("b", wire.HOLD_UP))
    assert course.standings == [Standing.MARKED] * 2
    assert course.ticks == {"a": 0, "b": 1}


@pytest.mark.parametrize(
    "asked",
    [
        press(marked=False),
        press("stranger"),
        press(kind=wire.DURESS),
        press(kind=wire.MEDICAL),
        press(age_exact=False),
        press(age_ms=SLACK_MS + 501),
    ],
    ids=["unmarked", "strange", "duress", "medical", "after a reboot", "before the test"],
)
def test_what_may_be_real_is_asked_about_and_ticks_nothing(asked):
    course = judged(asked)
    assert course.standings == [Standing.ASKED]
    assert course.ticks == {}


def test_a_second_press_of_a_ticked_button_is_asked_about():
    course = judged(press(), press())
    assert course.standings == [Standing.MARKED, Standing.ASKED]
    assert course.ticks == {"a": 0}


def test_a_word_ticks_what_was_asked_about_but_never_a_duress_code_or_a_stranger():
    course = judged(
        press(marked=False, word=True),
        press("b", wire.DURESS, word=True),
        press("stranger", word=True),
    )
    assert course.standings == [Standing.VOUCHED] * 3
    assert course.ticks == {"a": 0}


def test_a_press_that_was_disowned_ticks_nothing_although_it_was_marked():
    course = judged(press(word=False), press())
    assert course.standings == [Standing.DISOWNED, Standing.MARKED]
    assert course.ticks == {"a": 1}

"""A roll-out: one first, then a few at a time, stopped by failures, the same share each time."""

from alarm_receiver.domain.course import Course, share

NAMES = [f"{number:016x}" for number in range(200)]


def row(device, state, counter=1, reason=""):
    return {"device": device, "counter": counter, "state": state, "reason": reason}


def order(course):
    given = course.due()
    for one in given:
        course.ordered(row(one, "wanted"))
    return given


def test_nobody_gets_anything_before_the_first_has_taken_it():
    course = Course(NAMES[:9], at_once=4, failures_max=0)
    assert order(course) == NAMES[:1]
    course.told([row(NAMES[0], "trying")])
    assert order(course) == []
    course.told([row(NAMES[0], "taken")])
    assert order(course) == NAMES[1:5]
    course.told([row(NAMES[2], "taken"), row(NAMES[3], "taken", counter=7)])
    assert order(course) == NAMES[5:6]
    course.told([row(one, "taken") for one in NAMES[:9]])
    assert order(course) == NAMES[6:9]
    course.told([row(one, "taken") for one in NAMES[:9]])
    assert course.over
    assert sorted(course.taken) == NAMES[:9]


def test_failures_stop_it_and_what_is_under_way_is_waited_for():
    course = Course(NAMES[:9], at_once=4, failures_max=1)
    order(course)
    course.told([row(NAMES[0], "taken")])
    order(course)
    course.told([row(NAMES[1], "refused", reason="no")])
    assert order(course) == NAMES[5:6]
    course.told([row(NAMES[2], "taken_back", reason="nobody answered")])
    assert course.stopped
    assert order(course) == []
    assert not course.over
    course.told([row(one, "taken") for one in NAMES[3:6]])
    assert course.over
    assert course.failed == {
        NAMES[1]: "refused: no",
        NAMES[2]: "taken_back: nobody answered",
    }
    assert course.left == NAMES[6:9]


def test_an_order_that_the_receiver_refuses_is_a_failure_and_one_taken_before_is_none():
    course = Course(NAMES[:3], at_once=4, failures_max=0)
    course.ordered(row(NAMES[0], "taken"))
    assert course.taken == NAMES[:1]
    course.refused(NAMES[1], "downgrade")
    assert course.over
    assert course.failed == {NAMES[1]: "downgrade"}


def test_a_share_is_the_same_each_time_and_grows():
    small, large = share(NAMES, 10, "a"), share(NAMES, 35, "a")
    assert (len(small), len(large)) == (20, 70)
    assert large[:20] == small == share(list(reversed(NAMES)), 10, "a")
    assert set(small) != set(share(NAMES, 10, "b"))
    assert len(share(NAMES[:3], 1, "a")) == 1
    assert share([], 50, "a") == []

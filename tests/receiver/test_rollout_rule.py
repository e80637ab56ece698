"""What the record says of roll-outs, and whom it says is next."""

from alarm_receiver.domain.rollout import (
    FAILED_SHOWN,
    OTHER,
    chosen,
    course_of,
    due,
    over,
    result_of,
    told,
)

NAMES = [f"{number:016x}" for number in range(10)]
WISH = {
    "version": 0x20000,
    "site": "",
    "percent": 100,
    "at_once": 3,
    "failures": 1,
    "role": "admin",
}


def deed(what, subject, agency="own", **detail):
    return {
        "what": what,
        "subject": subject,
        "agency": agency,
        "actor": "operator:Ada",
        "at_ms": 7,
        "detail": detail,
    }


def begun(*rows):
    return told([deed("begin_roll_out", "one", **WISH), *rows])["one"]


def order(device, state, counter=0x20000, reason=""):
    return {device: {"device": device, "counter": counter, "state": state, "reason": reason}}


def test_it_is_as_it_was_begun():
    one = begun()
    assert (one.name, one.by, one.role, one.begun_ms) == ("2.0.0", "Ada", "admin", 7)
    assert not one.held
    assert not one.ended
    assert one.result is None


def test_held_let_go_on_and_ended_for_good():
    assert begun(deed("hold_roll_out", "one")).held
    assert not begun(deed("hold_roll_out", "one"), deed("go_on_roll_out", "one")).held
    ended = begun(deed("end_roll_out", "one"), deed("go_on_roll_out", "one"))
    assert ended.ended


def test_what_another_agency_or_nobody_says_changes_nothing():
    one = begun(
        deed("end_roll_out", "one", agency="other"),
        deed("hold_roll_out", "two"),
        deed("order_image", NAMES[1], version="2.0.0"),
        deed("order_image", NAMES[1], agency="other", roll_out="one"),
    )
    assert not one.ended
    assert not one.held
    assert one.ordered == {}


def test_whom_it_ordered_for_counts_and_nobody_else():
    one = begun(
        deed("order_image", NAMES[0], roll_out="one"),
        deed("order_image", NAMES[1], roll_out="one"),
        deed("fail_roll_out", NAMES[2], roll_out="one", why="another board"),
    )
    orders = (
        order(NAMES[0], "taken") | order(NAMES[1], "sent", counter=9) | order(NAMES[3], "taken")
    )
    course = course_of(one, NAMES, orders)
    assert course.taken == [NAMES[0]]
    assert course.failed == {NAMES[1]: f"called_off: {OTHER}", NAMES[2]: "another board"}
    assert NAMES[3] in course.left
    assert course.stopped
    assert over(one, course)


def test_nobody_gets_anything_while_it_is_held_or_has_ended():
    for what, count in (None, 1), ("hold_roll_out", 0), ("end_roll_out", 0):
        one = begun(*[deed(what, "one")] * bool(what))
        course = course_of(one, NAMES, {})
        assert len(due(one, course)) == count
        assert over(one, course) is one.ended


def test_ended_it_is_over_once_nothing_is_under_way():
    one = begun(deed("order_image", NAMES[0], roll_out="one"), deed("end_roll_out", "one"))
    assert not over(one, course_of(one, NAMES, order(NAMES[0], "sent")))
    assert over(one, course_of(one, NAMES, order(NAMES[0], "taken")))


def test_what_is_kept_of_it_has_bounds():
    many = [f"{number:016x}" for number in range(FAILED_SHOWN + 5)]
    one = begun(*(deed("fail_roll_out", name, roll_out="one", why="w" * 900) for name in many))
    kept = result_of(course_of(one, many, {}))
    assert (kept["failed"], kept["taken"], kept["left"]) == (len(many), 0, 0)
    assert len(kept["why"]) == FAILED_SHOWN
    assert max(map(len, kept["why"].values())) == 200
    assert begun(deed("finish_roll_out", "one", **kept)).result == kept


def test_a_higher_share_adds_to_a_lower_one():
    few, more = chosen(NAMES, 30, 0x20000), chosen(NAMES, 60, 0x20000)
    assert more[: len(few)] == few
    assert len(more) == 6

"""One button, two together within half a second, or one held: nothing else is a press."""

from keypad.trigger import JAM_MS, Trigger
from plain import raises


def test_single_is_a_press_at_each_closing():
    trigger = Trigger("single")
    assert trigger.changed(0, True, 0)
    assert not trigger.changed(0, False, 100)
    assert trigger.changed(0, True, 200)
    assert trigger.wait_ms(0) is None


def test_dual_needs_both_within_half_a_second():
    trigger = Trigger("dual")
    assert not trigger.changed(0, True, 0)
    assert trigger.changed(1, True, 500)


def test_dual_is_no_press_when_the_second_comes_late_or_the_first_has_opened():
    trigger = Trigger("dual")
    trigger.changed(0, True, 0)
    assert not trigger.changed(1, True, 501)
    trigger.changed(0, False, 600)
    trigger.changed(1, False, 600)
    trigger.changed(0, True, 1000)
    trigger.changed(0, False, 1100)
    assert not trigger.changed(1, True, 1200)


def test_dual_is_one_press_until_both_are_open():
    trigger = Trigger("dual")
    trigger.changed(0, True, 0)
    assert trigger.changed(1, True, 10)
    trigger.changed(1, False, 20)
    assert not trigger.changed(1, True, 30)
    trigger.changed(0, False, 40)
    trigger.changed(1, False, 40)
    trigger.changed(1, True, 50)
    assert trigger.changed(0, True, 60)


def test_hold_is_a_press_after_its_time_and_only_once():
    trigger = Trigger("hold", 300)
    assert not trigger.changed(0, True, 1000)
    assert trigger.wait_ms(1100) == 200
    assert not trigger.tick(1299)
    assert trigger.tick(1300)
    assert not trigger.tick(5000)
    trigger.changed(0, False, 6000)
    trigger.changed(0, True, 7000)
    assert trigger.tick(7300)


def test_hold_is_no_press_when_it_is_let_go():
    trigger = Trigger("hold", 300)
    trigger.changed(0, True, 0)
    trigger.changed(0, False, 299)
    assert not trigger.tick(300)
    assert trigger.wait_ms(300) is None


def test_another_mode_is_refused_by_name():
    assert "treble" in str(raises(ValueError, Trigger, "treble"))


def test_a_contact_that_stays_closed_is_jammed_until_it_opens():
    trigger = Trigger("single")
    assert not trigger.jams(0, False, 1000)
    assert not trigger.jams(0, True, 1000 + JAM_MS - 1)
    assert trigger.jams(0, True, 1000 + JAM_MS)
    assert trigger.jammed == 1
    assert not trigger.jams(0, True, 2000 + JAM_MS)
    assert trigger.jams(0, False, 2001 + JAM_MS)
    assert trigger.jammed == 0
    assert not trigger.jams(0, True, 2002 + JAM_MS)


def test_beside_a_jammed_button_the_other_of_two_calls_alone():
    trigger = Trigger("dual")
    trigger.changed(1, True, 0)
    assert not trigger.changed(0, True, JAM_MS - 1)
    trigger.changed(0, False, JAM_MS)
    assert trigger.jams(1, True, JAM_MS)
    assert trigger.changed(0, True, JAM_MS + 1)
    trigger.changed(0, False, JAM_MS + 200)
    assert trigger.changed(0, True, JAM_MS + 400)
    trigger.changed(1, False, JAM_MS + 500)
    assert trigger.jams(1, False, JAM_MS + 500)
    trigger.changed(0, False, JAM_MS + 600)
    assert not trigger.changed(0, True, JAM_MS + 5000)


def test_what_was_jammed_before_the_start_is_no_news():
    trigger = Trigger("single", jammed=1)
    assert not trigger.jams(0, True, 0)
    assert trigger.jams(0, False, 100)

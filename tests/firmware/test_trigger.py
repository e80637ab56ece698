"""One button, two together within half a second, or one held: nothing else is a press."""

from keypad.trigger import DUAL_MS_MAX, Trigger
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


def test_contacts_that_may_yet_become_a_press_are_under_way():
    hold = Trigger("hold", 300)
    assert not hold.under_way(0)
    hold.changed(0, True, 0)
    assert hold.under_way(299)
    assert hold.tick(300)
    assert not hold.under_way(300)
    dual = Trigger("dual")
    dual.changed(0, True, 0)
    assert dual.under_way(DUAL_MS_MAX)
    assert not dual.under_way(DUAL_MS_MAX + 1)
    assert dual.changed(1, True, 100)
    assert not dual.under_way(100)
    single = Trigger("single")
    single.changed(0, True, 0)
    assert not single.under_way(0)

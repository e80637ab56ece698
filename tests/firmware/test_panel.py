"""The lamps never promise more than was kept, stored or acknowledged; a covert keypad is dark."""

from alarm_wire.receipt import ACKNOWLEDGED, HEARD, STORED, Receipt
from alarm_wire.signal import DURESS, HOLD_UP, PANIC, SILENT, TEST, TROUBLE_PATH
from keypad.panel import HELPED, IDLE, SHOWN_MS, TAKEN, TEST_MS_MAX, TOLD, Lamps, Panel

DEVICE = b"keypad01"
TICKET = b"t" * 16


def told(number, state, ticket=TICKET):
    return Receipt(DEVICE, 1, number, state, ticket=ticket)


def test_a_press_goes_from_taken_to_stored_to_acknowledged_and_back_to_idle():
    panel = Panel(zone=7)
    assert panel.lamps(0) == Lamps(IDLE, trouble=False)
    wish = panel.press()
    assert (wish.kind, wish.flags, wish.zone) == (PANIC, 0, 7)
    assert panel.lamps(0).state == IDLE
    panel.kept(1, 5)
    assert panel.lamps(0).state == TAKEN
    panel.receipt(told(5, STORED), 100)
    assert panel.lamps(100).state == TOLD
    panel.receipt(told(5, ACKNOWLEDGED), 200)
    assert panel.lamps(200).state == HELPED
    assert panel.lamps(200 + SHOWN_MS - 1).state == HELPED
    assert panel.lamps(200 + SHOWN_MS).state == IDLE


def test_a_receipt_for_another_signal_or_a_heartbeat_shows_nothing():
    panel = Panel()
    panel.kept(1, 5)
    panel.receipt(told(4, STORED), 0)
    panel.receipt(told(5, HEARD), 0)
    panel.receipt(Receipt(DEVICE, 2, 5, STORED), 0)
    panel.receipt(told(4, ACKNOWLEDGED, b"u" * 16), 0)
    assert panel.lamps(0).state == TAKEN


def test_acknowledged_counts_for_every_press_of_the_same_ticket():
    panel = Panel()
    panel.kept(1, 5)
    panel.receipt(told(5, STORED), 0)
    panel.receipt(told(4, ACKNOWLEDGED), 0)
    assert panel.lamps(0).state == HELPED


def test_a_stored_receipt_that_comes_late_takes_nothing_back():
    panel = Panel()
    panel.kept(1, 5)
    panel.receipt(told(5, ACKNOWLEDGED), 0)
    panel.receipt(told(5, STORED), 0)
    assert panel.lamps(0).state == HELPED


def test_a_new_press_starts_again_at_taken():
    panel = Panel()
    panel.kept(1, 5)
    panel.receipt(told(5, ACKNOWLEDGED), 0)
    panel.kept(1, 6)
    assert panel.lamps(SHOWN_MS).state == TAKEN


def test_what_a_latched_panel_held_is_shown_again_and_still_answered():
    panel = Panel(latch=True)
    panel.kept(1, 5)
    state, epoch, number = panel.held
    again = Panel(latch=True)
    again.hold(state, epoch, number)
    assert again.lamps(0).state == TOLD  # it waits no more, so it was stored
    again.receipt(told(5, ACKNOWLEDGED), 0)
    assert again.held == (HELPED, 1, 5)
    assert again.lamps(SHOWN_MS).state == HELPED
    again.reset()
    assert again.held == (IDLE, 0, 0)
    again.hold(*again.held)
    assert again.lamps(0).state == IDLE


def test_after_a_duress_code_no_press_is_a_test_and_a_covert_panel_shows_none():
    for covert in (False, True):
        panel = Panel(covert=covert)
        panel.test(0, True)
        panel.trouble(TROUBLE_PATH)
        before = panel.lamps(0)
        panel.duress(1)
        assert panel.lamps(0) == before
        assert panel.press().flags == (SILENT if covert else 0)
        panel.kept(1, 5)
        assert panel.lamps(0).state == (IDLE if covert else TAKEN)
        panel.test(0, False)
        panel.test(0, True)
        assert panel.press().flags == TEST


def test_trouble_is_shown_beside_the_rest():
    panel = Panel()
    panel.trouble(TROUBLE_PATH)
    assert panel.lamps(0) == Lamps(IDLE, trouble=True)


def test_a_covert_panel_sends_a_silent_hold_up_and_is_dark_whatever_happens():
    panel = Panel(covert=True)
    wish = panel.press()
    assert (wish.kind, wish.flags) == (HOLD_UP, SILENT)
    dark = Lamps(IDLE, trouble=False)
    panel.kept(1, 1)
    panel.trouble(0xFFFF)
    assert panel.lamps(0) == dark
    panel.receipt(told(1, STORED), 0)
    assert panel.lamps(0) == dark
    panel.receipt(told(1, ACKNOWLEDGED), 0)
    assert panel.lamps(0) == dark


def test_duress_is_silent_on_any_panel_and_changes_nothing_that_is_shown():
    panel = Panel(zone=3)
    panel.kept(1, 1)
    wish = panel.duress(2)
    assert (wish.kind, wish.flags, wish.zone, wish.value) == (DURESS, SILENT, 3, 2)
    assert panel.lamps(0) == Lamps(TAKEN, trouble=False)


def test_a_test_mode_that_a_duress_code_began_looks_as_any_is_not_told_and_marks_nothing():
    for covert in (False, True):
        own, forced = Panel(covert=covert), Panel(covert=covert)
        assert own.test(0, True)
        forced.duress(1)
        assert not forced.test(0, True, True)
        assert (own.marking, forced.marking) == (True, False)
        assert own.lamps(0) == forced.lamps(0) == Lamps(IDLE, trouble=True)
        assert (own.press().flags, forced.press().flags) == (TEST, SILENT if covert else 0)
        # neither a code nor half an hour makes anything of it, and the next one is as always
        assert not forced.test(1, True)
        assert forced.press().flags != TEST
        assert not forced.test_over(TEST_MS_MAX + 1)
        assert not forced.testing
        assert forced.test(0, True)
        assert forced.press().flags == TEST


def test_a_duress_code_that_ends_the_test_mode_ends_it_and_that_is_told():
    own, forced = Panel(), Panel()
    for panel in (own, forced):
        panel.test(0, True)
        panel.kept(1, 1)
    forced.duress(1)
    assert own.test(0, False)
    assert forced.test(0, False, True)
    assert own.lamps(0) == forced.lamps(0)
    assert not forced.testing


def test_a_latched_panel_stays_acknowledged_until_it_is_reset():
    panel = Panel(latch=True)
    panel.kept(1, 5)
    panel.receipt(told(5, ACKNOWLEDGED), 0)
    assert panel.lamps(10 * SHOWN_MS).state == HELPED
    panel.reset()
    assert panel.lamps(10 * SHOWN_MS).state == IDLE


def test_the_test_mode_shows_each_step_even_on_a_covert_panel_and_marks_the_press():
    panel = Panel(covert=True)
    assert panel.test(0, True)
    assert not panel.test(0, True)
    wish = panel.press()
    assert (wish.kind, wish.flags) == (HOLD_UP, TEST)
    panel.kept(1, 9)
    assert panel.lamps(0).state == TAKEN
    assert panel.duress(1).flags == SILENT


def test_the_test_mode_ends_by_itself():
    panel = Panel()
    panel.test(0, True)
    assert not panel.test_over(TEST_MS_MAX - 1)
    assert panel.test_over(TEST_MS_MAX)
    assert not panel.test_over(TEST_MS_MAX)
    assert panel.press().flags == 0

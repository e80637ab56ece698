"""Policies: within bounds, and each round has a wait and its people."""

import pytest

from alarm_receiver.domain.escalation import Policy, Step, TicketClass, check_target, unfit

DESK, BOSS = ("role:operator",), ("role:supervisor", "team:Night")
TWO = Policy((Step(10, DESK), Step(60, BOSS)), 300, 900)


def test_each_round_has_the_wait_and_the_people_of_its_step_and_the_last_repeats_for_ever():
    assert [TWO.targets(round_) for round_ in (0, 1, 2, 1_000)] == [DESK, BOSS, BOSS, BOSS]
    assert [TWO.waits.open_wait_ms(n) for n in (0, 1, 2, 1_000)] == [10_000, *[60_000] * 3]
    assert (TWO.waits.acknowledged_ms, TWO.waits.dispatched_ms) == (300_000, 900_000)


def test_a_wait_has_a_second_to_a_day_and_a_policy_one_to_twenty_steps():
    for wait_s in (1, 86_400):
        Policy((Step(wait_s),), wait_s, wait_s)
    for wait_s in (0, 86_401):
        for waits in ((wait_s, 1, 1), (1, wait_s, 1), (1, 1, wait_s)):
            with pytest.raises(ValueError, match=r"1 to 86400 seconds, not"):
                Policy((Step(waits[0]),), *waits[1:])
    Policy((Step(1),) * 20, 1, 1)
    for count in (0, 21):
        with pytest.raises(ValueError, match="1 to 20 steps, not"):
            Policy((Step(1),) * count, 1, 1)


def test_an_emergency_goes_on_within_five_minutes_and_to_somebody():
    assert not unfit(TicketClass.EMERGENCY, Policy((Step(300, DESK),), 1, 1))
    assert "not 301" in unfit(TicketClass.EMERGENCY, Policy((Step(301, DESK), Step(1, DESK)), 1, 1))
    assert "page somebody" in unfit(TicketClass.EMERGENCY, Policy((Step(1, DESK), Step(1)), 1, 1))
    assert not unfit(TicketClass.TECHNICAL, Policy((Step(86_400),), 1, 1))


def test_a_target_is_a_kind_that_is_known_and_a_name():
    for target in ("role:x", "operator:x", "agency:*", "team:x", "shift:*", "team:" + "x" * 75):
        check_target(target)
    for target in ("", "role", "role:", ":x", "site:x", "team:" + "x" * 76):
        with pytest.raises(ValueError, match="a target is NAME"):
            check_target(target)
    with pytest.raises(ValueError, match="a target is NAME"):
        Policy((Step(1), Step(1, ("nobody",))), 1, 1)


@pytest.mark.parametrize(
    ("class_", "position", "first_ms"),
    [
        (TicketClass.EMERGENCY, 0, (10_000, 60_000)),
        (TicketClass.EMERGENCY, 1, (10_000, 10_000, 60_000)),
        (TicketClass.EMERGENCY, 2, (20_000, 10_000, 60_000)),
        (TicketClass.TECHNICAL, 1, (10_000, 10_000, 10_000, 60_000)),
    ],
)
def test_a_receiver_further_back_waits_out_the_head_start_first(class_, position, first_ms):
    assert TWO.waits.behind(class_, position).open_ms == first_ms

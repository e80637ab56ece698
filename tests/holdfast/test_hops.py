"""Journeys are put together from log lines of three programs, in whatever order they come."""

from holdfast.hops import JOURNEYS_MAX, Hops

DEVICE = "0001020304050607"


def test_a_press_belongs_to_the_next_signal_that_is_taken():
    hops = Hops()
    hops.pressed(DEVICE, 100.0)
    journey = hops.note("taken", DEVICE, 1, 5, 100.025)
    assert journey.ms("taken") is not None
    assert abs(journey.ms("taken") - 25.0) < 0.01
    assert hops.note("taken", DEVICE, 1, 6, 100.5).ms("taken") is None


def test_hops_may_come_out_of_order_and_only_the_first_time_counts():
    hops = Hops()
    hops.pressed(DEVICE, 10.0)
    hops.note("committed", DEVICE, 1, 1, 10.040)
    hops.note("taken", DEVICE, 1, 1, 10.020)
    journey = hops.note("committed", DEVICE, 1, 1, 99.0)
    assert round(journey.ms("committed"), 3) == 40.0
    assert round(journey.ms("committed", "taken"), 3) == 20.0
    assert journey.complete("committed")
    assert not journey.complete("stored")
    assert journey.ms("stored") is None


def test_devices_and_boots_are_kept_apart():
    hops = Hops()
    one = hops.note("taken", DEVICE, 1, 1, 1.0)
    assert hops.note("taken", DEVICE, 2, 1, 1.0) is not one
    assert hops.note("taken", "ff" * 8, 1, 1, 1.0) is not one
    assert len(hops.journeys) == 3


def test_old_journeys_make_room():
    hops = Hops()
    for number in range(JOURNEYS_MAX + 5):
        hops.note("taken", DEVICE, 1, number, 1.0)
    assert len(hops.journeys) == JOURNEYS_MAX
    assert (DEVICE, 1, 0) not in hops.journeys

"""How far help is, and until when somebody must say something."""

import pytest

from alarm_receiver.domain import dispatch

PRAGUE, BRNO = (50_087_000, 14_421_000), (49_195_000, 16_607_000)


def test_distances_are_those_of_the_globe():
    assert dispatch.distance_km(PRAGUE, PRAGUE) == 0
    assert dispatch.distance_km(PRAGUE, BRNO) == pytest.approx(186.0, abs=0.5)
    assert dispatch.distance_km((0, 179_999_000), (0, -179_999_000)) < 1


@pytest.mark.parametrize(("km", "minutes"), [(0, 1), (4, 9), (10_000, 240)])
def test_an_estimate_is_whole_minutes_and_bounded(km, minutes):
    assert dispatch.expected_s(km) == minutes * 60


@pytest.mark.parametrize(
    ("act", "detail", "emergency", "due_ms"),
    [
        ("dispatch", {}, True, 1_120_000),
        ("dispatch", {}, False, 2_200_000),
        ("underway", {"expected_s": 300}, True, 1_420_000),
        ("arrived", {}, True, 2_200_000),
        ("note", {}, True, 1_234_567),
    ],
)
def test_only_help_itself_moves_the_deadline(act, detail, emergency, due_ms):
    found = dispatch.due_ms(
        act, 1_234_567, 1_000_000, detail, wait_ms=1_200_000, emergency=emergency
    )
    assert found == due_ms

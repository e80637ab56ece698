"""The wall: its figures are the plain counts of what happened, within two seconds (A19)."""

import random
import re

import pytest

from alarm_receiver.store import wall
from alarm_wire import signal as wire
from longer import longer
from receiving import wait_for


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


def counted(tickets):
    """The same figures from what the API tells, one ticket at a time."""
    emergencies = [one for one in tickets if one["class"] == "emergency"]
    return {
        "opened": len(tickets),
        "emergencies": len(emergencies),
        "waiting": sum(one["state"] == "open" for one in emergencies),
        "worked": sum(one["state"] in ("acknowledged", "dispatched") for one in tickets),
    }


def everything(house):
    found, after = [], None
    while True:
        query = {"limit": 200} | ({"after": after} if after else {})
        answer = house.client.http.get("/v1/tickets", params=query).json()
        found += answer["tickets"]
        after = answer["next"]
        if not after:
            return found


def shown(page):
    """Figures of the wall by their words."""
    rows = page.locator(".figure").evaluate_all(
        "all => all.map(one => [one.querySelector('dt').textContent, "
        "one.querySelector('dd').textContent.trim()])"
    )
    figures = {words: value for words, value in rows if re.fullmatch(r"[\d,]+", value)}
    return {
        "opened": int(figures["tickets opened"]),
        "emergencies": int(figures["emergencies"]),
        "waiting": int(figures["emergencies waiting"]),
        "worked": int(figures["being worked on"]),
    }


@pytest.mark.parametrize("events", [12, longer(100)])
def test_the_wall_equals_the_count_after_each_of_many_events(house, desk, events):
    rng = random.Random(19)
    keypads = [house.keypad(f"Place {number}") for number in range(5)]
    page = desk.open("/wall")
    for _ in range(events):
        live = [one for one in everything(house) if one["state"] != "closed"]
        what = rng.choice(("press", "press", "take", "close"))
        if what == "press" or not live:
            house.press(rng.choice(keypads), rng.choice((wire.PANIC, wire.BATTERY_LOW)))
        else:
            one = rng.choice(live)
            version = one["version"]
            if one["state"] == "open":
                version = house.client.act(one["id"], "acknowledge", version).json()["version"]
            if what == "close":
                house.client.act(one["id"], "close", version, outcome="false_alarm")
        truth = counted(everything(house))
        wait_for(lambda truth=truth: shown(page) == truth, timeout_s=5)


@pytest.mark.parametrize(
    ("values", "share", "said"),
    [([], 0.5, None), ([7], 0.95, 7), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 101)), 0.95, 95)],
)
def test_a_percentile_is_the_value_that_this_share_does_not_exceed(values, share, said):
    assert wall.percentile(values, share) == said


def test_more_than_ten_emergencies_in_ten_minutes_are_called_a_flood(house, desk):
    page = desk.open("/wall")
    for number in range(11):
        house.press(house.keypad(f"Flooded {number}"))
    page.locator(".wall [role=alert]", has_text="Flood").wait_for()

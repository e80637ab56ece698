"""Sending help: the nearest unit with two keys, a deadline until it confirms; floor plans."""

import pytest

from alarm_receiver.domain import dispatch
from alarm_wire import signal as wire
from receiving import wait_for
from tests.browser.conftest import card

PLAN = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 400 200'>"
    "<rect x='10' y='10' width='380' height='180' fill='none' stroke='#000'/></svg>"
)
PRAGUE = {"latitude": 50.087, "longitude": 14.421}
NORTH = {"latitude": 50.123, "longitude": 14.421}  # four kilometres
UNITS = (
    ("Patrol 3", "police", NORTH),
    ("Patrol 7", "police", PRAGUE),
    ("Guard 1", "guard", PRAGUE),
)


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


@pytest.fixture
def spotted(house):
    """A keypad at a site whose place on the map is known, and units around it."""
    keypad = house.keypad("Mint", "Vault")
    done = house.client.http.put(f"/v1/sites/{keypad.site}/spot", json=PRAGUE)
    assert done.status_code == 204, done.text
    for name, kind, spot in UNITS:
        done = house.client.http.put(f"/v1/units/{name}", json={"kind": kind, "spot": spot})
        assert done.status_code == 204, done.text
    return keypad


def take(house, desk, keypad, **options):
    page = desk.open(**options)
    ticket = house.press(keypad, wire.HOLD_UP, flags=wire.SILENT)
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')
    return page, ticket


def test_two_keys_send_the_nearest_unit_that_suits(house, desk, spotted):
    """S3: units by kind, then free, then near; F9 chooses the first, F9 again sends it."""
    page, ticket = take(house, desk, spotted)
    rows = page.locator(".unit").all_inner_texts()
    assert rows[0].startswith("Patrol 7")
    assert "4 km" in rows[1]
    assert "about 9 min" in rows[1]
    page.keyboard.press("F9")
    page.locator("#said", has_text="Press F9 again").wait_for()
    assert house.client.ticket(ticket)["state"] == "acknowledged"
    page.keyboard.press("F9")
    page.wait_for_selector('section.help[data-help="sent"]')
    (sent,) = [one for one in house.client.ticket(ticket)["entries"] if one["act"] == "dispatch"]
    assert sent["detail"]["unit"] == "Patrol 7"
    left = page.locator(".help [data-until]")
    wait_for(lambda: left.inner_text().startswith(("1:", "2:00")))
    page.fill(".help [name=minutes]", "5")
    page.locator(".help button", has_text="Confirmed").click()
    page.wait_for_selector('section.help[data-help="underway"]')
    wait_for(lambda: page.locator(".help [data-until]").inner_text().startswith(("4:", "5:00")))
    page.locator(".help button", has_text="Arrived").click()
    page.wait_for_selector('section.help[data-help="arrived"]')
    acts = [one["act"] for one in house.client.ticket(ticket)["entries"]]
    assert acts[-3:] == ["dispatch", "underway", "arrived"]


def test_a_unit_that_is_out_stands_behind_a_free_one(house, desk, spotted):
    _, first = take(house, desk, spotted)
    version = house.client.ticket(first)["version"]
    done = house.client.act(first, "dispatch", version, to="Patrol 7", unit="Patrol 7")
    assert done.status_code == 200, done.text
    page, _ = take(house, desk, house.keypad("Depot"))
    names = page.locator(".unit input").evaluate_all("all => all.map(one => one.value)")
    assert names == ["Patrol 3", "Patrol 7", "Guard 1"]
    assert "busy" in page.locator(".unit", has_text="Patrol 7").inner_text()
    refused = house.client.act(first, "dispatch", version + 1, to="x", unit="Nobody 9")
    assert refused.status_code == 409
    assert "no unit" in refused.text


def test_help_that_nobody_confirms_brings_the_ticket_back(house, desk, spotted, monkeypatch):
    """S3: no answer in time escalates."""
    monkeypatch.setattr(dispatch, "CONFIRM_MS", 1_500)
    page, ticket = take(house, desk, spotted)
    page.keyboard.press("F9")
    page.keyboard.press("F9")
    page.wait_for_selector('section.help[data-help="sent"]')
    wait_for(lambda: house.client.ticket(ticket)["state"] == "open")
    card(page, ticket).locator("button.take").wait_for()


def test_the_ticket_shows_the_keypads_place_and_the_way_in(house, desk, spotted):
    """S2, S10: an installer uploads the plan and marks it, by pointing and by figures."""
    page = desk.open(f"/sites/{spotted.site}")
    page.locator("summary", has_text="Add or replace a floor plan").click()
    form = page.locator("form[enctype]")
    plan = {"name": "ground.svg", "mimeType": "image/svg+xml", "buffer": PLAN.encode()}
    form.locator("[name=picture]").set_input_files(plan)
    form.locator("button").click()
    page.locator("figure.plan").wait_for()
    page.locator("summary", has_text="Mark keypads").click()
    page.select_option("[name=what]", label="Vault")
    page.locator("input.point").click(position={"x": 160, "y": 80})
    page.locator(".plan-names", has_text="Vault").wait_for()
    page.locator("summary", has_text="Mark keypads").click()
    page.select_option("[name=what]", "way_in")
    page.fill("form[action$='/mark'] [name=x]", "50")
    page.fill("form[action$='/mark'] [name=y]", "100")
    page.locator("form[action$='/mark'] button", has_text="Mark").click()
    page.locator(".plan-names", has_text="Way in").wait_for()
    (floor,) = house.client.http.get(f"/v1/sites/{spotted.site}/floors").json()
    (place,) = floor["places"]
    assert (place["x"], place["y"]) == (2500, 2500)
    page, _ = take(house, desk, spotted, language="he")
    here = page.locator("figure.plan .spot.here")
    assert here.get_attribute("transform").startswith("translate(100.0 50.0)")
    assert page.locator("figure.plan .way").count() == 1
    assert page.locator(".plan-names .here").inner_text().split()[-1] == "Vault"
    loaded = "async () => (await fetch(document.querySelector('.plan image').href.baseVal)).ok"
    assert page.evaluate(loaded)


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("plan.pdf", b"%PDF-1.7", "SVG or a PNG"),
        ("plan.svg", b"<svg viewBox='0 0 9 9'><script>1</script></svg>", "script"),
    ],
)
def test_what_is_no_plan_is_refused_in_words(desk, spotted, name, body, said):
    page = desk.open()
    refused = page.request.post(
        f"/sites/{spotted.site}/floors",
        multipart={
            "floor": "0",
            "name": "Cellar",
            "picture": {"name": name, "mimeType": "image/svg+xml", "buffer": body},
        },
    )
    assert refused.status == 422
    assert said in refused.text()


@pytest.mark.usefixtures("spotted")
def test_units_are_kept_in_the_directory(desk):
    page = desk.open("/directory")
    assert page.locator("tr", has_text="Guard 1").count() == 1
    page.locator("summary", has_text="Add or change a unit").click()
    form = page.locator("form[action='/units']")
    form.locator("[name=name]").fill("Ambulance 12")
    form.locator("[name=kind]").select_option("ambulance")
    form.locator("[name=spot]").fill("91, 14")
    form.locator("button").click()
    page.locator("main [role=alert]", has_text="That was not accepted").wait_for()
    assert form.locator("[name=name]").input_value() == "Ambulance 12"
    form.locator("[name=spot]").fill("50.09, 14.43")
    form.locator("button").click()
    row = page.locator("tr", has_text="Ambulance 12")
    row.wait_for()
    assert "50.090000, 14.430000" in row.inner_text()
    row.locator("summary").click()
    row.locator("button").click()
    row.wait_for(state="detached")

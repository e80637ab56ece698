"""Sites, tests and people: what installers, supervisors, administrators do (A14, A15)."""

import csv
import io
import re
import time

import httpx
import pytest
from playwright.sync_api import expect

from alarm_wire import frame, seal
from alarm_wire import signal as wire
from alarm_wire.signal import TROUBLE_BATTERY, TROUBLE_PATH, Heartbeat
from receiving import PASSWORD, wait_for
from tests.browser.conftest import card

PHONE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


def test_the_walk_test_ticks_each_button_and_lists_the_rest(house, desk):
    counter = house.keypad("Bank branch", "Counter")
    office = house.beside(counter, zone=2, zone_name="Office")
    page = desk.open(f"/sites/{counter.site}/walk", viewport=PHONE)
    page.locator("form button", has_text="Put on test").click()
    page.locator("text=On test until").first.wait_for()
    assert page.locator("#on-test [data-on-test]").count() == 1
    began = time.monotonic()
    ticket = house.press(counter, wire.HOLD_UP)
    asked = page.locator(".buttons [data-standing=asked]", has_text="Counter")
    asked.wait_for()
    assert time.monotonic() - began <= 30
    assert page.locator(".buttons [data-done]").count() == 0, "nobody has vouched for it"
    asked.get_by_role("button", name="It was the walk test").click()
    page.locator(".buttons [data-done]", has_text="Counter").wait_for()
    assert page.locator(".buttons [data-standing]").count() == 0
    assert page.locator(".buttons li:not([data-done])", has_text="Office").count() == 1
    assert card(page, ticket).count() == 1, "a hold-up in a test is shown like any other"
    assert house.client.ticket(ticket)["class"] == "emergency"
    assert "Site on test" in card(page, ticket).inner_text()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    report = page.request.get(f"/sites/{counter.site}/walk.csv")
    rows = list(csv.DictReader(io.StringIO(report.text())))
    pressed = {row["Place"]: row["Received (UTC)"] for row in rows}
    assert pressed["Office"] == "not pressed"
    assert pressed["Counter"].endswith("Z")
    assert office.device.hex() in report.text()
    assert [row["Standing"] for row in rows] == ["vouched", ""]
    listed = house.client.http.get(f"/v1/sites/{counter.site}/presses").json()
    assert [one["press"] and one["press"]["ticks"] for one in listed["buttons"]] == [True, None]
    page.locator("button", has_text="End the test").click()
    page.locator("form button", has_text="Put on test").wait_for()


def test_a_test_ends_by_itself_after_four_hours_at_the_most(house, desk):
    keypad = house.keypad("Pharmacy")
    page = desk.open(f"/sites/{keypad.site}")
    minutes = page.locator("form[action$='/tests'] input[name=minutes]")
    assert minutes.input_value() == "30"
    assert minutes.get_attribute("max") == "240"
    refused = page.request.post(
        f"/sites/{keypad.site}/tests", form={"minutes": 241, "reason": "too long"}
    )
    assert refused.status == 422
    minutes.fill("11")
    page.fill("form[action$='/tests'] input[name=reason]", "Battery change")
    page.locator("button", has_text="Put on test").click()
    page.locator("text=On test until").first.wait_for()
    assert page.locator("#main .mark", has_text="ends soon").count() == 0
    clock = house.receiver.receiver.context.clock
    try:
        clock._offset_ns += 61 * 10**9
        page.reload()
        page.locator("#main .mark", has_text="ends soon").wait_for()  # ten minutes before
        page.locator("#on-test [data-ending]").wait_for()  # warned of on every screen
        page.goto("/sites")
        page.locator("tr", has_text="Battery change").wait_for()
        clock._offset_ns += 600 * 10**9
        page.reload()
        page.locator("text=No site is on test.").wait_for()
        page.goto(f"/sites/{keypad.site}")
        page.locator("button", has_text="Put on test").wait_for()
    finally:
        clock._offset_ns -= 661 * 10**9


def test_keyholders_are_kept_and_their_words_are_checked_not_shown(house, desk):
    keypad = house.keypad("Gallery")
    page = desk.open(f"/sites/{keypad.site}")
    page.locator("summary", has_text="Add a keyholder").click()
    form = page.locator(f"form[action='/sites/{keypad.site}/keyholders']")
    for name, value in (
        ("name", "Jana Nová"),
        ("phone", "+420 602 111 222"),
        ("password", "harvest moon"),
        ("duress", "winter sun"),
    ):
        form.locator(f"[name={name}]").fill(value)
    form.locator("button").click()
    page.locator("tr", has_text="Jana Nová").wait_for()
    assert "harvest" not in page.content()
    ticket = house.press(keypad, wire.HOLD_UP, flags=wire.SILENT)
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector("article.sheet")
    assert page.locator(".keyholders .phone").inner_text() == "+420 602 111 222"
    for word, said in (("blue sky", "The word is wrong"), ("Harvest  Moon", "The word is right")):
        page.fill("form.word [name=said]", word)
        page.locator("form.word button").click()
        page.locator("main [role=alert]", has_text=said).wait_for()
        page.locator("main a.button").click()
        page.wait_for_selector("article.sheet")
    page.fill("form.word [name=said]", "winter sun")
    page.locator("form.word button").click()
    page.locator("main [role=alert]", has_text="Duress word").wait_for()
    entries = house.client.ticket(ticket)["entries"]
    assert any(one["act"] == "security" for one in entries)


def test_a_silent_hold_up_offers_no_way_to_ring_the_site(house, desk):
    keypad = house.keypad("Post office")
    done = house.client.http.patch(f"/v1/sites/{keypad.site}", json={"phone": "+420 222 333 444"})
    assert done.status_code == 200
    operator = house.person("Cyril")
    page = desk.open(name=operator)
    ticket = house.press(keypad, wire.HOLD_UP, flags=wire.SILENT)
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector("article.sheet")
    assert "Do not ring the site" in page.locator(".never").inner_text()
    assert "+420 222 333 444" not in page.content()
    assert page.locator("select[name=target] option").all_inner_texts() == [
        "A keyholder",
        "Agency or police",
    ]
    version = house.client.ticket(ticket)["version"]
    tried = page.request.post(
        f"/tickets/{ticket}/call",
        form={"version": version, "target": "premises"},
        headers={"Accept": "application/json"},
    )
    assert tried.status == 409


def test_details_of_a_site_are_changed_and_a_bad_value_is_refused_in_words(house, desk):
    keypad = house.keypad("Kiosk")
    page = desk.open(f"/sites/{keypad.site}")
    known = page.get_by_role("region", name="What is known")
    known.locator("summary", has_text="Change").click()
    form = page.locator("form[action$='/details']")
    form.locator("[name=address]").fill("Dlouhá 12, Praha")
    form.locator("[name=hazards]").fill("Gas bottles in the cellar")
    form.locator("button").click()
    page.locator(".facts", has_text="Gas bottles in the cellar").wait_for()
    page.goto("/directory")
    page.fill("#wanted", "nobody of this name")
    page.locator("#found", has_text="Nobody found").wait_for()


def test_people_are_made_with_a_role_and_shut_out_at_once(desk):
    page = desk.open("/people")
    page.fill("form[action='/people'] [name=name]", "Dora")
    page.select_option("form[action='/people'] [name=role]", "installer")
    page.fill("form[action='/people'] [name=password]", PASSWORD)
    page.locator("form[action='/people'] button").click()
    row = page.locator("tr", has_text="Dora")
    row.wait_for()
    assert "Installer" in row.inner_text()
    theirs = desk.open(name="Dora", watch=False)
    assert theirs.url.endswith("/sites")
    assert not theirs.locator(".queue").is_visible()
    for path in ("/people", "/record", "/wall", "/queue/cards", "/queue/stream"):
        assert theirs.request.get(path).status == 403, path
    assert theirs.request.post("/queue/take").status == 403
    assert theirs.request.get("/sites").ok
    row.locator("summary", has_text="Shut out").click()
    row.locator("form[action$='/disable'] button").click()
    wait_for(lambda: "shut out" in page.locator("tr", has_text="Dora").inner_text())
    assert "/sign-in" in theirs.request.get("/sites").url
    page.goto("/record?wanted=dora")
    assert page.locator("tbody tr").count() >= 2


def test_an_operator_does_not_see_people_nor_record(house, desk):
    page = desk.open(name=house.person("Emil"))
    assert page.locator("nav.side a[href='/people']").count() == 0
    for path in ("/people", "/record"):
        assert page.request.get(path).status == 403


def test_what_a_spreadsheet_would_run_is_inert(house, desk):
    keypad = house.keypad("=cmd|'/c calc'!A0", "+Counter")
    page = desk.open()
    text = page.request.get(f"/sites/{keypad.site}/walk.csv").text()
    assert "'=cmd" in text
    assert "'+Counter" in text


def test_nobody_gets_in_without_signing_in(house):
    with httpx.Client(base_url=house.url) as stranger:
        for path in ("/", "/mine", "/wall", "/sites", "/directory", "/people", "/record"):
            answer = stranger.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/sign-in")
        assert stranger.get("/sign-in?back=//evil.example").status_code == 200
        entered = stranger.post(
            "/sign-in?back=//evil.example", data={"name": "Ada", "password": PASSWORD}
        )
        assert entered.headers["location"] == "/"


def test_a_site_shows_how_its_devices_are_as_they_tell_it(house, desk):
    """S10: supplies, radio, firmware and trouble come with heartbeats."""
    keypad = house.keypad("Observatory", "Dome")
    beat = Heartbeat(
        keypad.device,
        1,
        1,
        battery_mv=3_870,
        mains_mv=12_400,
        rssi_dbm=-61,
        firmware=2 << 16 | 7 << 8 | 1,
        pending=3,
        trouble=TROUBLE_BATTERY | TROUBLE_PATH,
    )
    house.client.send(frame.seal_heartbeat(beat, seal.Signer(keypad.key, seal.HEARTBEAT)))
    page = desk.open()
    row = page.locator("tr", has_text=keypad.device.hex())

    def told():
        page.goto(f"/sites/{keypad.site}")
        return "2.7.1" in row.inner_text()

    wait_for(told)
    said = row.inner_text()
    for words in ("3.87 V", "12.4 V", "-61 dBm", "Battery low", "Path", "Dome"):
        assert words in said
    assert "№ 2" not in said
    changed = house.client.http.post(
        f"/v1/devices/{keypad.device.hex()}/key", json={"key": "5a" * 32}
    )
    assert changed.is_success, changed.text
    page.goto(f"/sites/{keypad.site}")
    expect(row).to_contain_text("№ 2")  # its second key, in use since today


def test_a_certificate_says_how_long_it_lasts_and_its_end_is_put_before_people(house, desk):
    counter = house.keypad("Watchmaker", "Counter")
    client, expiry = house.client, house.receiver.receiver.expiry

    def told(days):
        hour = int(time.time()) // 3600 + 24 * days + 1
        client.send(counter.press(wire.CERTIFICATE, zone=wire.CERTIFICATE_OWN, value=hour))
        expiry._turn()

    page = desk.open(f"/sites/{counter.site}")
    row = page.locator("tr", has_text=counter.device.hex())
    expect(row).to_contain_text("Pre-shared key, since")
    told(200)
    page.reload()
    expect(row).to_contain_text("200 days left")
    assert row.locator(".mark.ends").count() == 0
    told(30)
    page.reload()
    expect(row.locator(".mark.ends[data-standing=soon] .shape")).to_be_visible()
    expect(row.locator(".mark.ends")).to_have_text(re.compile("^ *30 days left *$"))
    assert client.tickets(site=counter.site) == []
    told(13)
    page.reload()
    expect(row.locator(".mark.ends[data-standing=late]")).to_contain_text("13 days left: renew it")
    (ticket,) = client.tickets(site=counter.site)
    assert (ticket["class"], ticket["kind"]) == ("technical", "certificate_ends")
    expect(card(page, ticket["id"])).to_contain_text("Certificate ends")
    page.goto("/sites")
    listed = page.locator("section", has_text="Certificates that end soon").locator("tbody tr")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Watchmaker")
    page.goto("/wall")
    figure = page.locator(".figure", has_text="certificates that end within 30 days")
    expect(figure.locator("dd")).to_have_text("1")
    told(365)
    card(page, ticket["id"]).wait_for(state="detached")
    page.goto("/sites")
    expect(page.locator("text=None ends within 30 days.")).to_be_visible()


def test_parked_tickets_say_why_and_when_they_come_back(house, desk):
    """S4: mine and those of others, each with its reason and the time that is left."""
    ticket = house.press(house.keypad("Bakery"))
    other = house.person("Zora")
    theirs = desk.open(name=other)
    card(theirs, ticket).wait_for()
    theirs.keyboard.press("F2")
    theirs.wait_for_selector("article.sheet")
    theirs.locator("summary", has_text="Park").click()
    theirs.fill("form[action$='/park'] [name=reason]", "Keyholder calls back")
    theirs.locator("form[action$='/park'] button").click()
    wait_for(lambda: house.client.ticket(ticket)["entries"][-1]["act"] == "park")
    page = desk.open("/mine")
    row = page.locator("tr", has_text="Bakery")
    assert "Keyholder calls back" in row.inner_text()
    assert "Zora" in row.inner_text()
    left = row.locator("[data-until]")
    wait_for(lambda: left.inner_text()[:2] in ("4:", "5:"))

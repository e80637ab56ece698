"""A supervisor passes on what somebody else holds: from ticket, queue, wall and list; by key and by
mouse; against the version that he saw; and both holders are told on their screens."""

import pytest
from playwright.sync_api import expect

from alarm_wire import signal as wire
from receiving import wait_for
from tests.browser.conftest import card


@pytest.fixture(scope="module", autouse=True)
def people(house):
    house.person("Bela")
    house.person("Cyril")
    house.person("Dora", "supervisor")


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


def take(page, ticket):
    """Take `ticket`, the only one that waits, by key."""
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')


def held_by(house, ticket):
    return house.client.ticket(ticket)["holder"]


def reasons(house, ticket):
    entries = house.client.ticket(ticket)["entries"]
    return [one["detail"]["reason"] for one in entries if one["act"] == "transfer"]


def test_both_holders_are_told_who_did_it_and_why(house, desk):
    """Three consoles, in three languages; the supervisor uses keys alone."""
    bela, cyril = desk.open(name="Bela"), desk.open(name="Cyril", language="he")
    dora = desk.open(name="Dora", language="fa")
    ticket = house.press(house.keypad("Jeweller"), wire.HOLD_UP)
    take(bela, ticket)
    held = card(dora, ticket).locator(".pass")
    held.wait_for()
    held.focus()
    dora.keyboard.press("F7")
    dora.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')
    choice = dora.locator("#main select[data-pass-on]")
    expect(choice).to_be_focused()
    choice.select_option("Cyril")
    dora.keyboard.press("Tab")
    dora.keyboard.insert_text("Bela has two others")
    dora.keyboard.press("Enter")
    wait_for(lambda: held_by(house, ticket) == "operator:Cyril")
    assert reasons(house, ticket) == ["Bela has two others"]
    for page in (bela, cyril):
        told = page.locator("#told > div")
        expect(told).to_have_count(1)
        expect(told).to_contain_text("Dora")
        expect(told).to_contain_text("Jeweller")
        expect(told).to_contain_text("Bela has two others")
    expect(bela.locator("#told")).to_contain_text("Cyril")
    expect(dora.locator("#told > div")).to_have_count(0)
    # What the old holder may no longer do is gone from his screen; the new one has it in one press.
    expect(bela.locator("#main form[data-draft=close]")).to_have_count(0)
    cyril.locator("#told > div a").click()
    cyril.wait_for_selector(f'article.sheet[data-ticket="{ticket}"] form[data-draft=close]')
    expect(cyril.locator("#told > div")).to_have_count(0)
    bela.locator("#told > div button").click()
    expect(bela.locator("#told > div")).to_have_count(0)


def test_what_the_old_holder_typed_is_not_lost(house, desk):
    bela = desk.open(name="Bela")
    ticket = house.press()
    take(bela, ticket)
    bela.fill('form[data-draft="note"] textarea', "The neighbour has a key")
    version = house.client.ticket(ticket)["version"]
    done = house.client.act(ticket, "transfer", version, to="Cyril", reason="shift ends")
    assert done.status_code == 200, done.text
    bela.locator("#told > div").wait_for()
    expect(bela.locator("#main form[data-draft=close]")).to_have_count(0)
    text = bela.locator('form[data-draft="note"] textarea')
    expect(text).to_have_value("The neighbour has a key")


def test_a_version_that_is_old_is_refused_with_what_happened(house, desk):
    bela = desk.open(name="Bela")
    ticket = house.press()
    take(bela, ticket)
    # Without a link the page stays as it was read: what happens meanwhile is not on it.
    dora = desk.open(f"/tickets/{ticket}", name="Dora", java_script_enabled=False)
    dora.select_option("select[data-pass-on]", "Dora")
    dora.fill("#main form[data-draft=transfer] input[name=reason]", "I know the owner")
    version = house.client.ticket(ticket)["version"]
    done = house.client.act(ticket, "transfer", version, to="Cyril", reason="shift ends")
    assert done.status_code == 200, done.text
    dora.click("#main form[data-draft=transfer] button")
    refused = dora.locator("main .wrong")
    expect(refused).to_contain_text("Something happened since you looked: Passed on")
    expect(refused).to_contain_text("Ada")
    assert held_by(house, ticket) == "operator:Cyril"
    reason = dora.locator("#main form[data-draft=transfer] input[name=reason]")
    expect(reason).to_have_value("I know the owner")
    expect(dora.locator("select[data-pass-on]")).to_have_value("Dora")
    dora.click("#main form[data-draft=transfer] button")
    wait_for(lambda: held_by(house, ticket) == "operator:Dora")


def test_wall_and_list_lead_to_the_form(house, desk):
    bela = desk.open(name="Bela")
    ticket = house.press()
    take(bela, ticket)
    dora = desk.open(name="Dora")
    for path in ("/wall", "/mine"):
        dora.goto(path)
        dora.wait_for_selector('#link[data-state="live"]')
        dora.locator(f'#main table a[href="/tickets/{ticket}?do=pass-on"]').focus()
        dora.keyboard.press("F7")
        expect(dora.locator("#main select[data-pass-on]")).to_be_focused()
    expect(bela.locator("#main select[data-pass-on]")).to_have_count(1)  # his own: to pass it on
    bela.goto("/wall")
    expect(bela.locator(f'#main table a[href="/tickets/{ticket}"]')).to_have_count(1)
    expect(bela.locator('#main a[href$="do=pass-on"]')).to_have_count(0)


def test_the_limit_of_passing_on_ends_with_a_supervisor(house, desk):
    """Twice among operators; then he asks a supervisor, who says why."""
    ticket = house.press()
    version = house.client.act(ticket, "acknowledge", 1).json()["version"]
    for to in ("Cyril", "Bela"):
        done = house.client.act(ticket, "transfer", version, to=to, reason="language")
        version = done.json()["version"]
    bela = desk.open(f"/tickets/{ticket}", name="Bela")
    expect(bela.locator("form[data-draft=close]")).to_have_count(1)
    expect(bela.locator("select[data-pass-on]")).to_have_count(0)
    dora = desk.open(f"/tickets/{ticket}?do=pass-on", name="Dora")
    form = dora.locator("#main form[data-draft=transfer]")
    form.locator("select").select_option("Cyril")
    form.locator("button").click()
    assert held_by(house, ticket) == "operator:Bela"  # the browser asks for the reason first
    form.locator("input[name=reason]").fill("Cyril is the only one who speaks Hungarian")
    form.locator("button").click()
    wait_for(lambda: held_by(house, ticket) == "operator:Cyril")

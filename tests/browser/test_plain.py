"""Without JavaScript every form is a form: tickets, search, account, roster, proposals, people."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from alarm_wire import signal as wire
from receiving import PASSWORD


@pytest.fixture(scope="module", autouse=True)
def people(house):
    house.person("Bela")
    house.person("Dora", "supervisor")
    house.person("Zed", "admin")


@pytest.fixture
def plain(desk):
    """Opens a page without scripts."""
    return lambda path="/", **options: desk.open(path, java_script_enabled=False, **options)


def test_a_tickets_whole_life(house, plain):
    house.quiet()
    ticket = house.press(house.keypad("Bakery"), wire.PANIC)
    page = plain(name="Bela")
    page.locator(f"#t-{ticket} .take").click()
    page.wait_for_url(f"**/tickets/{ticket}")
    for question, value in (("safe", "yes"), ("medical", "no")):
        page.check(f'[data-question="{question}"] input[value="{value}"]')
        page.locator(f'[data-question="{question}"] button').click()
        expect(page.locator(f'[data-question="{question}"] input:checked')).to_have_count(1)
    for question in ("nature", "place", "number", "contact"):
        page.fill(f"#q-{question}", f"told {question}")
        page.locator(f'[data-question="{question}"] button').click()
        expect(page.locator(f"#q-{question}")).to_have_value(f"told {question}")
    page.fill("#note-text", "The owner pressed by mistake")
    page.locator("form[data-draft=note] button").click()
    expect(page.locator(".timeline")).to_contain_text("The owner pressed by mistake")
    page.select_option("form[data-draft=call] select", "keyholder")
    page.fill("form[data-draft=call] input[name=name]", "Jana")
    page.locator("form[data-draft=call] button").click()
    expect(page.locator(".timeline")).to_contain_text("Jana")
    page.select_option("select[name=outcome]", "safe_by_phone")
    page.locator("form[data-draft=close] button").click()
    page.wait_for_url(re.compile(r"/$"))
    closed = house.client.ticket(ticket)
    assert (closed["state"], closed["outcome"]) == ("closed", "safe_by_phone")


def test_an_act_that_is_refused_says_why_and_keeps_what_was_typed(house, plain):
    house.quiet()
    ticket = house.press()
    page = plain(f"/tickets/{ticket}", name="Bela")
    page.locator(".take-big button").click()
    page.wait_for_selector("form[data-draft=close]")
    page.select_option("select[name=outcome]", "safe_by_phone")
    page.fill("form[data-draft=close] textarea", "All well")
    page.locator("form[data-draft=close] button").click()
    expect(page.locator("main .wrong[data-first]")).to_contain_text(
        "Ask whether everybody is in a safe place"
    )
    expect(page.locator("form[data-draft=close] textarea")).to_have_value("All well")


def test_searches(house, plain):
    house.keypad("Zlatnictví")
    page = plain("/sites")
    page.fill("#wanted", "zlatni")
    page.locator("form[role=search] button").click()
    found = page.locator("section:has(#sites-title) tbody")
    expect(found).to_contain_text("Zlatnictví")
    page.goto("/directory")
    page.fill("#wanted", "Bela")
    page.locator("form[role=search] button").click()
    found = page.locator("section:has(#colleagues-title) tbody")
    expect(found).to_contain_text("Bela")
    expect(found).not_to_contain_text("Dora")
    page.goto("/record")
    page.fill("input[name=wanted]", "make_site")
    page.locator("form[role=search] button").click()
    expect(page.locator("main")).not_to_contain_text("sign_in")


def test_long_lists_go_on_and_back_by_keyboard(house, plain):
    for number in range(101):
        house.client.site(f"Šatna {number:03}")
    page = plain("/sites?wanted=šatna")
    listed = page.locator("section:has(#sites-title) tbody")
    expect(listed).to_contain_text("Šatna 099")
    expect(page.get_by_role("link", name="Previous")).to_have_count(0)
    page.get_by_role("link", name="Next", exact=True).focus()
    page.keyboard.press("Enter")
    expect(listed.locator("tr")).to_have_count(1)
    expect(listed).to_contain_text("Šatna 100")
    expect(page.get_by_role("link", name="Next", exact=True)).to_have_count(0)
    page.get_by_role("link", name="Previous").focus()
    page.keyboard.press("Enter")
    expect(listed).to_contain_text("Šatna 000")


def test_my_account(house, plain):
    house.person("Fay")
    page = plain("/account", name="Fay")
    page.fill("form[action='/account/tokens'] input[name=label]", "A script")
    page.locator("form[action='/account/tokens'] input[name=scopes]").first.check()
    page.locator("form[action='/account/tokens'] button").click()
    expect(page.locator("main")).to_contain_text("A script")
    page.goto("/account")
    page.fill("form[action='/account/password'] input[name=password]", "not this one at all")
    page.fill("form[action='/account/password'] input[name=new]", PASSWORD + "2")
    page.locator("form[action='/account/password'] button").click()
    expect(page.locator("main .wrong")).to_contain_text("The password is wrong")
    page.fill("form[action='/account/password'] input[name=password]", PASSWORD)
    page.fill("form[action='/account/password'] input[name=new]", PASSWORD + "2")
    page.locator("form[action='/account/password'] button").click()
    expect(page.locator("main .wrong")).to_have_count(0)


def test_duties_breaks_and_teams(house, plain):
    house.quiet()
    dora = plain("/roster", name="Dora")
    begins = datetime.now(UTC) + timedelta(hours=3)
    for hours in (8, 20):  # the second one is longer than a duty may be
        dora.locator("summary", has_text="Plan a duty").click()
        dora.select_option("form[action='/roster/duties'] select", "Bela")
        dora.fill("input[name=begins]", begins.strftime("%Y-%m-%dT%H:%M"))
        dora.fill("input[name=ends]", (begins + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M"))
        dora.locator("form[action='/roster/duties'] button").click()
    expect(dora.locator("main .wrong").first).to_contain_text("16 hours later at most")
    planned = dora.locator("section:has(#planned-title) tbody tr")
    expect(planned).to_have_count(1)
    expect(planned).to_contain_text("Bela")
    gap = dora.locator("section:has(#day-title) .wrong").first
    expect(gap).to_contain_text("Nobody is planned")
    planned.locator("button").click()
    expect(planned.locator("button")).to_have_count(0)
    bela = plain("/roster", name="Bela")
    bela.locator("form[action='/roster/start'] button").click()
    alone = bela.locator("form[action='/roster/pause'] button")
    expect(alone).to_be_disabled()
    expect(bela.locator("#why-not")).to_contain_text("the last one at the desk")
    dora.locator("form[action='/roster/start'] button").click()
    bela.goto("/roster")
    bela.locator("form[action='/roster/pause'] button").click()
    expect(bela.locator(".standing")).to_contain_text("On a break")
    bela.locator("form[action='/roster/resume'] button").click()
    ticket = house.press()
    bela.goto(f"/tickets/{ticket}")
    bela.locator(".take-big button").click()
    bela.goto("/roster")
    expect(bela.locator("form[action='/roster/end'] button")).to_be_disabled()
    number = house.client.ticket(ticket)["number"]
    expect(bela.locator("#why-not .number")).to_have_text(str(number))
    house.quiet()
    bela.goto("/roster")
    bela.locator("form[action='/roster/end'] button").click()
    expect(bela.locator("form[action='/roster/start']")).to_have_count(1)
    dora.locator("summary", has_text="Make or change a team").click()
    dora.fill("form[action='/teams'] input[name=name]", "Night")
    dora.check("form[action='/teams'] input[value=Bela]")
    dora.locator("form[action='/teams'] button").click()
    team = dora.locator("section:has(#teams-title) tbody tr")
    expect(team).to_contain_text("Bela")
    team.locator("summary").click()
    team.locator("button").click()
    expect(dora.locator("section:has(#teams-title) tbody")).to_contain_text("There is no team")
    dora.locator("form[action='/roster/end'] button").click()
    expect(dora.locator("form[action='/roster/start']")).to_have_count(1)


def test_four_eyes_on_a_proposal(house, plain):
    keypad = house.keypad("Closed shop")
    ada = plain(f"/proposals?site={keypad.site}")
    for what in ("export_keys", "delete_site"):
        ada.goto(f"/proposals?site={keypad.site}")
        ada.select_option("select[name=what]", what)
        ada.fill("form[action='/proposals'] input[name=reason]", f"The lease has ended: {what}")
        ada.locator("form[action='/proposals'] button").click()
    waiting = ada.locator(".proposal")
    expect(waiting).to_have_count(2)
    expect(ada.locator(".proposal button")).to_have_count(0)  # not on what she asked for
    zed = plain("/proposals", name="Zed")
    for what in ("delete_site", "export_keys"):
        zed.locator(".proposal", has_text=what).get_by_text("Approve").click()
    expect(zed.locator(".proposal button")).to_have_count(0)
    ada.goto("/proposals")
    with ada.expect_download() as loading:
        ada.locator(".proposal", has_text="export_keys").locator("button").click()
    keys = loading.value.path().read_text()
    assert keypad.device.hex() in keys
    ada.goto("/proposals")
    ada.locator(".proposal", has_text="delete_site").locator("button").click()
    past = ada.locator("section:has(#past-title) tbody tr")
    expect(past).to_have_count(2)
    expect(past.first).to_contain_text("done")
    assert house.client.http.get(f"/v1/sites/{keypad.site}").json()["name"] == "deleted"
    zed.goto("/proposals")
    expect(zed.locator(".proposal")).to_have_count(0)


def test_who_may_not_decide_does_not_see_proposals(plain):
    page = plain("/roster", name="Dora")
    expect(page.locator('nav a[href="/proposals"]')).to_have_count(0)
    assert page.request.get("/proposals").status == 403


def test_customers_and_agencies_outside(house, plain):
    keypad = house.keypad("Jeweller")
    dora = plain("/directory", name="Dora")
    dora.locator("summary", has_text="Add a customer").click()
    dora.fill("form[action='/customers'] input[name=name]", "Gold & Sons")
    dora.fill("form[action='/customers'] input[name=person]", "Ms Gold")
    dora.locator("form[action='/customers'] button").click()
    customers = dora.locator("section:has(#customers-title) tbody")
    customers.locator("tr", has_text="Gold & Sons").locator("a").click()
    dora.fill("form[action^='/customers?'] input[name=phone]", "+44 20 7946 0909")
    dora.locator("form[action^='/customers?'] button").click()
    expect(customers).to_contain_text("+44 20 7946 0909")
    dora.locator("summary", has_text="Add an agency outside").click()
    dora.fill("form[action='/authorities'] input[name=name]", "City police")
    dora.fill("form[action='/authorities'] input[name=phone]", "158")
    dora.locator("form[action='/authorities'] button").click()
    dora.goto(f"/sites/{keypad.site}")
    outside = dora.locator("section:has(#outside-title)")
    outside.locator("summary").click()
    outside.locator("select[name=customer]").select_option(label="Gold & Sons")
    outside.locator("form[action$='/customer'] button").click()
    expect(outside).to_contain_text("Ms Gold")
    outside.locator("summary").click()
    outside.locator("input[name=reference]").fill("URN 7")
    outside.locator("form[action$='/authorities'] button").click()
    expect(outside.locator("tbody")).to_contain_text("URN 7")
    ticket = house.press(keypad)
    dora.goto(f"/tickets/{ticket}")
    sent = dora.locator("section:has(#site-title)")
    expect(sent).to_contain_text("City police")
    expect(sent).to_contain_text("URN 7")
    dora.goto("/directory")
    gone = dora.locator("section:has(#customers-title) tr", has_text="Gold & Sons")
    gone.locator("summary", has_text="Remove").click()
    gone.locator("button").click()
    expect(dora.locator("main .wrong")).to_contain_text("change the site first")

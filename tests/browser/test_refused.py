"""A form that was refused, as its user finds it: filled, marked, focused; also without scripts."""

import pytest
from playwright.sync_api import expect

from receiving import PASSWORD


@pytest.fixture(scope="module", autouse=True)
def people(house):
    house.person("Bela")


@pytest.fixture(params=[False, True], ids=["plain", "scripts"])
def scripts(request):
    return request.param


def sent(page, form):
    """Send a form past the browser's own checks, as an older browser or a program would."""
    handle = page.locator(form)
    handle.evaluate("form => { form.noValidate = true; }")
    handle.locator("button.main").click()


def focused(page):
    return page.evaluate("document.activeElement.name")


def test_a_keyholder_comes_back_without_his_words(house, desk, scripts):
    keypad = house.keypad("Bakery")
    page = desk.open(f"/sites/{keypad.site}", java_script_enabled=scripts, watch=False)
    form = f"form[action='/sites/{keypad.site}/keyholders']"
    page.locator("details", has=page.locator(form)).locator("summary").click()
    for name, value in (("rank", "7"), ("name", "Jana <b>"), ("phone", "+420601"),
                        ("hours", "nights"), ("duress", "blue sky")):  # fmt: skip
        page.fill(f"{form} input[name={name}]", value)
    page.select_option(f"{form} select[name=language]", "he")
    page.locator(f"{form} button.main").click()
    refused = page.locator("main .wrong[role=alert]")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("A duress word needs a password beside it.")
    for name, value in (("rank", "7"), ("name", "Jana <b>"), ("phone", "+420601"),
                        ("hours", "nights"), ("duress", ""), ("password", "")):  # fmt: skip
        expect(page.locator(f"{form} input[name={name}]")).to_have_value(value)
    expect(page.locator(f"{form} select[name=language]")).to_have_value("he")
    wrong = page.locator(f"{form} input[name=password]")
    expect(wrong).to_be_visible()
    expect(wrong).to_be_focused()
    expect(wrong).to_have_accessible_description("A duress word needs a password beside it.")
    expect(wrong).to_have_accessible_name("Password")
    assert wrong.get_attribute("aria-invalid") == "true"


def test_what_the_browser_should_have_stopped_comes_back_as_well(desk, scripts):
    page = desk.open("/people", java_script_enabled=scripts, watch=False)
    form, name = "form[action='/people']", f"Zoë {scripts}"
    page.fill(f"{form} input[name=name]", name)
    page.select_option(f"{form} select", "auditor")
    page.fill(f"{form} input[name=password]", "short")
    sent(page, form)
    expect(page.locator(f"{form} input[name=name]")).to_have_value(name)
    expect(page.locator(f"{form} select")).to_have_value("auditor")
    expect(page.locator(f"{form} input[name=password]")).to_have_value("")
    expect(page.locator("#wrong-password")).to_have_text("At least 12 characters.")
    assert focused(page) == "password"
    page.fill(f"{form} input[name=password]", PASSWORD)
    page.locator(f"{form} button.main").click()
    expect(page.locator("main tbody")).to_contain_text(name)
    expect(page.locator("main .wrong")).to_have_count(0)


def test_a_team_and_its_members_come_back_in_persian(desk, scripts):
    page = desk.open("/roster", language="fa", java_script_enabled=scripts, watch=False)
    form = "form[action='/teams']"
    page.locator("details", has=page.locator(form)).locator("summary").click()
    page.fill(f"{form} input[name=name]", "شب")
    page.check(f"{form} input[value=Bela]")
    sent(page, form)
    expect(page.locator(f"{form} input[name=name]")).to_have_value("شب")
    expect(page.locator(f"{form} input[value=Bela]")).to_be_checked()
    expect(page.locator("#wrong-name")).to_have_text("این به شکلی که باید نیست.")
    assert focused(page) == "name"


def test_what_was_typed_after_a_refusal_is_kept_in_the_tab(desk):
    page = desk.open("/people", watch=False)
    form = "form[action='/people']"
    page.fill(f"{form} input[name=name]", "Zed")
    page.fill(f"{form} input[name=password]", "short")
    sent(page, form)
    expect(page.locator("#wrong-password")).to_be_visible()
    page.fill(f"{form} input[name=name]", "Zed the second")
    page.click("nav.side a[href='/mine']")
    page.wait_for_selector("[data-screen=mine]")
    page.go_back()
    expect(page.locator(f"{form} input[name=name]")).to_have_value("Zed the second")


def test_an_act_on_a_ticket_marks_its_field(house, desk):
    ticket = house.press()
    page = desk.open(f"/tickets/{ticket}", java_script_enabled=False, name="Bela")
    page.locator(".take-big button").click()
    form = "form[data-draft=park]"
    page.wait_for_selector(form, state="attached")
    folded = page.locator("details", has=page.locator(form))
    if folded.count():
        folded.first.locator("summary").first.click()
    page.fill(f"{form} input[name=minutes]", "7")
    page.fill(f"{form} input[name=reason]", " ")
    page.locator(f"{form} button").click()
    expect(page.locator(f"{form} input[name=minutes]")).to_have_value("7")
    reason = page.locator(f"{form} input[name=reason]")
    expect(reason).to_have_accessible_description("Putting it aside needs a reason.")
    expect(reason).to_be_focused()

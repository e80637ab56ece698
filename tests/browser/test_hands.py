"""What fingers do: Persian figures, keys under a dialog, a lock that Escape does not open."""

import pytest
from playwright.sync_api import expect

from receiving import PASSWORD, wait_for
from tests.browser.conftest import card, taken


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


def parks(house, ticket):
    entries = house.client.ticket(ticket)["entries"]
    return [one["detail"]["park_ms"] for one in entries if one["act"] == "park"]


def persian(number):
    return "".join(chr(0x6F0 + int(figure)) for figure in str(number))


def test_escape_does_not_open_the_lock(desk):
    page = desk.open()
    page.click("#lock-now")
    page.wait_for_selector("#lock[open]")
    for _ in range(4):
        page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    expect(page.locator("#lock")).to_have_attribute("open", "")
    page.fill("#lock input[name=password]", PASSWORD)
    page.locator("#lock button.main").click()
    expect(page.locator("#lock")).not_to_have_attribute("open", "")


def test_a_key_does_nothing_to_the_ticket_under_an_open_dialog(house, desk):
    page, ticket = taken(house, desk, name="Ada")
    page.select_option("select[name=outcome]", "false_alarm")
    page.fill("form[data-draft=close] input[name=override]", "tried")
    page.keyboard.press("Control+KeyK")
    page.wait_for_selector("#command[open]")
    page.keyboard.press("F4")
    page.wait_for_timeout(500)
    assert house.client.ticket(ticket)["state"] == "acknowledged"


def test_a_ticket_is_found_by_its_number_in_persian_figures(house, desk):
    page = desk.open(language="fa")
    ticket = house.press()
    card(page, ticket).wait_for()
    page.keyboard.press("Control+KeyK")
    page.keyboard.insert_text(persian(house.client.ticket(ticket)["number"]))
    page.keyboard.press("Enter")
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')


def test_persian_figures_are_figures_where_a_number_is_asked_for(house, desk):
    page, ticket = taken(house, desk, language="fa")
    page.locator("form[data-draft=park]").evaluate("it => { it.closest('details').open = true; }")
    minutes = page.locator("form[data-draft=park] input[name=minutes]")
    minutes.fill("")
    minutes.focus()
    page.keyboard.insert_text(persian(7))
    expect(minutes).to_have_value("7")
    page.fill("form[data-draft=park] input[name=reason]", "منتظر")
    page.locator("form[data-draft=park] button").click()
    wait_for(lambda: parks(house, ticket) == [7 * 60_000])


def test_a_search_shows_what_was_typed_last_however_late_the_first_answer_comes(house, desk):
    for name in ("Abacus", "Abbey"):
        house.client.http.put(f"/v1/units/{name}", json={"kind": "guard"})
    page = desk.open("/directory")
    found = page.locator("#found")
    held = []

    def hold(route):
        held.append(route)

    page.route("**/directory?wanted=Aba", hold)
    page.focus("#wanted")
    page.keyboard.insert_text("Aba")
    page.wait_for_timeout(400)
    page.fill("#wanted", "Abbey")
    expect(found).to_contain_text("Abbey")
    expect(found).not_to_contain_text("Abacus")
    for route in held:
        route.continue_()
    page.wait_for_timeout(800)
    assert held
    expect(found).to_contain_text("Abbey")


def test_a_search_that_gets_no_answer_says_so(desk):
    page = desk.open("/directory", watch=False)
    page.route("**/directory?wanted=*", lambda route: route.abort())
    page.fill("#wanted", "Abbey")
    expect(page.locator("#said")).to_contain_text("cannot be reached")
    page.unroute("**/directory?wanted=*")
    page.click("nav.side a[href='/roster']")
    expect(page.locator("#main")).to_have_attribute("data-screen", "roster")
    expect(page.locator("#said")).to_have_text("")


def test_a_wrong_password_leaves_the_name(desk):
    context = desk.browser.new_context(base_url=desk.house.url, java_script_enabled=False)
    desk.contexts.append(context)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("input[name=name]", "Ada <b>")
    page.fill("input[name=password]", "not this one")
    page.locator("form[method=post] button:not([name])").last.click()
    expect(page.locator(".wrong")).to_be_visible()
    expect(page.locator("input[name=name]")).to_have_value("Ada <b>")
    assert page.evaluate("document.activeElement.name") == "password"


def test_without_scripts_a_refused_person_keeps_name_and_role(desk):
    page = desk.open("/people", java_script_enabled=False)
    page.fill("form[action='/people'] input[name=name]", "Ada")
    page.select_option("form[action='/people'] select", "auditor")
    page.fill("form[action='/people'] input[name=password]", PASSWORD)
    page.locator("form[action='/people'] button").click()
    expect(page.locator("main .wrong")).to_contain_text("already")
    expect(page.locator("form[action='/people'] input[name=name]")).to_have_value("Ada")
    expect(page.locator("form[action='/people'] select")).to_have_value("auditor")

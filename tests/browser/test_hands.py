"""What fingers do: Persian figures, keys under a dialog, a lock that Escape does not open."""

import pytest
from playwright.sync_api import expect

from receiving import PASSWORD, wait_for
from tests.browser.conftest import card


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


def taken(house, desk, **options):
    page = desk.open(**options)
    ticket = house.press()
    card(page, ticket).wait_for()
    page.keyboard.press("F2")
    page.wait_for_selector(f'article.sheet[data-ticket="{ticket}"]')
    return page, ticket


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

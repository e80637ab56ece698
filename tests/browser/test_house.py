"""Further agencies on screen: made, renamed and let in, without JavaScript and with it."""

import pytest
from playwright.sync_api import expect

from receiving import PASSWORD


@pytest.mark.parametrize("scripts", [True, False])
def test_an_agency_is_made_and_its_first_administrator_gets_in(house, desk, scripts):
    name = f"Ostraha {'s' if scripts else 'n'}"
    page = desk.open("/agencies", java_script_enabled=scripts)
    page.fill("form[action='/agencies'] input[name=name]", name)
    page.locator("form[action='/agencies'] button").click()
    link = page.locator("section:has(#link-title) input").input_value()
    assert link.startswith(f"{house.url}/setup/")
    if scripts:
        assert page.evaluate("document.activeElement.id") == "link-title"
        page.reload()
        expect(page.locator("#link-title")).to_have_count(0)
    other = desk.browser.new_context(base_url=house.url)
    desk.contexts.append(other)
    guest = other.new_page()
    guest.goto(link)
    expect(guest.locator("h1")).to_have_text(name)
    guest.fill("input[name=name]", f"Olga {scripts}")
    guest.fill("input[name=password]", PASSWORD)
    guest.locator("form.stack button.main").click()
    guest.locator("nav.side a[href='/people']").wait_for()
    assert guest.locator("nav.side a[href='/agencies']").count() == 0
    assert guest.goto("/agencies").status == 403
    page.goto("/agencies")
    row = page.locator("tbody tr", has=page.locator("th", has_text=name))
    expect(row).to_contain_text("not needed any more")
    assert row.get_by_text("New link").count() == 0


def test_an_agency_is_renamed_and_its_newest_link_opens(desk):
    page = desk.open("/agencies")
    page.fill("form[action='/agencies'] input[name=name]", "Nightwatch")
    page.fill("form[action='/agencies'] input[name=id]", "night")
    page.keyboard.press("Enter")
    first = page.locator("section:has(#link-title) input").input_value()
    row = page.locator("tbody tr", has=page.locator("td", has_text="night"))
    row.locator("form[action$='/link'] button").click()
    page.wait_for_function("it => document.querySelector('[readonly]').value !== it", arg=first)
    second = page.locator("section:has(#link-title) input").input_value()
    assert page.request.get(first).status == 403
    assert page.request.get(second).ok
    row.locator("summary").click()
    row.locator("input[name=name]").fill("<script>alert(1)</script> 🔥")
    row.locator("form[action$='/name'] button").click()
    expect(row.locator("th")).to_contain_text("<script>alert(1)</script> 🔥")


def test_a_name_that_is_taken_is_refused_and_what_was_typed_stays(desk):
    page = desk.open("/agencies", java_script_enabled=False, language="fa")
    for _ in range(2):
        page.fill("form[action='/agencies'] input[name=name]", "Twin")
        page.locator("form[action='/agencies'] button").click()
    expect(page.locator("main .wrong")).to_contain_text("از پیش هست")
    expect(page.locator("form[action='/agencies'] input[name=name]")).to_have_value("Twin")


def test_the_page_is_closed_to_everybody_but_administrators_of_the_house(house, desk):
    house.person("Dora", "supervisor")
    page = desk.open("/", name="Dora", watch=False)
    assert page.locator("nav.side a[href='/agencies']").count() == 0
    assert page.goto("/agencies").status == 403
    refused = page.request.post("/agencies", form={"name": "Hers"})
    assert refused.status == 403


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_who_forgot_his_password_gets_a_fresh_one_that_is_shown_once(house, desk, scripts):
    name = house.person(f"Edit {scripts}")
    page = desk.open("/people", java_script_enabled=scripts)
    row = page.locator("tbody tr", has=page.locator("th", has_text=name))
    row.locator("summary", has_text="New password").click()
    row.locator("form[action$='/password'] button").click()
    fresh = page.locator("section:has(#password-title) input").input_value()
    assert len(fresh) >= 12
    expect(page.locator("#password-title")).to_contain_text(name)
    if scripts:
        assert page.evaluate("document.activeElement.id") == "password-title"
        page.reload()
        expect(page.locator("#password-title")).to_have_count(0)
    guest = desk.browser.new_context(base_url=house.url)
    desk.contexts.append(guest)
    for password, lands in ((PASSWORD, "/sign-in"), (fresh, "/")):
        entered = guest.request.post("/sign-in", form={"name": name, "password": password})
        assert entered.url == f"{house.url}{lands}"


def test_nobody_gets_the_password_of_an_administrator_made_for_him(desk):
    page = desk.open("/people", watch=False)
    assert page.locator("tbody th", has_text="Ada").count() == 1
    assert page.locator("form[action='/people/Ada/password']").count() == 0
    refused = page.request.post("/people/Ada/password")
    assert refused.status == 409

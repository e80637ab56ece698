"""The console on a phone, 390 px wide, from the left and from the right: nothing is cut off."""

import pytest

PHONE = {"width": 390, "height": 844}
INSIDE = """one => {
    const box = one.getBoundingClientRect();
    return box.width > 0 && box.left >= 0 && box.right <= innerWidth;
}"""
CUT = """() => [...document.querySelectorAll("main :is(.phone, .figures-cell bdi)")].filter(one => {
    const box = one.getBoundingClientRect();
    const around = (one.closest(".scroll") ?? document.body).getBoundingClientRect();
    return box.left < around.left - 1 || box.right > around.right + 1;
}).map((one) => one.textContent)"""
NUMBER = "+972 4 555 0101"


@pytest.fixture(scope="module")
def shop(house):
    """A site with everybody who can be called for it, a supervisor, and who is on duty."""
    house.person("Dora", "supervisor")
    keypad = house.keypad("Jeweller")
    post, put = house.client.http.post, house.client.http.put
    holder = {"rank": 1, "name": "Night manager", "phone": NUMBER}
    post(f"/v1/sites/{keypad.site}/keyholders", json=holder)
    form = {"name": "Gold & Sons", "person": "Ms Gold", "phone": NUMBER, "mail": "a@gold.example"}
    owner = post("/v1/customers", json=form).json()["id"]
    put(f"/v1/sites/{keypad.site}/customer", json={"customer": owner})
    form = {"kind": "police", "name": "City police, control room", "phone": NUMBER}
    sent = post("/v1/authorities", json=form).json()["id"]
    put(f"/v1/sites/{keypad.site}/authorities/{sent}", json={"reference": "URN 21-4407"})
    spot = {"latitude": 50.087, "longitude": 14.421}
    put("/v1/units/Patrol 7", json={"kind": "police", "phone": NUMBER, "spot": spot})
    post("/v1/roster/start")
    return keypad


def narrow(desk, path, code):
    page = desk.open(path, name="Dora", language=code, viewport=PHONE)
    page.evaluate("document.fonts.ready")
    return page


@pytest.mark.parametrize("code", ["en", "fa", "he"])
def test_what_a_menu_of_the_bar_offers_is_on_the_screen(desk, shop, code):
    page = narrow(desk, "/mine", code)
    for menu in ("#languages", "#themes"):
        page.locator(f"{menu} > summary").click()
        for one in page.locator(f"{menu} button").all():
            assert one.evaluate(INSIDE), (menu, one.inner_text())
        page.keyboard.press("Escape")
    assert shop


@pytest.mark.parametrize("code", ["en", "fa"])
def test_the_name_of_the_screen_shown_is_among_those_that_are_seen(desk, shop, code):
    page = narrow(desk, "/holds", code)
    assert page.locator("nav.side a[aria-current]").evaluate(INSIDE)
    page.locator('nav.side a[href="/"]').evaluate("one => one.click()")
    page.wait_for_selector("body[data-screen=desk]")
    assert page.locator("nav.side a[aria-current]").evaluate(INSIDE)
    assert shop


@pytest.mark.parametrize("code", ["en", "fa", "he"])
def test_no_number_and_no_position_lacks_its_beginning_or_its_end(desk, shop, code):
    for path in ("/directory", f"/sites/{shop.site}"):
        page = narrow(desk, path, code)
        assert page.locator("#main .phone").count() > 0
        assert page.evaluate(CUT) == [], path


@pytest.mark.parametrize("code", ["en", "fa"])
def test_the_hours_of_a_day_stand_in_one_line(desk, shop, code):
    page = narrow(desk, "/roster", code)
    heights = page.locator(".day-hours time:visible").evaluate_all(
        "all => all.map((one) => one.scrollWidth <= one.clientWidth && one.getClientRects().length"
        " && one.offsetHeight < 2 * parseFloat(getComputedStyle(one).fontSize))"
    )
    assert heights
    assert all(heights), heights
    assert shop

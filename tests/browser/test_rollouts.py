"""A roll-out from its beginning to its end by keyboard alone; and as it looks in Persian."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import expect

from holdfast.release import image

FILES = {"boards/esp32_s3.mpy": b"pins", "keypad/app.mpy": secrets.token_bytes(900)}


@pytest.fixture(scope="module")
def keypads(house):
    """Three keypads at one site, and two versions of firmware."""
    house.person("Dora", "supervisor")
    maker = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    folder = house.receiver.receiver.context.settings.data
    (folder / "maker.pub").write_text(image.modulus(maker).hex() + "\n")
    for version in ((3, 0, 0), (3, 1, 0)):
        content = image.pack(FILES, version, 6, maker)
        assert house.client.http.post("/v1/images", content=content).status_code == 200
    first = house.keypad("Jeweller")
    return [first, *(house.beside(first, zone, f"Till {zone}") for zone in (2, 3))]


def tab_to(page, wanted):
    """Press Tab until the focus is on what is wanted."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("sign => document.activeElement.matches(sign)", wanted):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_a_roll_out_by_keyboard_alone(house, desk, keypads):
    page = desk.open("/orders", name="Dora")
    tab_to(page, "main a[href='/roll-outs']")
    page.keyboard.press("Enter")
    page.wait_for_selector("main[data-screen=rollouts]")
    expect(page.locator("main")).to_contain_text("No firmware was rolled out yet.")
    tab_to(page, "select[name=version]")
    page.keyboard.type("3.1.0")
    tab_to(page, "input[name=percent]")
    page.keyboard.press("Control+A")
    page.keyboard.type("60")
    page.keyboard.press("Enter")
    confirm = page.locator("input[name=count]")
    expect(confirm).to_be_focused()
    expect(page.locator("main")).to_contain_text("2 keypads get it.")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("#wrong-count")).to_contain_text("2 keypads: type that number")
    expect(confirm).to_be_focused()
    expect(confirm).to_have_value("3")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    rolling = page.locator("[data-roll-out]")
    expect(rolling).to_have_attribute("data-standing", "running")
    expect(rolling.locator("[data-count=under-way]")).to_have_text("1", timeout=20_000)
    expect(rolling.locator("[data-count=left]")).to_have_text("1")
    held_and_ended(page, rolling)
    (order,) = house.client.http.get("/v1/orders", params={"site": keypads[0].site}).json()
    house.client.http.post(f"/v1/devices/{order['device']}/orders/image/call-off")
    expect(rolling.locator("[data-count=failed]")).to_have_text("1", timeout=20_000)
    expect(rolling).to_contain_text(order["device"])
    expect(rolling).to_contain_text("called off")
    deeds = [one["what"] for one in house.client.http.get("/v1/deeds").json()]
    for what in (
        "begin_roll_out",
        "order_image",
        "hold_roll_out",
        "go_on_roll_out",
        "end_roll_out",
    ):
        assert what in deeds


def held_and_ended(page, rolling):
    """Hold it, let it go on, end it; by keyboard."""
    tab_to(page, "form[action$='/hold'] button")
    page.keyboard.press("Enter")
    expect(rolling).to_have_attribute("data-standing", "held")
    tab_to(page, "form[action$='/go-on'] button")
    page.keyboard.press("Enter")
    expect(rolling).to_have_attribute("data-standing", "running")
    tab_to(page, "[data-roll-out] summary")
    page.keyboard.press("Enter")
    tab_to(page, "form[action$='/end'] button")
    page.keyboard.press("Enter")
    expect(rolling).to_have_attribute("data-standing", "ended")


@pytest.mark.parametrize("scripts", [True, False])
def test_in_persian_on_a_narrow_screen_nothing_stands_out(desk, keypads, scripts):
    options = {"viewport": {"width": 390, "height": 844}, "java_script_enabled": scripts}
    page = desk.open("/roll-outs", language="fa", name="Dora", **options)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.select_option("select[name=version]", label="3.0.0 · esp32_s3")
    page.locator("form[method=get] button.main").click()
    expect(page.locator("main")).to_contain_text("۳ صفحه‌کلید آن را می‌گیرد")
    assert keypads

"""The demo's page in a browser: offline, with the keyboard, five stages in milliseconds (A16)."""

import re

import pytest
from playwright.sync_api import expect
from rich.console import Console

from holdfast.demo.run import Demo

LOOPBACK = re.compile(r"^(http://127\.0\.0\.1:\d+/|data:|blob:)")
SOON_MS = 60_000


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    started = Demo(tmp_path_factory.mktemp("demo"), "embedded", Console(quiet=True), covert=False)
    started.start()
    yield started
    started.stop()


@pytest.mark.timeout(180)
def test_a_press_by_keyboard_goes_through_five_stages_without_a_network(chromium, demo):
    context = chromium.new_context(base_url=demo.page.address)
    left = []
    context.route(
        lambda url: not LOOPBACK.match(url),
        lambda route: (left.append(route.request.url), route.abort()),
    )
    page = context.new_page()
    page.goto("/")
    button = page.locator("#press")
    for _ in range(10):
        if button.evaluate("one => one === document.activeElement"):
            break
        page.keyboard.press("Tab")
    before = len(demo.line.tickets())
    page.keyboard.press("Space")
    for hop in ("taken", "spooled", "committed", "stored"):
        row = page.locator(f'#hops [data-hop="{hop}"] output')
        expect(row).to_have_text(re.compile(r"^[\d.]+ ms$"), timeout=SOON_MS)
    tickets = demo.line.tickets()
    assert len(tickets) == before + 1
    ticket = tickets[0]
    where = page.locator("#console").get_attribute("href").rstrip("/")
    context.request.post(
        f"{where}/sign-in", form={"name": demo.line.operator, "password": demo.line.password}
    )
    desk = context.new_page()
    desk.goto(where)
    link = desk.locator("nav.side a", has_text="Demo page")
    expect(link).to_have_attribute("href", demo.page.address)
    card = desk.locator(f"#t-{ticket['id']}")
    card.wait_for(timeout=SOON_MS)
    desk.keyboard.press("F2")
    done = page.locator('#hops [data-hop="acknowledged"] output')
    expect(done).to_have_text(re.compile(r"^[\d.]+ ms$"), timeout=SOON_MS)
    assert left == []
    context.close()

"""How a waiting card shows that it waits: it flashes, counts by the receiver's clock, says late."""

import pytest

from tests.browser.conftest import card


@pytest.fixture(autouse=True)
def quiet(house):
    house.quiet()


FLASHES = """async (id) => {
    const seen = new Set(), began = performance.now();
    for (let turn = 0; turn < 6; turn += 1) {
        await new Promise((done) => {
            new MutationObserver((_, self) => { self.disconnect(); done(); })
                .observe(document.body, {attributeFilter: ["class"]});
        });
        seen.add(getComputedStyle(document.getElementById("t-" + id)).outlineColor);
    }
    return [[...seen], 6000 / (performance.now() - began)];
}"""
"""The outline's colours over six turns of the page's clock, and turns a second."""


CONTRAST = """([id, edge]) => {
    const card = document.getElementById("t-" + id);
    const canvas = document.createElement("canvas").getContext("2d");
    const light = (color) => {  // relative luminance (WCAG 2.2), whatever way the colour is written
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3)
            .map((one) => one / 255)
            .map((one) => (one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4));
        return .2126 * r + .7152 * g + .0722 * b;
    };
    document.body.classList.add("tick");
    const found = [getComputedStyle(card)[edge], getComputedStyle(document.body).backgroundColor];
    const [low, high] = found.map(light).sort((one, other) => one - other);
    return (high + .05) / (low + .05);
}"""
"""How far an edge of a card stands out from the page behind it."""


def test_only_waiting_emergencies_flash_and_none_where_motion_is_unwanted(house, desk):
    """A6: an outline once a second; shape and text never fade."""
    page, calm = desk.open(), desk.open(reduced_motion="reduce")
    ticket = house.press()
    for one in (page, calm):
        card(one, ticket).wait_for()
    seen, a_second = page.evaluate(FLASHES, ticket)
    assert len(seen) == 2
    assert a_second / 2 <= 3, "flashes a second (WCAG 2.3.1)"
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        for edge in ("outlineColor", "borderTopColor"):  # the phase with it, and the one without
            assert page.evaluate(CONTRAST, [ticket, edge]) >= 3, (scheme, edge)
    assert calm.evaluate(FLASHES, ticket)[0] == ["rgba(0, 0, 0, 0)"]
    house.client.act(ticket, "acknowledge", 1)
    card(page, ticket).locator(".held").wait_for()
    assert len(page.evaluate(FLASHES, ticket)[0]) == 1


AT_A_TURN = """id => new Promise((done) => {
    const real = () => performance.timeOrigin + performance.now();  // Date.now as it was before
    const off = () => {
        const one = document.getElementById("t-" + id);
        const [minutes, seconds] = one.querySelector("[data-since]").textContent.split(":");
        return (real() - one.dataset.opened) / 1000 - 60 * Number(minutes) - Number(seconds);
    };
    let turns = 0, best = Infinity;
    new MutationObserver((_, self) => {
        const now = off();
        if (Math.abs(now - .5) < Math.abs(best - .5)) best = now;
        turns += 1;
        if (turns === 8) { self.disconnect(); done(best); }
    }).observe(document.body, {attributeFilter: ["class"]});
})"""
"""How far behind the true wait the shown one is, in seconds, when the page has just counted: the
best of eight turns, since what a busy machine adds to one of them is not the clock's."""


@pytest.mark.parametrize("wrong_ms", [600_000, -600_000])
def test_waits_follow_the_receivers_clock_not_this_machines(house, desk, wrong_ms):
    """A11."""
    page = desk.open()
    page.context.add_init_script(
        f"const real = Date.now; Date.now = () => real.call(Date) + {wrong_ms};"
    )
    page.reload()
    page.wait_for_selector('#link[data-state="live"]')
    ticket = house.press()
    card(page, ticket).wait_for()
    card(page, ticket).locator("[data-since]", has_text="0:02").wait_for()
    off_s = page.evaluate(AT_A_TURN, ticket)
    assert 0 <= off_s + 0.25 <= 1.25, "whole seconds are shown, never one that is not over"


def test_a_wait_beyond_its_limit_says_late_in_words(house, desk):
    page = desk.open()
    ticket = house.press()
    card(page, ticket).wait_for()
    page.evaluate("id => { document.getElementById('t-' + id).dataset.limit = 1000; }", ticket)
    card(page, ticket).locator(".late-word", has_text="late").wait_for()

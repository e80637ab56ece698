"""Names without a space in them, as long as they may be: no screen breaks, none covers another."""

import pytest

from alarm_wire import signal as wire
from receiving import PASSWORD

SIZES = ((1440, 900), (1024, 768), (390, 844))
LONG = "W" * 60
OUTSIDE = """() => {
    const wrong = [];
    const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
    const page = {left: 0, right: document.documentElement.clientWidth};
    for (const part of document.querySelectorAll(".queue, main, header.bar")) {
        const frame = part.getBoundingClientRect();
        if (!within(frame, page)) wrong.push("page: " + part.className + part.id);
        for (const one of part.querySelectorAll("li, p, h1, h2, section, dd, div, button")) {
            if (one.closest(".scroll > *, .hidden, svg") || !one.checkVisibility()) continue;
            const box = one.getBoundingClientRect();
            const { overflowX, display } = getComputedStyle(one);
            const said = one.tagName + "." + one.className + " " + one.innerText.slice(0, 20);
            if (box.width && !within(box, frame)) wrong.push(said);
            const over = one.scrollWidth > one.clientWidth + 1;
            const free = overflowX === "visible" && display !== "inline";
            if (over && free) wrong.push("over: " + said);
        }
    }
    return wrong;
}"""


@pytest.fixture(scope="module")
def named(house):
    """Everything with a name has a long one; the ids of a ticket that is held, and of its site."""
    person = house.person("Q" * 70)
    keypad = house.keypad("X" * 200, LONG)
    ticket = house.press(keypad, wire.PANIC)
    house.press(house.keypad("Y" * 200, LONG), wire.BATTERY_LOW)
    post = house.client.http.post
    holder = {"rank": 1, "name": LONG, "phone": "+420 777 555 010", "hours": LONG}
    assert post(f"/v1/sites/{keypad.site}/keyholders", json=holder).is_success
    assert post(f"/v1/sites/{keypad.site}/tests", json={"minutes": 30, "reason": LONG}).is_success
    entered = post("/v1/tokens", json={"name": person, "password": PASSWORD}).json()["token"]
    theirs = {"Authorization": f"Bearer {entered}"}
    for act, body in (
        ("acknowledge", {"version": 1}),
        ("note", {"version": 2, "text": LONG}),
        ("answer", {"version": 3, "question": "place", "answer": LONG}),
        ("dispatch", {"version": 4, "to": LONG, "text": LONG}),
    ):
        done = post(f"/v1/tickets/{ticket}/{act}", json=body, headers=theirs)
        assert done.is_success, done.text
    return ticket, keypad.site


@pytest.mark.parametrize("language", ["en", "fa"])
@pytest.mark.parametrize("size", SIZES)
def test_no_name_breaks_a_screen(desk, named, language, size):
    ticket, site = named
    width, height = size
    page = desk.open("/", language=language, viewport={"width": width, "height": height})
    paths = ("/", f"/tickets/{ticket}", "/mine", "/wall", "/sites", f"/sites/{site}")
    more = (f"/sites/{site}/walk", "/directory", "/roster", "/people", "/agencies")
    found = {}
    for path in paths + more:
        page.goto(path)
        wrong = page.evaluate(OUTSIDE)
        if wrong:
            found[path] = sorted(set(wrong))[:6]
    assert found == {}

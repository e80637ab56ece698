"""By keyboard through a ticket, there and back: what has the focus is never under the head."""

import pytest

from alarm_wire import signal as wire

UNDER = """() => {
    const one = document.activeElement;
    const head = document.querySelector(".sheet-head");
    if (!one.closest("#main") || one.id === "main" || head.contains(one)) return null;
    const top = one.getBoundingClientRect().top;
    return top < head.getBoundingClientRect().bottom - 1 ? one.outerHTML.slice(0, 80) : "";
}"""
STEPS_MAX = 150


@pytest.mark.parametrize("code", ["en", "fa"])
def test_what_has_the_focus_is_not_under_the_head_of_the_ticket(house, desk, code):
    ticket = house.press(kind=wire.HOLD_UP, flags=wire.SILENT)
    assert house.client.act(ticket, "acknowledge", 1).status_code == 200
    page = desk.open(f"/tickets/{ticket}", language=code, viewport={"width": 1366, "height": 768})
    page.locator("#main").focus()
    seen = []
    for key in ("Tab", "Shift+Tab"):
        for _ in range(STEPS_MAX):
            page.keyboard.press(key)
            found = page.evaluate(UNDER)
            if found is None:
                break
            seen.append(found)
    assert len(seen) > 20
    assert [one for one in seen if one] == []

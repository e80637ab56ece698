"""The live link: nothing is lost over an outage, and a dead link is seen and heard (A3)."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import httpx
import pytest

from alarm_receiver.web.console import queue
from cable import Cable
from longer import longer
from needs import needs
from receiving import PASSWORD, Client, Keypad, wait_for
from tabs import tabs
from tests.browser.conftest import OPTIONS, Desks, card

NOTICED_S = 10
SHOWN_S = 5
OUTAGES = ("refused", "503", "frozen", "swallow")


def shown(page):
    return page.evaluate(
        "[...document.querySelectorAll('#queue > li')].map(one => one.id.slice(2))"
    )


@pytest.fixture(scope="module")
def outages(chromium, house):
    """Every kind of outage at once, each on a cable and a console of its own."""
    desks = Desks(chromium, house)
    seen = {}
    with ExitStack() as stack:
        cables = {mode: Cable(house.receiver.port) for mode in OUTAGES}
        for one in cables.values():
            stack.callback(one.close)
        pages = {mode: desks.open(url=one.url, watch=False) for mode, one in cables.items()}
        for page in pages.values():
            page.click("#sound")
            page.evaluate("""
                globalThis.heard = [];
                document.addEventListener("holdfast:sound", (e) => heard.push(e.detail));
            """)
        began = time.monotonic()
        for mode, one in cables.items():
            one.set(mode)
        missed = [house.press() for _ in range(3)]
        for mode, page in pages.items():
            page.wait_for_selector("#banner:not([hidden])", timeout=30_000)
            seen[mode] = {
                "noticed_s": time.monotonic() - began,
                "role": page.get_attribute("#banner", "role"),
                "words": page.inner_text("#banner"),
                "link": page.inner_text("#link"),
                "heard": page.evaluate("heard"),
                "before": [one for one in shown(page) if one in missed],
            }
        for mode, page in pages.items():
            back = time.monotonic()
            cables[mode].set("through")
            for one in missed:
                page.wait_for_selector(f"#t-{one}", timeout=20_000, state="attached")
            seen[mode]["shown_s"] = time.monotonic() - back
            page.wait_for_selector("#banner", state="hidden", timeout=10_000)
            seen[mode]["after"] = [one for one in shown(page) if one in missed]
            seen[mode]["missed"] = missed
        desks.close()
    return seen


@pytest.mark.parametrize("mode", OUTAGES)
def test_a_dead_link_is_seen_and_heard_within_ten_seconds(outages, mode):
    found = outages[mode]
    assert found["noticed_s"] <= NOTICED_S
    assert found["role"] == "alert"
    assert "dead" in found["words"]
    assert found["link"] == "Link lost"
    assert "lost" in found["heard"]
    assert found["before"] == [], "the outage was none"


@pytest.mark.parametrize("mode", OUTAGES)
def test_after_an_outage_every_alarm_is_shown_once(outages, mode):
    found = outages[mode]
    assert sorted(found["after"]) == sorted(found["missed"])
    assert found["shown_s"] <= SHOWN_S


def test_an_ended_session_says_so_and_does_not_look_alive(house, desk):
    with closing(Cable(house.receiver.port)) as cable:
        page = desk.open(url=cable.url, watch=False)
        page.context.clear_cookies()
        cable.set("503")  # the stream breaks; the next one is refused: 401
        cable.set("through")
        page.wait_for_selector('#link[data-state="signed-out"]', timeout=10_000)
        assert "signed out" in page.inner_text("#banner")
        assert page.locator("#banner a").get_attribute("href") == "/sign-in?back=%2F"


def test_a_stopped_process_is_noticed_and_loses_nothing(chromium, tmp_path):
    """SIGSTOP: the kernel goes on answering TCP for a receiver that does nothing any more."""
    command = [sys.executable, "-m", "holdfast", "receiver", "serve", "--data", str(tmp_path)]
    process = subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        link = process.stdout.readline().split()[-1]
        url, token = link.split("/setup/")
        client = Client(url)
        client.set_up(token)
        keypad = Keypad()
        client.register(keypad, client.site())
        context = chromium.new_context(base_url=url)
        context.request.post("/sign-in", form={"name": "Ada", "password": PASSWORD})
        page = context.new_page()
        page.goto("/")
        page.wait_for_selector('#link[data-state="live"]')
        os.kill(process.pid, signal.SIGSTOP)
        began = time.monotonic()
        page.wait_for_selector("#banner:not([hidden])", timeout=20_000)
        assert time.monotonic() - began <= NOTICED_S
        os.kill(process.pid, signal.SIGCONT)
        client.send(keypad.press())
        page.wait_for_selector("#queue > li", timeout=10_000)
        page.wait_for_selector("#banner", state="hidden")
        assert len(shown(page)) == 1
        context.close()
        client.close()
    finally:
        process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait(10)
        process.stdout.close()


def lost_in_outages(house, desk, seed, outages):
    """Random outages with alarms in between; what a console does not show 5 s after each."""
    rng = random.Random(seed)
    keypads = [house.keypad(f"Site {number}") for number in range(6)]
    with closing(Cable(house.receiver.port)) as cable:
        page = desk.open(url=cable.url, watch=False)
        for number in range(outages):
            mode = rng.choice(OUTAGES)
            pressed = []
            for place, wait_s in enumerate(rng.uniform(0, 0.15) for _ in range(3)):
                if place == 1:
                    cable.set(mode)
                time.sleep(wait_s)
                pressed.append(house.press(rng.choice(keypads)))
            cable.set("through")
            if number % 10 == 9:
                house.quiet()
            try:
                wait_for(lambda: sorted(shown(page)) == truth(house), timeout_s=2 * SHOWN_S)
            except AssertionError:
                return {"seed": seed, "outage": number, "mode": mode, "pressed": pressed}
        assert page.evaluate("holdfast.queue.healed") == 0, "the link itself lost something"
    return None


def truth(house):
    live = house.client.tickets(state=["open", "acknowledged", "dispatched"], limit=200)
    return sorted(one["id"] for one in live)


@pytest.mark.parametrize("seed", [*range(4), *(longer(seed) for seed in range(100, 140))])
def test_no_alarm_is_lost_on_screen_in_random_outages(house, desk, seed):
    house.quiet()
    assert lost_in_outages(house, desk, seed, 25) is None


def test_the_harness_catches_a_link_that_does_not_replay(house, desk, monkeypatch):
    """Seeded bug: a stream that goes on where the receiver is now, not where the page was."""
    house.quiet()
    monkeypatch.setattr(queue, "start", lambda parts, _after, _last: parts.feed.newest)
    assert lost_in_outages(house, desk, 0, 25) is not None


def test_what_a_page_does_not_show_is_mended_by_comparison(house, desk):
    page = desk.open()
    ticket = house.press()
    card(page, ticket).wait_for()
    page.evaluate("id => document.getElementById('t-' + id).remove()", ticket)
    assert ticket not in shown(page)
    page.evaluate("holdfast.queue.compare()")
    assert ticket in shown(page)
    assert page.evaluate("holdfast.queue.healed") == 1


LISTEN = """
    globalThis.heard = [];
    document.addEventListener("holdfast:sound", (e) => heard.push([e.detail, performance.now()]));
    new MutationObserver((all) => {
        for (const one of all) for (const card of one.addedNodes) {
            if (card.dataset) globalThis.shownMs ??= performance.now();
        }
    }).observe(document.getElementById("queue"), {childList: true});
    document.getElementById("sound").click();
"""
TURNS = """new Promise((done) => {
    let turns = %d;
    new MutationObserver((all, self) => {
        turns -= all.length;
        if (turns <= 0) { self.disconnect(); done(document.visibilityState); }
    }).observe(document.body, {attributeFilter: ["class"]});
})"""
HEARD = "heard.filter(([name]) => name === 'emergency').map(([, at]) => at - shownMs)"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("turns", [10, longer(240)])
def test_a_hidden_page_still_sounds_within_two_seconds(house, tmp_path, turns):
    """A4: another tab in front, as long as CI has patience; in the longer proof for two minutes.

    Counted in the page from the card to its sound: how long the signal took to get there is not
    this clock's doing. It turns twice a second in a worker, which browsers do not slow down.
    """
    house.quiet()
    with httpx.Client(base_url=house.url) as client:
        client.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        session = client.cookies["holdfast_session"]
    with tabs(needs("chromium"), OPTIONS, tmp_path) as browser:
        desk = browser.open("about:blank")
        cookie = {"name": "holdfast_session", "value": session, "url": house.url}
        browser.send("Network.setCookie", desk, **cookie)
        browser.send("Page.navigate", desk, url=house.url)
        alive = "globalThis.holdfast?.link.state === 'live'"
        wait_for(lambda: browser.run(desk, alive), timeout_s=60)
        browser.run(desk, LISTEN)
        wait_for(lambda: browser.run(desk, "holdfast.sound.audio.state") == "running")
        browser.open("about:blank")
        assert browser.run(desk, TURNS % turns) == "hidden"
        house.press()
        wait_for(lambda: len(browser.run(desk, HEARD)) >= 2, timeout_s=30)
        first, second = browser.run(desk, HEARD)[:2]
        assert first <= 2_000
        assert second - first <= 3_500, "it repeats"
        assert browser.run(desk, "document.title").startswith("(1)")
        assert browser.run(desk, "document.visibilityState") == "hidden"


def test_the_stream_ends_with_the_session(house):
    with httpx.Client(base_url=house.url) as stranger:
        assert stranger.get("/queue/stream").status_code == 401

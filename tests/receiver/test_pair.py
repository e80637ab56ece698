"""Two receivers: the same ticket, shown at the second only when the first did not take it."""

import httpx
import pytest

from alarm_receiver.domain.escalation import WAITS, TicketClass, Waits
from receiving import PASSWORD, Keypad, free_port, running, wait_for

SECRET = "between the two"


@pytest.fixture
def pair(tmp_path, monkeypatch):
    monkeypatch.setitem(WAITS, TicketClass.EMERGENCY, Waits((8_000, 60_000), 60_000, 60_000))
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{one}" for one in ports]
    shared = {"peer_secret": SECRET}
    with (
        running(tmp_path / "a", port=ports[0], peer_url=urls[1], **shared) as (_, first),
        running(tmp_path / "b", port=ports[1], peer_url=urls[0], position=1, **shared) as (
            _,
            second,
        ),
    ):
        keypad = Keypad()
        for one in (first, second):
            one.register(keypad, one.site(account="4711"))
        yield first, second, keypad


def page(browser):
    return browser.get("/").text


@pytest.fixture
def browsers(pair):
    """Two signed-in browsers, one at each receiver."""
    made = []
    for client in pair[:2]:
        browser = httpx.Client(base_url=client.url, follow_redirects=True)
        browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        made.append(browser)
    yield made
    for one in made:
        one.close()


def test_what_the_first_takes_the_second_does_not_show_as_open(pair, browsers):
    first, second, keypad = pair
    pressed = keypad.press()
    one, other = keypad.read(first.send(pressed)[0]), keypad.read(second.send(pressed)[0])
    assert one.ticket == other.ticket
    id_ = first.tickets()[0]["id"]
    assert id_ in page(browsers[0])
    assert id_ not in page(browsers[1])
    assert first.act(id_, "acknowledge", 1).status_code == 200
    wait_for(lambda: second.ticket(id_)["state"] == "acknowledged")
    assert second.ticket(id_)["holder"] == "receiver:operator:Ada"
    first.act(id_, "close", 2, outcome="attended")
    wait_for(lambda: second.ticket(id_)["state"] == "closed")
    assert [one["act"] for one in second.ticket(id_)["entries"]] == ["open", "acknowledge", "close"]
    assert len(first.ticket(id_)["entries"]) == 3, "nothing comes back to who said it"


def test_what_the_first_leaves_open_the_second_shows(pair, browsers):
    _, second, keypad = pair
    second.send(keypad.press())
    id_ = second.tickets()[0]["id"]
    assert id_ not in page(browsers[1])
    wait_for(lambda: id_ in page(browsers[1]), 30)


def test_only_the_other_receiver_may_say_so(pair):
    first, _, keypad = pair
    first.send(keypad.press())
    said = {"ticket": first.tickets()[0]["id"], "act": "acknowledge", "actor": "operator:Eve"}
    for secret in ("x", "wrong", first.token):
        headers = {"Authorization": f"Bearer {secret}"}
        answer = httpx.post(f"{first.url}/v1/peer/acts", json=said, headers=headers)
        assert answer.status_code == 401
    assert first.tickets()[0]["state"] == "open"

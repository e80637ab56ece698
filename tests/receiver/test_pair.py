"""Two receivers: the same ticket, shown at the second only when the first did not take it."""

import httpx
import pytest

from alarm_receiver.domain import escalation
from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.store.policies import Policies
from receiving import PASSWORD, Keypad, free_port, running, wait_for

SECRET = "between the two"


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Two receivers, the second behind a head start of 5 s."""
    folder = tmp_path_factory.mktemp("pair")
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{one}" for one in ports]
    shared = {"peer_secret": SECRET}
    with (
        pytest.MonkeyPatch.context() as patch,
        running(folder / "a", port=ports[0], peer_url=urls[1], **shared) as (_, first),
        running(folder / "b", port=ports[1], peer_url=urls[0], position=1, **shared) as (_, second),
    ):
        patch.setattr(escalation, "HEAD_START_MS", 5_000)
        yield first, second


@pytest.fixture
def pair(two):
    """Both, and a keypad at a site of its own, known to both."""
    keypad = Keypad()
    for one in two:
        one.register(keypad, one.site())
    return *two, keypad


@pytest.fixture(scope="module")
def browsers(two):
    """Two signed-in browsers, one at each receiver."""
    made = []
    for client in two:
        browser = httpx.Client(base_url=client.url, follow_redirects=True)
        browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        made.append(browser)
    yield made
    for one in made:
        one.close()


def page(browser):
    return browser.get("/").text


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
    first.act(id_, "close", 2, outcome="false_alarm")
    wait_for(lambda: second.ticket(id_)["state"] == "closed")
    assert [one["act"] for one in second.ticket(id_)["entries"]] == ["open", "acknowledge", "close"]
    assert len(first.ticket(id_)["entries"]) == 3, "nothing comes back to who said it"


def test_what_the_first_leaves_open_the_second_shows(pair, browsers):
    _, second, keypad = pair
    second.send(keypad.press())
    id_ = second.tickets()[0]["id"]
    assert id_ not in page(browsers[1])
    wait_for(lambda: id_ in page(browsers[1]), 30)


def test_what_is_handed_back_at_the_first_is_at_the_desk_of_both(pair, browsers):
    first, second, keypad = pair
    pressed = keypad.press()
    first.send(pressed)
    second.send(pressed)
    id_ = first.tickets()[0]["id"]
    first.act(id_, "acknowledge", 1)
    wait_for(lambda: second.ticket(id_)["state"] == "acknowledged")
    assert first.act(id_, "hand-back", 2).status_code == 200
    wait_for(lambda: second.ticket(id_)["state"] == "open")
    wait_for(lambda: id_ in page(browsers[1]), 30)


def test_nobody_closes_here_over_a_press_that_was_not_seen_there(pair):
    first, second, keypad = pair
    pressed, again = keypad.press(), keypad.press()
    first.send(pressed)
    second.send(pressed, again)
    id_ = first.tickets()[0]["id"]
    first.act(id_, "acknowledge", 1)
    wait_for(lambda: second.ticket(id_)["state"] == "acknowledged")
    first.act(id_, "close", 2, outcome="false_alarm")
    wait_for(lambda: second.ticket(id_)["state"] == "open")
    later = keypad.read(first.send(again)[0]).ticket.hex()
    assert later != id_.replace("-", ""), "the first opens another ticket for it"
    other = first.tickets()[0]
    assert other["state"] == "open"
    first.act(other["id"], "acknowledge", 1)
    wait_for(lambda: second.ticket(id_)["state"] == "acknowledged")
    first.act(other["id"], "close", 2, outcome="false_alarm")
    wait_for(lambda: second.ticket(id_)["state"] == "closed")


def test_only_the_other_receiver_is_told(two):
    first, _ = two
    said = {"ticket": "x", "opened_ms": 0, "signals": [], "others": [], "whole": True}
    ask = {"url": f"{first.url}/v1/peer/claims", "json": {"tickets": [said]}}
    for secret in ("x", "wrong", first.token):
        headers = {"Authorization": f"Bearer {secret}"}
        answer = httpx.post(
            f"{first.url}/v1/peer/claims", json={"tickets": [said]}, headers=headers
        )
        assert answer.status_code == 401
    headers = {"Authorization": f"Bearer {SECRET}"}
    answer = httpx.post(**ask, headers=headers)
    assert answer.json()["tickets"][0]["over"] == "nothing"


def test_the_second_pages_every_step_after_the_head_start():
    first, second = Policies(), Policies(1)
    for class_, quiet in ((TicketClass.EMERGENCY, 1), (TicketClass.TECHNICAL, 2)):
        for round_ in range(5):
            before = () if round_ < quiet else first.targets("own", class_, round_ - quiet)
            assert second.targets("own", class_, round_) == before
        own, behind = first.waits("own", class_).open_ms, second.waits("own", class_).open_ms
        assert behind == (escalation.HEAD_START_MS, *own[: quiet - 1], *own)

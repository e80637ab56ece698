"""A duress word that one receiver of a pair heard is one that the other heard, on both engines."""

import httpx
import pytest

from alarm_receiver.domain import escalation
from alarm_wire import signal as wire
from receiving import Keypad, free_port, running, wait_for

SECRET = "between the two"
HOLDER = {"rank": 1, "name": "Eva", "phone": "+1", "password": "blue horse", "duress": "red cow"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two(request, tmp_path_factory):
    """Two receivers, the second behind a head start of 5 s."""
    folder = tmp_path_factory.mktemp("pair")
    ports = [free_port(), free_port()]
    urls = [f"http://127.0.0.1:{one}" for one in ports]
    shared = [{"peer_secret": SECRET}, {"peer_secret": SECRET, "position": 1}]
    if request.param == "postgresql":
        for one in shared:
            one["database"] = request.getfixturevalue("postgres").fresh()
    with (
        pytest.MonkeyPatch.context() as patch,
        running(folder / "a", port=ports[0], peer_url=urls[1], **shared[0]) as (one, first),
        running(folder / "b", port=ports[1], peer_url=urls[0], **shared[1]) as (other, second),
    ):
        patch.setattr(escalation, "HEAD_START_MS", 5_000)
        first.receiver, second.receiver = one, other
        yield first, second


class Shop:
    """A site at both, known by a keypad, with a keyholder at the first who has a duress word."""

    def __init__(self, first, second):
        self.first, self.second, self.keypad = first, second, Keypad()
        self.sites = [one.site() for one in (first, second)]
        for one, site in zip((first, second), self.sites, strict=True):
            one.register(self.keypad, site)
        self.holders = [
            one.http.post(f"/v1/sites/{site}/keyholders", json=HOLDER).json()["id"]
            for one, site in zip((first, second), self.sites, strict=True)
        ]

    def press(self, kind=wire.PANIC):
        pressed = self.keypad.press(kind)
        self.first.send(pressed)
        self.second.send(pressed)
        return self.first.tickets(site=self.sites[0])[0]["id"]

    def say(self, ticket, at=0):
        client = (self.first, self.second)[at]
        path = f"/v1/sites/{self.sites[at]}/keyholders/{self.holders[at]}/word"
        answer = client.http.post(path, json={"ticket": ticket, "word": "red cow"})
        assert answer.status_code == 200, answer.text
        return answer.json()["ticket"]

    def emergency(self, at=1):
        """The site's live emergency at a receiver, once it is one of a threatened keyholder."""
        client = (self.first, self.second)[at]
        wanted = {"site": self.sites[at], "class": "emergency"}
        live = [one for one in client.tickets(**wanted) if one["state"] != "closed"]
        assert len(live) <= 1
        return live[0] if live and live[0]["kind"] == "duress" and live[0]["confirmed"] else None


@pytest.fixture
def shop(two):
    return Shop(*two)


def acts(client, id_):
    return [(one["act"], one["actor"]) for one in client.ticket(id_)["entries"]]


def test_what_the_first_hears_on_an_emergency_makes_the_seconds_a_silent_duress(shop):
    id_ = shop.press()
    assert not shop.second.ticket(id_)["silent"]
    shop.say(id_)
    there = wait_for(shop.emergency)
    assert there["id"] == id_
    ticket = shop.second.ticket(id_)
    assert ticket["silent"]
    assert ticket["plan"]["premises"] == "never"
    assert ticket["interview"]["branch"] == "dispatch"
    assert "safe_by_phone" not in ticket["plan"]["outcomes"]
    by = "receiver:operator:Ada"
    assert acts(shop.second, id_)[1:] == [("security", by), ("confirm", by)]
    (said,) = [one for one in ticket["entries"] if one["act"] == "security"]
    assert said["detail"]["security"]["reason"] == "duress_word"
    assert said["detail"]["security"]["keyholder"] == "Eva"


def test_a_word_about_a_battery_opens_the_same_emergency_at_both_and_what_is_taken_is_taken(shop):
    technical = shop.press(wire.BATTERY_LOW)
    emergency = shop.say(technical)
    there = wait_for(shop.emergency)
    assert there["id"] == emergency, "one emergency, one id"
    assert there["site"] == shop.sites[1]
    version = shop.first.ticket(emergency)["version"]
    assert shop.first.act(emergency, "acknowledge", version).status_code == 200
    wait_for(lambda: shop.second.ticket(emergency)["state"] == "acknowledged")
    version = shop.first.ticket(emergency)["version"]
    shop.first.act(emergency, "dispatch", version, to="Police", text="")
    version = shop.first.ticket(emergency)["version"]
    ended = shop.first.act(emergency, "close", version, outcome="attended", text="one arrest")
    assert ended.status_code == 200, ended.text
    wait_for(lambda: shop.second.ticket(emergency)["state"] == "closed")
    again = shop.press()
    assert again != emergency
    assert not shop.second.ticket(again)["silent"], "that word is over"


def test_what_nobody_takes_at_the_first_is_shown_at_the_second(shop):
    emergency = shop.say(shop.press(wire.BATTERY_LOW))
    wait_for(shop.emergency)
    with httpx.Client(base_url=shop.second.url, follow_redirects=True) as browser:
        browser.post("/sign-in", data={"name": "Ada", "password": "correct horse battery"})
        wait_for(lambda: emergency in browser.get("/").text, 30)


def test_a_word_on_a_closed_ticket_reaches_the_other_that_has_nothing_live(shop):
    id_ = shop.press()
    shop.first.act(id_, "acknowledge", 1)
    shop.first.act(id_, "close", 2, outcome="false_alarm", text="an elbow")
    wait_for(lambda: shop.second.ticket(id_)["state"] == "closed")
    emergency = shop.say(id_)
    assert emergency != id_
    assert wait_for(shop.emergency)["id"] == emergency


def test_what_the_second_hears_the_first_learns_and_nothing_comes_back(shop):
    id_ = shop.press()
    shop.say(id_, at=1)
    wait_for(lambda: shop.emergency(at=0))
    before = acts(shop.second, id_), acts(shop.first, id_)
    word = shop.say(id_, at=1)
    assert word == id_
    wait_for(lambda: len(acts(shop.first, id_)) == len(before[1]) + 1)
    told = [one for one in acts(shop.second, id_) if one[1].startswith("receiver:")]
    assert told == [], "the second hears nothing of its own word"
    assert [one[0] for one in acts(shop.first, id_)] == ["open", "security", "confirm", "security"]


def test_while_the_link_is_cut_the_word_waits_and_comes_once(shop):
    id_ = shop.press()
    peer = shop.second.receiver.receiver.peer
    url, peer._url = peer._url, "http://127.0.0.1:9/v1/peer/claims"
    try:
        wait_for(lambda: peer._down)
        shop.say(id_)
        assert shop.emergency() is None
    finally:
        peer._url = url
    wait_for(shop.emergency)
    shop.press()
    wait_for(lambda: acts(shop.second, id_)[-1][0] == "signal")
    assert [one[0] for one in acts(shop.second, id_)].count("security") == 1


def test_of_a_site_that_is_not_here_nothing_is_made(shop):
    stranger = Keypad()
    site = shop.first.site()
    shop.first.register(stranger, site)
    shop.first.send(stranger.press())
    id_ = shop.first.tickets(site=site)[0]["id"]
    holder = shop.first.http.post(f"/v1/sites/{site}/keyholders", json=HOLDER).json()["id"]
    path = f"/v1/sites/{site}/keyholders/{holder}/word"
    shop.first.http.post(path, json={"ticket": id_, "word": "red cow"})
    known = shop.say(shop.press())
    wait_for(shop.emergency)
    assert shop.second.http.get(f"/v1/tickets/{id_}").status_code == 404
    assert known

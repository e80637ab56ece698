"""A keyholder says his duress word on the phone: from then on help comes, and nobody is rung."""

import pytest

from alarm_wire import signal as wire
from receiving import Keypad

HOLDER = {"rank": 1, "name": "Eva", "phone": "+1", "password": "blue horse", "duress": "red cow"}
SAFE = {"nature": "nothing", "place": "shop", "number": "1", "contact": "1"}


class Shop:
    """A site with a keypad and a keyholder who has a duress word."""

    def __init__(self, client):
        self.client = client
        self.site = client.site()
        self.keypad = Keypad()
        client.register(self.keypad, self.site)
        made = client.http.post(f"/v1/sites/{self.site}/keyholders", json=HOLDER)
        self.holder = made.json()["id"]

    def press(self, kind=wire.PANIC, **fields):
        self.client.send(self.keypad.press(kind, **fields))
        return self.client.tickets(site=self.site)[0]["id"]

    def say(self, ticket, word="Red Cow", site=None):
        path = f"/v1/sites/{site or self.site}/keyholders/{self.holder}/word"
        return self.client.http.post(path, json={"ticket": ticket, "word": word})

    def act(self, id_, act, **fields):
        return self.client.act(id_, act, self.client.ticket(id_)["version"], **fields)


def said_in(entry):
    """What an entry says of a word, without what the other receiver of a pair knows it by."""
    security = entry["detail"]["security"]
    assert security["word"]
    assert security["known_by"]
    return {name: said for name, said in security.items() if name not in ("word", "known_by")}


@pytest.fixture
def shop(client):
    return Shop(client)


def in_danger(ticket):
    """Whether the desk sees that somebody is threatened, and that nobody may be rung."""
    return (
        ticket["kind"] in ("duress", "hold_up")
        and ticket["silent"]
        and ticket["confirmed"]
        and ticket["plan"]["premises"] == "never"
        and "safe_by_phone" not in ticket["plan"]["outcomes"]
        and ticket["interview"]["branch"] == "dispatch"
    )


def test_it_turns_the_ticket_into_a_silent_confirmed_emergency_whatever_is_answered(shop):
    id_ = shop.press()
    assert shop.act(id_, "acknowledge").status_code == 200
    for question, answer in ({"safe": "yes", "medical": "no"} | SAFE).items():
        shop.act(id_, "answer", question=question, answer=answer)
    before = shop.client.ticket(id_)
    assert (before["interview"]["branch"], in_danger(before)) == ("by_phone", False)
    said = shop.say(id_).json()
    assert said == {"result": "duress", "ticket": id_}
    after = shop.client.ticket(id_)
    assert in_danger(after), after
    assert after["due_at"] == before["due_at"], "evidence puts no deadline off"
    assert shop.act(id_, "call", target="premises").status_code == 409
    shop.act(id_, "answer", question="safe", answer="yes")
    closed = shop.act(id_, "close", outcome="safe_by_phone")
    assert closed.status_code == 409
    assert in_danger(shop.client.ticket(id_)), "no answer talks it away"
    entries = shop.client.ticket(id_)["entries"]
    (warned,) = [one for one in entries if one["act"] == "security"]
    assert said_in(warned) == {"reason": "duress_word", "keyholder": "Eva"}
    assert [one["detail"] for one in entries if one["act"] == "confirm"] == [{"by": "duress word"}]
    shop.say(id_)
    again = [one["act"] for one in shop.client.ticket(id_)["entries"]]
    assert (again.count("security"), again.count("confirm")) == (2, 1)


def test_on_a_technical_ticket_it_opens_an_emergency_of_the_site(shop):
    technical = shop.press(wire.BATTERY_LOW)
    said = shop.say(technical).json()
    assert said["result"] == "duress"
    emergency = shop.client.ticket(said["ticket"])
    assert emergency["id"] != technical
    assert (emergency["class"], emergency["state"]) == ("emergency", "open")
    assert emergency["kind"] == "duress"
    assert in_danger(emergency)
    number = shop.client.ticket(technical)["number"]
    told = said_in(emergency["entries"][0])
    assert told == {"reason": "duress_word", "keyholder": "Eva", "said_on": number}
    there = shop.client.ticket(technical)["entries"][-1]["detail"]["security"]
    assert there["emergency"] == emergency["number"]
    assert not shop.client.ticket(technical)["silent"], "it is still about a battery"
    # A press joins what the word opened: one emergency, one ticket.
    shop.press()
    live = shop.client.tickets(site=shop.site, **{"class": "emergency"})
    assert [one["id"] for one in live] == [emergency["id"]]
    assert in_danger(live[0])


def test_on_a_technical_ticket_it_joins_the_emergency_that_the_site_has(shop):
    technical = shop.press(wire.BATTERY_LOW)
    panic = shop.press()
    assert shop.say(technical).json() == {"result": "duress", "ticket": panic}
    assert in_danger(shop.client.ticket(panic))


def test_on_a_closed_ticket_the_word_is_not_lost(shop):
    id_ = shop.press()
    shop.act(id_, "acknowledge")
    assert shop.act(id_, "close", outcome="false_alarm", text="a mistake").status_code == 200
    said = shop.say(id_)
    assert said.status_code == 200, said.text
    emergency = shop.client.ticket(said.json()["ticket"])
    assert emergency["id"] != id_
    assert in_danger(emergency)
    assert shop.client.ticket(id_)["state"] == "closed"


def test_it_is_taken_for_tickets_of_the_keyholders_site_only(shop):
    id_ = shop.press()
    other = Shop(shop.client)
    elsewhere = other.press()
    said = shop.say(elsewhere)
    assert (said.status_code, "site" in said.json()["detail"]) == (404, True)
    assert not in_danger(other.client.ticket(elsewhere))
    assert not in_danger(shop.client.ticket(id_))

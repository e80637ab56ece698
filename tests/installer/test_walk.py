"""The walk test against a real receiver: ticks, questions, what is left; no ticket is touched."""

import threading
from datetime import UTC, datetime

import httpx
import pytest

from alarm_wire import signal as wire
from holdfast.labels import fonts
from holdfast.provision import ProvisionError
from holdfast.provision.receiver import Receiver
from holdfast.walk import command, report
from holdfast.walk.course import Course, warns_at_ms
from receiving import Keypad, running, wait_for

MARKED = {"flags": wire.TEST}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("receiver")) as (receiver, client):
        yield receiver, client


class Walk:
    """A site with three keypads, and an installer who walks it in a thread."""

    def __init__(self, house, name):
        self.client = house[1]
        self.site = {"id": self.client.site(name, name), "name": name, "account": name}
        self.keypads = [Keypad() for _ in range(3)]
        for zone, keypad in enumerate(self.keypads, 1):
            self.client.register(keypad, self.site["id"], zone=zone, zone_name=f"Counter {zone}")
        sent = self.client.http.post("/v1/installers", json={"name": f"Fitter {name}"}).json()
        self.asked = Receiver(house[0].url, sent["token"])
        self.course = Course()
        self.asked_about = []
        self.answer = False
        self.error = None
        self.thread = threading.Thread(target=self._walk)

    def _walk(self):
        try:
            command.walk(self.asked, self.site, self.course, 30, "Fitter", self._ask)
        except Exception as error:
            self.error = error
            raise

    def _ask(self, question):
        self.asked_about.append(question)
        return self.answer

    def __enter__(self):
        self.thread.start()
        wait_for(self.tests)
        return self

    def __exit__(self, *_):
        for keypad in self.keypads:
            self.client.send(keypad.press(**MARKED))
        self.thread.join(20)
        self.asked.close()
        assert not self.thread.is_alive()
        assert self.error is None

    def send(self, zone, kind=wire.PANIC, **fields):
        self.client.send(self.keypads[zone - 1].press(kind, zone=zone, **fields))

    def tests(self):
        found = self.client.http.get("/v1/tests").json()
        return [one for one in found if one["site"] == self.site["id"]]

    def left(self):
        return [button.zone for button in self.course.left]

    def answered(self, count):
        """Wait until `count` presses were asked about and answered; the last question."""
        wait_for(lambda: len(self.course.questions) == count and not self.course.unanswered)
        return self.asked_about[-1]


def test_marked_presses_tick_unasked_and_the_test_ends_when_all_have(house):
    with Walk(house, "walk-1") as walk:
        assert len(walk.tests()) == 1
        for zone in (1, 2, 3):
            walk.send(zone, **MARKED)
            wait_for(lambda zone=zone: len(walk.course.left) == 3 - zone)
        walk.thread.join(10)
    assert not walk.tests()
    assert walk.asked_about == walk.course.strangers == []
    assert [button.press["age_ms"] for button in walk.course.buttons] == [50, 50, 50]
    page = report.pdf(walk.course, walk.site, "Fitter", datetime.now(UTC), fonts.find())
    assert page.startswith(b"%PDF")


def test_a_real_hold_up_is_asked_about_with_its_first_press_and_stays_the_desks(house):
    with Walk(house, "walk-2") as walk:
        walk.send(1, wire.HOLD_UP, flags=wire.SILENT)
        assert "zone 1 was pressed" in walk.answered(1)
        assert walk.left() == [1, 2, 3], "a press that nobody vouched for ticks nothing"
        (press,) = walk.course.strangers
        ticket = walk.client.ticket(press["ticket"])
        assert (ticket["state"], ticket["class"]) == ("open", "emergency")
        assert "it was NOT the walk test" in str(ticket)
        walk.answer = True
        walk.send(1)
        walk.answered(2)
        wait_for(lambda: walk.left() == [2, 3])
        assert walk.client.ticket(press["ticket"])["state"] == "open"
        walk.send(1, **MARKED)  # a later one, marked or not, is asked about
        walk.answered(3)
        assert [one["kind"] for one in walk.course.strangers] == ["hold_up"]
    page = report.pdf(walk.course, walk.site, "Fitter", datetime.now(UTC), fonts.find())
    assert page.startswith(b"%PDF")


def test_a_duress_code_ticks_nothing_whatever_is_said(house):
    with Walk(house, "walk-3") as walk:
        walk.answer = True
        walk.send(2, wire.DURESS, flags=wire.TEST)
        assert "Was that you? The desk has it as real" in walk.answered(1)
        assert walk.left() == [1, 2, 3]
        (press,) = walk.course.questions
        assert walk.client.ticket(press["ticket"])["class"] == "emergency"


def test_a_word_counts_also_when_the_desk_has_closed_the_ticket(house):
    with Walk(house, "walk-4") as walk:
        walk.answer = None
        walk.send(3)
        (press,) = wait_for(lambda: walk.course.unanswered)
        ticket = walk.client.ticket(press["ticket"])
        version = walk.client.act(ticket["id"], "acknowledge", ticket["version"]).json()["version"]
        closed = walk.client.act(ticket["id"], "close", version, outcome="false_alarm")
        assert closed.status_code == 200, closed.text
        walk.answer = True
        wait_for(lambda: walk.left() == [1, 2])
        assert walk.client.ticket(ticket["id"])["state"] == "closed"


def test_a_receiver_that_is_away_for_a_while_ends_no_walk(house, capsys):
    with Walk(house, "walk-6") as walk:
        wait_for(lambda: walk.course.buttons)
        reach, walk.asked._http = walk.asked._http, httpx.Client(base_url="http://127.0.0.1:9")
        walk.send(1, **MARKED)
        wait_for(lambda: "trying on" in capsys.readouterr().out)
        walk.asked._http.close()
        walk.asked._http = reach
        wait_for(lambda: walk.left() == [2, 3])


def test_a_walk_that_was_broken_off_goes_on_where_it_stopped(house):
    with Walk(house, "walk-5") as walk:
        walk.send(1, **MARKED)
        wait_for(lambda: walk.left() == [2, 3])
        sent = walk.client.http.post("/v1/installers", json={"name": "Fitter again"}).json()
        with Receiver(house[0].url, sent["token"]) as asked:
            again = Course()
            again.hear(asked.ask("GET", f"/v1/sites/{walk.site['id']}/presses"))
            assert [button.zone for button in again.left] == [2, 3]


def test_the_end_is_announced_and_a_site_without_keypads_is_not_put_on_test(house):
    assert warns_at_ms(0, 1_800_000) == 1_200_000
    assert warns_at_ms(0, 60_000) == 30_000
    with running_walk_site(house) as (asked, site):
        empty = {"id": site, "name": "Empty", "account": "0"}
        with pytest.raises(ProvisionError, match="has no keypads; first: make provision"):
            command.walk(asked, empty, Course(), 30, "Fitter", lambda _: None)
        tests = house[1].http.get("/v1/tests").json()
        assert not [one for one in tests if one["site"] == site]


def test_longer_than_four_hours_is_refused(house):
    with running_walk_site(house) as (asked, site):
        with pytest.raises(ProvisionError):
            asked.ask("POST", f"/v1/sites/{site}/tests", {"minutes": 241, "reason": "x"})
        made = asked.ask("POST", f"/v1/sites/{site}/tests", {"minutes": 1, "reason": "x"})
        assert made["until_at"] > made["from_at"]


class running_walk_site:  # noqa: N801  # reads as a phrase
    def __init__(self, house):
        self.house = house

    def __enter__(self):
        client = self.house[1]
        site = client.site()
        sent = client.http.post("/v1/installers", json={"name": f"F {site}"}).json()
        self.asked = Receiver(self.house[0].url, sent["token"])
        return self.asked, site

    def __exit__(self, *_):
        self.asked.close()

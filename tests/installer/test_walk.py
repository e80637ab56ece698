"""The walk test against a real receiver: ticks, questions, what is left; no ticket is touched."""

import threading
from datetime import UTC, datetime

import pytest

from alarm_wire import signal as wire
from holdfast.labels import fonts
from holdfast.provision import ProvisionError
from holdfast.provision.receiver import Receiver
from holdfast.walk import command, report
from holdfast.walk.course import Course, warns_at_ms
from receiving import Keypad, running, wait_for


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
        self.course = Course.of(self.asked.devices(self.site["id"]))
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
            self.client.send(keypad.press())
        self.thread.join(20)
        self.asked.close()
        assert not self.thread.is_alive()
        assert self.error is None

    def tests(self):
        found = self.client.http.get("/v1/tests").json()
        return [one for one in found if one["site"] == self.site["id"]]

    def tickets(self):
        return [one for one in self.client.tickets() if one["site"] == self.site["id"]]


def test_every_press_ticks_and_the_test_ends_when_all_have(house):
    with Walk(house, "walk-1") as walk:
        assert len(walk.tests()) == 1
        for count, keypad in enumerate(walk.keypads, 1):
            walk.client.send(keypad.press(zone=count))
            wait_for(lambda count=count: len(walk.course.left) == 3 - count)
        walk.thread.join(10)
    assert not walk.tests()
    assert walk.course.strangers == []
    assert [button.press["age_ms"] for button in walk.course.buttons] == [50, 50, 50]
    page = report.pdf(walk.course, walk.site, "Fitter", datetime.now(UTC), fonts.find())
    assert page.startswith(b"%PDF")


def test_a_real_hold_up_during_the_test_is_shown_asked_about_and_stays_the_desks(house):
    with Walk(house, "walk-2") as walk:
        first, second = walk.keypads[:2]
        walk.client.send(first.press(zone=1))
        wait_for(lambda: len(walk.course.left) == 2)
        walk.client.send(first.press(wire.HOLD_UP, flags=wire.SILENT, zone=1))
        wait_for(lambda: walk.course.questions and not walk.course.unanswered)
        assert "Was that you? The desk has it as real" in walk.asked_about[0]
        (press,) = walk.course.strangers
        assert press["kind"] == "hold_up"
        ticket = walk.client.ticket(press["ticket"])
        assert ticket["state"] == "open"
        assert ticket["class"] == "emergency"
        wait_for(lambda: "it was NOT the walk test" in str(walk.client.ticket(press["ticket"])))
        walk.answer = True
        walk.client.send(first.press(zone=1))
        wait_for(lambda: len(walk.course.questions) == 2 and not walk.course.unanswered)
        assert len(walk.course.strangers) == 1
        assert walk.client.ticket(press["ticket"])["state"] == "open"
        walk.client.send(second.press(zone=2))


def test_what_was_not_pressed_is_named_and_the_end_is_announced():
    devices = [
        {"device": f"{n:016x}", "kind": kind, "zone": n, "zone_name": None, "revoked": gone}
        for n, kind, gone in ((2, "keypad", False), (1, "keypad", False), (3, "keypad", True),
                              (4, "gateway", False))
    ]  # fmt: skip
    course = Course.of(devices)
    assert [button.zone for button in course.left] == [1, 2]
    assert warns_at_ms(0, 1_800_000) == 1_200_000
    assert warns_at_ms(0, 60_000) == 30_000


def test_a_duress_code_ticks_nothing_and_is_asked_about():
    device = {"device": "0" * 16, "kind": "keypad", "zone": 1, "zone_name": "A", "revoked": False}
    course = Course.of([device])
    press = {"device": "0" * 16, "epoch": 1, "number": 1, "kind": "duress", "zone": 1}
    course.hear([press])
    assert course.left
    assert course.unanswered == [press]
    assert course.strangers == [press]


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

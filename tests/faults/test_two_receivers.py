"""Two receivers, one gateway that sends to both: one is frozen, killed, cut off, and comes back.

Real processes: mosquitto, the gateway, two receivers with their stores. No ticket may be without
somebody who sees it, and none may wait before people at one receiver while others work on it at the
other, as soon as the two can hear each other. Seconds are read from the stores' own columns.
"""

import contextlib
import os
import re
import signal
import sqlite3

import pytest

from alarm_receiver.domain.escalation import HEAD_START_MS
from cable import Cable
from gateway_zygote import Zygote
from needs import needs
from premises import GATEWAY, Premises, until
from receipted import answers, zygote
from receiving import PASSWORD, Client, free_port
from wirework import Device

SECRET = "between-the-two"
OTHERS = [f"bb0000000000{n:04x}" for n in range(3, 7)]


class Side:
    """One receiver with somebody at its desk; `link` is how the other one reaches it."""

    def __init__(self, name, position, folder, ask):
        self.name, self.position, self.ask = name, position, ask
        self.folder = folder / f"at-{name.lower()}"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.link = Cable(self.port)
        self.client = Client(self.url)
        self.pid = None

    def start(self, other):
        words = {"POSITION": self.position, "PEER_URL": other.link.url, "PEER_SECRET": SECRET}
        settings = " ".join(f"HOLDFAST_RECEIVER_{name}={value}" for name, value in words.items())
        self.pid = self.ask(f"start {self.folder} {self.port} {settings}")
        until(lambda: answers(self.port), f"{self.name}'s receiver", 60)

    def set_up(self, devices):
        log = self.folder.with_name(self.folder.name + ".stderr").read_text()
        token = re.search(r"/setup/([\w-]+)", log)[1]
        body = {"token": token, "name": self.name, "password": PASSWORD}
        answer = self.client.http.post("/v1/setup", json=body)
        assert answer.status_code == 201, answer.text
        self.client.http.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        for place, one in enumerate(devices):
            body = {
                "device": one.name,
                "kind": "gateway" if one.name == GATEWAY else "keypad",
                "site": self.client.site(account=str(4711 + place)),
                "zone": 1,
                "zone_name": "Counter",
                "key": one.key.hex(),
            }
            answer = self.client.http.post("/v1/devices", json=body)
            assert answer.status_code == 201, answer.text

    def freeze(self):
        os.kill(self.pid, signal.SIGSTOP)

    def kill(self):
        if self.pid is not None:
            os.kill(self.pid, signal.SIGKILL)
            self.ask(f"reap {self.pid}")
            self.pid = None

    def ticket_of(self, device, number):
        """The ticket on which a press of `device` is here, whole; None before it arrived."""
        for one in self.client.tickets(limit=100):
            for said in one["signals"]:
                if (said["device"], said["number"]) == (device.name, number):
                    return self.client.ticket(one["id"])
        return None

    def emergencies(self):
        """A slow machine may add technical ones: a path that was lost for long."""
        return [one for one in self.client.tickets(limit=100) if one["class"] == "emergency"]

    def do(self, ticket, act, **more):
        version = self.client.ticket(ticket)["version"]
        answer = self.client.act(ticket, act, version, **more)
        assert answer.status_code == 200, answer.text

    def end(self):
        self.kill()
        self.link.close()
        self.client.close()


class Town:
    """Both sides, the premises, and the ledger."""

    def __init__(self, folder, ask, gateways):
        self.a, self.b = Side("Ada", 0, folder, ask), Side("Bob", 1, folder, ask)
        self.sides = (self.a, self.b)
        self.premises = Premises(folder, gateways, receivers=0)
        self.premises.receivers = []
        self.keypads = [self.premises.keypad, *map(Device, OTHERS)]
        self.ledger = []

    def start(self):
        for one, other in (self.sides, self.sides[::-1]):
            one.start(other)
        for one in self.sides:
            one.set_up([self.premises.gateway, *self.keypads])
        self.premises.receivers = self.sides
        self.premises.configure()
        self.premises.receivers = []
        self.premises.start().connect()

    def press(self, place):
        device = self.keypads[place]
        self.premises.client.publish(
            f"holdfast/1/{device.name}/signal", device.signal(1), qos=1
        ).wait_for_publish(20)
        return device

    def at(self, side, place, wait_s=60):
        """The ticket of a keypad's press at a side, once it is there."""
        return until(
            lambda: side.ticket_of(self.keypads[place], 1), f"{place} at {side.name}", wait_s
        )

    def now(self, side, ticket, state, wait_s=60):
        """The ticket at a side once it is in `state`."""
        return until(
            lambda: (one := side.client.ticket(ticket))["state"] == state and one,
            f"{state} at {side.name}",
            wait_s,
        )

    def cut(self):
        for one in self.sides:
            one.link.cut()

    def mend(self):
        for one in self.sides:
            one.link.mend()

    def waits_while_worked_on(self):
        """Tickets that wait before people at one side while the other side's people have them."""
        found = []
        for one, other in (self.sides, self.sides[::-1]):
            there = {ticket["id"]: ticket for ticket in other.emergencies()}
            for ticket in one.emergencies():
                theirs = there.get(ticket["id"])
                if ticket["state"] != "open" or theirs is None or theirs["state"] == "open":
                    continue
                if theirs["holder"].startswith("operator:"):
                    found.append(ticket["id"])
        return found

    def note(self, what, ticket):
        """Write down how long the second receiver left the first its head start; columns only."""
        store = f"file:{self.b.folder}/receiver.sqlite3?mode=ro"
        with contextlib.closing(sqlite3.connect(store, uri=True)) as books:
            rows = books.execute(
                "SELECT at_ms, due_ms, act FROM entry WHERE ticket = ? ORDER BY version", (ticket,)
            ).fetchall()
        opened_ms, due_ms, _ = rows[0]
        shown_ms = next(at_ms for at_ms, _, act in rows if act == "come_back")
        assert due_ms - opened_ms == HEAD_START_MS
        assert shown_ms >= due_ms
        self.ledger.append(f"{what}: shown at B after {(shown_ms - opened_ms) / 1000:.3f} s")

    def end(self):
        for one in self.sides:
            one.end()
        self.premises.stop()


@pytest.fixture
def town(tmp_path):
    needs("mosquitto")
    gateways = Zygote()
    with zygote() as ask:
        made = Town(tmp_path, ask, gateways)
        try:
            made.start()
            yield made
        finally:
            made.end()
    gateways.stop()


def both_alive(town):
    """The same ticket at both; who takes it at A holds it at B."""
    town.press(0)
    one, other = town.at(town.a, 0), town.at(town.b, 0)
    assert one["id"] == other["id"]
    town.a.do(one["id"], "acknowledge")
    followed = town.now(town.b, one["id"], "acknowledged")
    assert followed["holder"] == "receiver:operator:Ada"
    return one["id"]


def frozen_then_killed(town):
    """A neither answers nor refuses, then is gone: B commits alone, and shows what A has not."""
    town.a.freeze()
    town.press(1)
    frozen = town.at(town.b, 1)["id"]
    town.a.kill()
    town.press(2)
    killed = town.at(town.b, 2)["id"]
    for what, ticket in (("A frozen", frozen), ("A killed", killed)):
        until(lambda ticket=ticket: town.b.client.ticket(ticket)["round"] >= 1, what, 60)
        town.note(what, ticket)
        town.b.do(ticket, "acknowledge")
    town.b.do(frozen, "close", outcome="false_alarm", override="the owner came to the desk")
    return frozen, killed


def a_comes_back(town, closed, held):
    """Behind a cut link A knows no better than to show them; once it hears B, it does not."""
    town.cut()
    town.a.start(town.b)
    for place, ticket in ((1, closed), (2, held)):
        found = town.at(town.a, place)
        assert (found["id"], found["state"]) == (ticket, "open")
    assert set(town.waits_while_worked_on()) == {closed, held}, "the harness sees it"
    town.mend()
    town.now(town.a, closed, "closed")
    assert town.now(town.a, held, "acknowledged")["holder"] == "receiver:operator:Bob"
    assert town.waits_while_worked_on() == []


def both_take_it_behind_a_cut_link(town):
    """Nobody can know; when they hear each other again, both timelines say so, once."""
    town.cut()
    town.press(3)
    ticket = town.at(town.a, 3)["id"]
    assert town.at(town.b, 3)["id"] == ticket
    for one in town.sides:
        one.do(ticket, "acknowledge")
    town.mend()
    for one, other in (town.sides, town.sides[::-1]):
        said = {"text": f"taken by operator:{other.name}", "peer": True}

        def notes(one=one, said=said):
            entries = one.client.ticket(ticket)["entries"]
            return [entry for entry in entries if entry["detail"] == said]

        assert len(until(notes, "the note")) == 1


def both_die(town):
    """Neither is there when the button is pressed; both have it when they are back."""
    for one in town.sides:
        one.kill()
    town.press(4)
    for one, other in (town.sides, town.sides[::-1]):
        one.start(other)
    ticket = town.at(town.a, 4)["id"]
    assert town.at(town.b, 4)["id"] == ticket
    until(lambda: town.b.client.ticket(ticket)["round"] >= 1, "B shows it", 60)
    town.note("both killed, nobody at A takes it", ticket)
    town.b.do(ticket, "acknowledge")
    assert town.now(town.a, ticket, "acknowledged")["holder"] == "receiver:operator:Bob"


@pytest.mark.timeout(600)
def test_one_of_two_receivers_is_frozen_killed_cut_off_and_comes_back(town):
    taken = both_alive(town)
    closed, held = frozen_then_killed(town)
    a_comes_back(town, closed, held)
    assert town.a.client.ticket(taken)["holder"] == "operator:Ada"
    both_take_it_behind_a_cut_link(town)
    both_die(town)
    counts = [{one["id"] for one in side.emergencies()} for side in town.sides]
    assert counts[0] == counts[1]
    assert len(counts[0]) == len(town.keypads)
    assert town.waits_while_worked_on() == []
    print("\n" + "\n".join(town.ledger))
    print(f"{len(town.keypads)} presses, {len(counts[0])} tickets, the same at both")

"""Intake, console and engines as processes of their own over one store."""

import queue
import signal
import time
from contextlib import ExitStack

import pytest

from alarm_receiver.config import Settings
from alarm_receiver.engine.bell import COMMITTED, JOINED, Bell, wire_of
from alarm_wire import signal as wire
from alarm_wire.receipt import REFUSAL_BYTES
from receiving import Client, Keypad, Process, wait_for

LONG_S = 60


class Parts:
    """Processes of one store, ended whatever happens."""

    def __init__(self, folder, settings, stack):
        self.folder = folder
        self.env = {f"HOLDFAST_RECEIVER_{name.upper()}": value for name, value in settings.items()}
        self.stack = stack

    def start(self, part):
        process = Process(self.folder, part=part, **self.env)
        self.stack.callback(process.end, signal.SIGKILL)
        wait_for(lambda: process.said("listening") or process.said("engine_runs"), LONG_S)
        return process

    def client(self, process):
        one = Client(process.url())
        self.stack.callback(one.close)
        return one


@pytest.fixture
def parts(store):
    folder, settings = store
    with ExitStack() as stack:
        yield Parts(folder, settings, stack)


def test_each_door_opens_what_is_its_own_and_all_work_on_one_store(parts):
    console = parts.start("console")
    intake = parts.start("intake")
    assert intake.said("setup") is None
    desk, door = parts.client(console), parts.client(intake)
    desk.set_up(wait_for(lambda: console.said("setup"), LONG_S)["link"].rsplit("/", 1)[1])
    assert "no engine lives" in door.http.get("/ready").json()["detail"]
    engines = [parts.start("engine") for _ in range(2)]
    wait_for(lambda: door.http.get("/ready").status_code == 200, LONG_S)
    assert desk.http.get("/ready").status_code == 200

    desk.policy((1, "role:operator"), (300, "role:operator"))  # one step soon, then calm
    keypad, gateway = Keypad(), Keypad()
    site = desk.site()
    desk.register(keypad, site)
    desk.register(gateway, site, kind="gateway")
    wait_for(lambda: len(door.send(gateway.heartbeat())[0]) > REFUSAL_BYTES, LONG_S)
    wait_for(lambda: len(door.send(keypad.press(wire.HOLD_UP))[0]) > REFUSAL_BYTES, LONG_S)
    assert desk.post([keypad.press()]).status_code in (404, 405)
    assert door.http.get("/v1/tickets", headers=desk.http.headers).status_code == 404
    (ticket,) = desk.tickets(site=site, **{"class": "emergency"})
    wait_for(lambda: desk.ticket(ticket["id"])["round"] >= 1, LONG_S)
    wait_for(
        lambda: [one for one in desk.http.get("/v1/devices").json() if one["standing"] == "heard"],
        LONG_S,
    )
    wait_for(
        lambda: (
            desk.act(ticket["id"], "acknowledge", desk.ticket(ticket["id"])["version"]).is_success
        )
    )
    told = wait_for(lambda: door.receipts(gateway, wait_s=5)[0], LONG_S)
    assert keypad.read(told[0]).ticket.hex() == ticket["id"].replace("-", "")

    engines[0].end(signal.SIGKILL)
    dead = wait_for(lambda: [one for one in desk.tickets() if one["account"] == "RECEIVER"], LONG_S)
    assert [one["kind"] for one in dead] == ["device_lost"]
    assert wait_for(lambda: engines[1].said("engine_dead"))
    assert engines[1].end(signal.SIGTERM) == 0


@pytest.fixture
def bells(store):
    """Two bells over one store, and what each rang."""
    folder, settings = store
    url = Settings(data=folder, **settings).database_url
    rung = [queue.SimpleQueue(), queue.SimpleQueue()]
    said = []
    made = [
        Bell(wire_of(url, folder), one.put, lambda *a, **n: said.append((a, n))) for one in rung
    ]
    for one in made:
        one.start()
    yield made, rung, said
    for one in made:
        one.stop()


def test_a_bell_is_heard_by_the_other_process_and_rests(bells):
    (mine, _), (here, there), said = bells
    wait_for(lambda: mine.ring() or not there.empty())
    assert here.get(timeout=LONG_S) == COMMITTED
    for _ in range(1_000):
        mine.ring()
    time.sleep(0.2)
    assert there.qsize() < 100
    assert there.get(timeout=LONG_S) == COMMITTED
    assert said == []


def test_what_only_joined_rings_so_over_there_and_not_at_all_here(bells):
    (mine, _), (here, there), said = bells
    wait_for(lambda: mine.ring(here=False) or not there.empty())
    assert there.get(timeout=LONG_S) == JOINED
    assert here.empty()
    mine.ring()
    assert here.get(timeout=LONG_S) == COMMITTED
    wait_for(lambda: there.get(timeout=LONG_S) == COMMITTED)
    assert said == []


def test_a_bell_whose_process_was_killed_is_taken_away(tmp_path):
    url = f"sqlite:///{tmp_path / 'x'}"
    left = wire_of(url, tmp_path)()
    left._socket.close()
    telling = Bell(wire_of(url, tmp_path), lambda _: None, lambda *_a, **_n: None)
    telling.start()
    try:
        wait_for(lambda: telling.ring() or left._name not in names(tmp_path))
    finally:
        telling.stop()
    assert names(tmp_path) == []


def names(folder):
    return [one.name for one in (folder / "bells").iterdir()]

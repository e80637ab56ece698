"""Roll-outs on screen: who gets firmware, how fast, how far; over restarts, and in one agency."""

import re
import secrets

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_receiver.domain.course import share
from alarm_receiver.store import rollouts
from alarm_wire import batch
from alarm_wire import signal as wire
from foreign import other as stranger
from holdfast.release import image
from receiving import BATCH, PASSWORD, Keypad, running, wait_for

FILES = {"boards/esp32_s3.mpy": b"pins", "keypad/app.mpy": secrets.token_bytes(900)}
MAKER = rsa.generate_private_key(public_exponent=65537, key_size=3072)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request, tmp_path):
    """(data folder, settings) of an empty store that knows the maker of firmware."""
    (tmp_path / "maker.pub").write_text(image.modulus(MAKER).hex() + "\n")
    if request.param == "sqlite":
        return tmp_path, {}
    return tmp_path, {"database": request.getfixturevalue("postgres").fresh()}


@pytest.fixture
def house(fresh):
    folder, settings = fresh
    with running(folder, **settings) as (receiver, client):
        yield receiver, client


class Town:
    """Keypads at one site with a gateway, and a supervisor at the console."""

    def __init__(self, receiver, client, count):
        self.client, self.site = client, client.site("Jeweller", "4711")
        self.gateway = Keypad()
        client.register(self.gateway, self.site, kind="gateway", zone=0, zone_name="")
        self.keypads = {}
        for zone in range(1, count + 1):
            one = Keypad()
            client.register(one, self.site, zone=zone)
            self.keypads[one.device.hex()] = one
        self.desk = signed_in(receiver, client)

    def store(self, *version):
        content = image.pack(FILES, version, 6, MAKER)
        assert self.client.http.post("/v1/images", content=content).status_code == 200
        return image.version_number(version)

    def begin(self, version, count, **more):
        form = {"version": version, "account": "4711", "percent": 100, "at_once": 2, "failures": 0}
        return self.desk.post("/roll-outs", data=form | {"count": count} | more)

    def ordered(self):
        rows = self.client.http.get("/v1/orders", params={"site": self.site}).json()
        return {row["device"]: row["state"] for row in rows if row["what"] == "image"}

    def fetch(self):
        body = batch.pack([self.gateway.heartbeat()])
        self.client.http.post("/v1/pieces?wait_s=5", content=body, headers=BATCH)

    def say(self, device, value, zone=0):
        """A keypad fetches and speaks of its firmware."""
        self.fetch()
        wait_for(lambda: self.ordered()[device] == "sent")
        self.client.send(self.keypads[device].press(wire.UPDATED, value=value, zone=zone))

    def counts(self):
        page = self.desk.get("/roll-outs").text
        found = re.findall(r'data-count="([\w-]+)">(\d+)', page)
        return dict(found[:4]), re.findall(r'data-standing="(\w+)"', page)

    def until(self, standing):
        wait_for(lambda: self.counts()[1][0] == standing)

    def deeds(self):
        rows = self.client.http.get("/v1/deeds").json()
        return [one["what"] for one in rows if "roll_out" in str(one)]


@pytest.fixture(autouse=True)
def closed():
    """Every console that a test opens is closed after it."""
    yield
    while OPENED:
        OPENED.pop().close()


OPENED = []


def signed_in(receiver, client, role="supervisor"):
    form = {"name": f"Eve {role}", "password": PASSWORD, "role": role}
    client.http.post("/v1/operators", json=form)
    desk = httpx.Client(base_url=receiver.url, timeout=60, headers={"Accept": "text/html"})
    OPENED.append(desk)
    desk.post("/sign-in", data={"name": form["name"], "password": PASSWORD})
    return desk


def test_one_first_then_a_few_until_all_have_taken_it(house):
    town = Town(*house, count=4)
    assert "No firmware was rolled out yet." in town.desk.get("/roll-outs").text
    version = town.store(2, 0, 0)
    seen = town.desk.get("/roll-outs", params={"version": version, "account": "4711"}).text
    assert "4 keypads get it." in seen
    assert town.begin(version, 4).status_code == 303
    order = share(sorted(town.keypads), 100, "2.0.0")
    wait_for(lambda: len(town.ordered()) == 1)
    assert list(town.ordered()) == order[:1]
    assert town.counts() == (
        {"left": "3", "under-way": "1", "taken": "0", "failed": "0"}, ["running"],
    )  # fmt: skip
    town.say(order[0], version)
    wait_for(lambda: set(town.ordered()) == set(order[:3]))
    for device in order[1:3]:
        town.say(device, version)
    wait_for(lambda: len(town.ordered()) == 4)
    town.say(order[3], version)
    town.until("done")
    assert town.counts()[0] == {"left": "0", "under-way": "0", "taken": "4", "failed": "0"}
    assert town.deeds()[0] == "finish_roll_out"
    assert town.deeds().count("order_image") == 4


def test_failures_stop_it_and_say_why(house):
    town = Town(*house, count=3)
    version = town.store(2, 1, 0)
    assert town.begin(version, 3).status_code == 303
    (first,) = share(sorted(town.keypads), 100, "2.1.0")[:1]
    wait_for(lambda: first in town.ordered())
    town.say(first, 0, 2)
    town.until("stopped")
    assert town.counts()[0] == {"left": "2", "under-way": "0", "taken": "0", "failed": "1"}
    page = town.desk.get("/roll-outs").text
    assert first in page
    assert "has not signed it" in page
    assert len(town.ordered()) == 1
    again = town.store(2, 1, 1)
    assert town.begin(again, 3).status_code == 303, "a stopped one is over"


def test_held_nothing_is_ordered_and_it_goes_on_after_a_restart(fresh):
    folder, settings = fresh
    with running(folder, **settings) as (receiver, client):
        town = Town(receiver, client, count=2)
        version = town.store(2, 2, 0)
        town.begin(version, 2, at_once=1)
        order = share(sorted(town.keypads), 100, "2.2.0")
        wait_for(lambda: list(town.ordered()) == order[:1])
        (id_,) = re.findall(r'data-roll-out="(\w+)"', town.desk.get("/roll-outs").text)
        assert town.desk.post(f"/roll-outs/{id_}/hold").status_code == 303
        assert town.desk.post(f"/roll-outs/{id_}/hold").status_code == 422
        town.say(order[0], version)
        wait_for(lambda: town.counts()[0]["taken"] == "1")
        with pytest.raises(AssertionError):
            wait_for(lambda: len(town.ordered()) == 2, 2.5)
        assert town.counts()[1] == ["held"]
        assert town.desk.post(f"/roll-outs/{id_}/go-on").status_code == 303
    with running(folder, **settings) as (receiver, _):
        context = receiver.receiver.context

        def made():
            with context.reader.connect() as connection:
                (one,) = rollouts.listed(connection, "own", context.clock.now_ms())
                return one.under_way == 1

        wait_for(made)


def test_it_begins_only_with_the_number_that_was_seen(house):
    town = Town(*house, count=3)
    version = town.store(2, 3, 0)
    for wrong in ("2", "", "three", "-3", "30000000000"):
        answer = town.begin(version, wrong)
        assert answer.status_code == 422, wrong
        assert 'name="count"' in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert town.begin(version + 1, 3).status_code == 422
    assert town.begin(version, 3, account="9").status_code == 422
    assert town.begin(version, 3, percent=101).status_code == 422
    assert town.deeds() == []
    assert town.begin(version, "۳").status_code == 303, "Persian figures count"
    assert "is under way; end it" in town.begin(version, 3).text


def test_ended_by_hand_no_more_are_ordered_and_another_may_begin(house):
    town = Town(*house, count=3)
    version = town.store(2, 4, 0)
    town.begin(version, 3)
    wait_for(lambda: len(town.ordered()) == 1)
    (id_,) = re.findall(r'data-roll-out="(\w+)"', town.desk.get("/roll-outs").text)
    assert town.desk.post(f"/roll-outs/{id_}/end").status_code == 303
    assert town.counts()[1] == ["ended"]
    (device,) = town.ordered()
    town.client.http.post(f"/v1/devices/{device}/orders/image/call-off")
    wait_for(lambda: town.deeds()[0] == "finish_roll_out")
    assert len(town.ordered()) == 1
    assert town.begin(town.store(2, 4, 1), 3).status_code == 303


def test_a_share_is_the_commands_and_what_cannot_be_ordered_is_a_failure(house):
    town = Town(*house, count=4)
    version = town.store(2, 5, 0)
    chosen = share(sorted(town.keypads), 50, "2.5.0")
    path = f"/v1/devices/{chosen[0]}/board"
    assert town.client.http.put(path, json={"board": "other_board"}).status_code == 204
    assert town.begin(version, 2, percent=50, failures=1).status_code == 303
    wait_for(lambda: list(town.ordered()) == chosen[1:])
    page = town.desk.get("/roll-outs").text
    assert chosen[0] in page
    assert "this keypad has" in page
    assert town.counts()[0] == {"left": "0", "under-way": "1", "taken": "0", "failed": "1"}


def test_who_may_and_in_which_agency(house):
    town = Town(*house, count=1)
    version = town.store(2, 6, 0)
    for role in ("operator", "auditor", "agency"):
        desk = signed_in(*house, role=role)
        assert desk.get("/roll-outs").status_code == 403
        assert desk.post("/roll-outs", data={"version": version}).status_code == 403
    foreign = stranger(house[0], "admin")
    OPENED.append(foreign)
    foreign.headers["Cookie"] = f"holdfast_session={foreign.session}"
    foreign.headers["Accept"] = "text/html"
    assert "2.6.0" not in foreign.get("/roll-outs").text
    form = {"version": version, "percent": 100, "at_once": 1, "failures": 0, "count": 1}
    assert foreign.post("/roll-outs", data=form).status_code == 422
    assert town.begin(version, 1).status_code == 303
    (id_,) = re.findall(r'data-roll-out="(\w+)"', town.desk.get("/roll-outs").text)
    assert id_ not in foreign.get("/roll-outs").text
    assert foreign.post(f"/roll-outs/{id_}/end").status_code == 404
    assert town.counts()[1] == ["running"]

"""Attack 16: threads used up. Whatever people's requests wait for, presses get in and are told.

What uses a thread (hashing of passwords, exports, any form) is made to stand still, so that nothing
here hangs on how quick a machine is; a last test floods a receiver as users start it.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pwdlib
import pytest

from alarm_receiver.store import archive, registry
from alarm_wire import receipt
from receiving import PASSWORD, Keypad, running, wait_for
from watched_house import House as Bare

MANY = 60
"""More than the receiver has threads for requests (40)."""
SOON_S = 10
"""A thread that stands still is not waited for: far below that, but no machine is so slow."""


class Still:
    """Calls of a function that come in and do not go on until they are let."""

    def __init__(self, monkeypatch, owner, name):
        self.go_on, self.inside = threading.Event(), 0
        self._lock, self._really = threading.Lock(), getattr(owner, name)
        still = self

        def stands(*args, **names):
            with still._lock:
                still.inside += 1
            assert still.go_on.wait(120)
            return still._really(*args, **names)

        monkeypatch.setattr(owner, name, stands)


class House:
    """A receiver with a keypad and its gateway, and whoever asks many things at once."""

    def __init__(self, receiver, client):
        self.receiver, self.client = receiver, client
        self.keypad, self.gateway = Keypad(), Keypad()
        self.site = client.site()
        client.register(self.keypad, self.site)
        client.register(self.gateway, self.site, kind="gateway", zone=0)
        self.url = receiver.url

    def press(self):
        """The ticket of a press that was stored and receipted."""
        (answer,) = self.client.send(self.keypad.press())
        assert self.keypad.read(answer).state == receipt.STORED
        return self.client.http

    @contextmanager
    def many(self, method, path, **more):
        """The statuses of many requests at once; some may still stand when the block begins."""
        statuses = []
        token = self.client.http.headers["Authorization"]

        def ask():
            headers = {"Authorization": token}
            with httpx.Client(base_url=self.url, timeout=150, headers=headers) as http:
                answer = http.request(method, path, **more)
                statuses.append((answer.status_code, answer.headers.get("retry-after")))

        with ThreadPoolExecutor(MANY) as pool:
            for _ in range(MANY):
                pool.submit(ask)
            yield statuses

    def lives(self):
        """Presses are stored and receipted, their streams told, health answered."""
        started = time.monotonic()
        assert httpx.get(f"{self.url}/health", timeout=SOON_S).json() == {"status": "ok"}
        assert httpx.get(f"{self.url}/ready", timeout=SOON_S).status_code == 200
        for _ in range(5):
            self.press()
        got = httpx.get(f"{self.url}/metrics", timeout=SOON_S)
        assert "holdfast_signals_total" in got.text
        assert time.monotonic() - started < SOON_S

    def desk_works(self):
        """An operator sees a ticket and takes it."""
        self.client.http.timeout = SOON_S
        ticket = self.client.tickets(site=self.site)[0]
        if ticket["state"] == "open":
            taken = self.client.act(ticket["id"], "acknowledge", ticket["version"])
            assert taken.status_code == 200
            told, _ = self.client.receipts(self.gateway, wait_s=SOON_S)
            assert told, "the gateway is told that somebody has it"
        done = self.client.act(
            ticket["id"], "note", self.client.ticket(ticket["id"])["version"], text="x"
        )
        assert done.status_code == 200


@pytest.fixture
def house(tmp_path):
    with running(tmp_path) as (receiver, client):
        one = House(receiver, client)
        one.press()
        yield one


def test_attack_16_strangers_passwords_leave_threads_to_the_desk(house, monkeypatch):
    still = Still(monkeypatch, pwdlib.PasswordHash, "verify")
    wrong = {"json": {"name": "Ada", "password": "wrong" * 3}}
    with house.many("POST", "/v1/tokens", **wrong) as statuses:
        try:
            wait_for(lambda: still.inside >= 1)
            wait_for(lambda: len(statuses) + 10 >= MANY, 30)
            house.lives()
            house.desk_works()
            assert still.inside <= 4, "each takes 64 MB of memory"
        finally:
            still.go_on.set()
    assert {one[0] for one in statuses} == {401, 503}
    assert {one[1] for one in statuses if one[0] == 503} == {"1"}
    right = {"name": "Ada", "password": PASSWORD}
    assert httpx.post(f"{house.url}/v1/tokens", json=right, timeout=20).status_code == 201


def test_attack_16_a_flood_of_strangers_keeps_no_keyholders_word_waiting(house, monkeypatch):
    holder = {"rank": 1, "name": "Eva", "phone": "1", "password": "blue horse", "duress": "red cow"}
    path = f"/v1/sites/{house.site}/keyholders"
    id_ = house.client.http.post(path, json=holder).json()["id"]
    really = pwdlib.PasswordHash.verify
    still = Still(monkeypatch, pwdlib.PasswordHash, "verify")
    stands = pwdlib.PasswordHash.verify

    def verify(self, password, hashed):
        return (stands if password.startswith("wrong") else really)(self, password, hashed)

    monkeypatch.setattr(pwdlib.PasswordHash, "verify", verify)
    wrong = {"json": {"name": "Ada", "password": "wrong" * 3}}
    with house.many("POST", "/v1/tokens", **wrong):
        try:
            wait_for(lambda: still.inside >= 1)
            ticket = house.client.tickets(site=house.site)[0]["id"]
            word = {"ticket": ticket, "word": "red cow"}
            house.client.http.timeout = SOON_S
            said = house.client.http.post(f"{path}/{id_}/word", json=word)
            assert said.json()["result"] == "duress"
        finally:
            still.go_on.set()


def test_attack_16_exports_leave_threads_to_the_desk(house, monkeypatch):
    still = Still(monkeypatch, archive, "read")
    with house.many("GET", "/v1/export/registry.zip") as statuses:
        try:
            wait_for(lambda: still.inside >= 1)
            wait_for(lambda: len(statuses) + 4 >= MANY, 30)
            house.lives()
            house.desk_works()
        finally:
            still.go_on.set()
    assert {one[0] for one in statuses} == {200, 503}
    assert house.client.http.get("/v1/export/registry.zip").status_code == 200


def test_attack_16_with_every_thread_gone_presses_are_taken_and_told(house, monkeypatch):
    """A form of which nobody thought stands still in all threads: the desk waits, alarms do not."""
    still = Still(monkeypatch, registry, "list_of_sites")
    with house.many("GET", "/v1/sites"):
        try:
            wait_for(lambda: still.inside >= 10, 30)
            house.lives()
            house.client.http.timeout = SOON_S
            for _ in range(8):  # more than there are threads that gateways and streams share
                told, _ = house.client.receipts(house.gateway)
                assert told == []
        finally:
            still.go_on.set()
    house.desk_works()


def test_attack_16_a_real_flood_of_passwords_delays_no_press(tmp_path):
    """Real hashes, as many as come: memory stays bounded, every press is receipted meanwhile."""
    house = Bare(tmp_path)
    house.press_anew()
    before, most, flooding = house.memory(), 0, threading.Event()

    def try_in():
        wrong = {"name": "Ada", "password": "wrong" * 3}
        with httpx.Client(timeout=60) as http:
            while not flooding.is_set():
                answer = http.post(f"{house.url}/v1/tokens", json=wrong)
                assert answer.status_code in {401, 429, 503}, answer.text

    with ThreadPoolExecutor(MANY) as pool:
        tries = [pool.submit(try_in) for _ in range(MANY)]
        try:
            for _ in range(40):
                house.press_anew()
                assert httpx.get(f"{house.url}/health", timeout=SOON_S).status_code == 200
                most = max(most, house.memory() - before)
        finally:
            flooding.set()
    assert [one.exception() for one in tries] == [None] * MANY
    assert most < 8 * 64_000_000, "two hashes at once; 40 of them would be 2.6 GB"
    house.end()

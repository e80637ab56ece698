"""Attack 16: descriptors and memory used up, a process that stands still: presses get through.

A receiver as users start it. What was receipted is looked up in its store afterwards.
"""

import contextlib
import os
import resource
import signal
import socket
import threading
import time

import httpx
import pytest

from receiving import wait_for
from watched_house import House

FILES = 200
SENDERS = 40
PART = 4_000_000


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    one = House(tmp_path_factory.mktemp("house"))
    yield one
    one.end()


class Idlers(threading.Thread):
    """Opens connections and says nothing, for ever; what is closed it opens again."""

    def __init__(self, where):
        super().__init__(daemon=True)
        self.where = where
        self.opened = 0
        self.ending = threading.Event()
        self.start()

    def run(self):
        held = []
        while not self.ending.is_set():
            with contextlib.suppress(OSError):
                held.append(socket.create_connection(self.where, timeout=2))
                self.opened += 1
            if len(held) > 3 * FILES:
                held.pop(0).close()
        for one in held:
            one.close()

    def stop(self):
        self.ending.set()
        self.join()


def test_attack_16_a_press_gets_in_when_descriptors_are_used_up(house):
    warm = httpx.Client()
    house.press(warm)
    before = house.files()
    limits = resource.prlimit(house.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(house.pid, resource.RLIMIT_NOFILE, (FILES, limits[1]))
    idlers = [Idlers(house.where) for _ in range(2)]
    try:
        wait_for(lambda: min(one.opened for one in idlers) > 2 * FILES, 60)
        for _ in range(20):
            house.press_anew()
            house.press(warm)
        assert house.files() < FILES
        assert house.client.http.get("/ready").status_code == 200
    finally:
        for one in idlers:
            one.stop()
        resource.prlimit(house.pid, resource.RLIMIT_NOFILE, limits)
    wait_for(lambda: house.files() <= before + 5, 30)
    warm.close()


def test_attack_16_a_press_gets_in_while_many_fill_the_memory(house):
    """Strangers begin large bodies and never end them; what they have sent is held, and bounded."""
    before = house.memory()
    head = (
        b"POST /v1/sites HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: 9000000\r\n\r\n"
    )
    lines, refused = [], 0
    for _ in range(SENDERS):
        line = socket.create_connection(house.where, timeout=20)
        lines.append(line)
        with contextlib.suppress(OSError):
            line.sendall(head + bytes(PART))
            line.settimeout(0.2)
            refused += line.recv(100).startswith(b"HTTP/1.1 503 ")
    assert refused > SENDERS / 2
    assert house.memory() - before < SENDERS * PART / 2
    house.press_anew()
    house.client.site("Small enough for any time")
    for line in lines:
        line.close()
    whole = {"name": "x", "account": "y" * 1_000_000}

    def taken():
        return house.client.http.post("/v1/sites", json=whole).status_code == 422

    wait_for(taken)


def test_attack_16_a_receiver_that_stood_still_goes_on(house):
    before = len(house.ledger)
    os.kill(house.pid, signal.SIGSTOP)
    presses = [threading.Thread(target=house.press_anew) for _ in range(5)]
    for one in presses:
        one.start()
    time.sleep(3)  # this long nothing moves: it is what the test is about
    assert len(house.ledger) == before
    os.kill(house.pid, signal.SIGCONT)
    for one in presses:
        one.join()
    assert len(house.ledger) == before + 5
    wait_for(lambda: house.client.http.get("/ready").status_code == 200)

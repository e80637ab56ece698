"""A broker that leads nowhere is left for the other, and what is left is closed."""

import socket
import threading
import time

import pytest

from alarm_wire.signal import PANIC, STARTED
from holdfast.brokers import Mosquitto
from needs import needs
from receiving import wait_for
from witness import Witness


@pytest.fixture
def second(tmp_path):
    needs("mosquitto")
    broker = Mosquitto(tmp_path / "second")
    broker.start()
    yield broker
    broker.stop()


def test_a_broker_with_no_receiver_behind_it_is_left_for_the_other(broker, second, make_board):
    """It takes every press and says so: only the missing receipt can tell."""
    board = make_board(broker.port, nvs={"host_2": "127.0.0.1", "port_2": second.port})
    witness = Witness(second.port)
    try:
        board.start()
        board.wait_hop("published")
        board.press()
        arrival = witness.wait_signal(PANIC, 12)
        pressed = next(e.at for e in board.events() if e.kind == "hop" and e.data["hop"] == "taken")
        print(f"delivered by the second broker after {arrival.at - pressed:.1f} s")
        board.wait_lamp("stored")
    finally:
        witness.stop()


def test_a_keypad_that_nobody_hears_looks_for_a_receiver_before_the_press(
    broker, second, make_board
):
    ports = {"host_2": "127.0.0.1", "port_2": second.port, "heartbeat_s": 1}
    board = make_board(broker.port, nvs=ports)
    first, other = Witness(broker.port), Witness(second.port)
    try:
        board.start()
        first.wait_signal(STARTED)
        first.hears = False
        other.wait(lambda a: a.beat is not None, 30)
        since = time.time()
        board.press()
        other.wait_signal(PANIC, 2, since=since)
    finally:
        first.stop()
        other.stop()


class Silent:
    """A frozen broker: takes connections and says nothing. `open_now` are not closed yet."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.taken = self.judged = self.open_now = self.most = 0
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        while True:
            try:
                wire, _ = self._server.accept()
            except OSError:
                return
            self.taken += 1
            self.open_now += 1
            threading.Thread(target=self._read, args=(wire,), daemon=True).start()

    def _read(self, wire):
        with wire:
            until_s = time.monotonic() + 5  # what was left may be closed a moment later
            while self.open_now > 1 and time.monotonic() < until_s:
                time.sleep(0.01)
            self.most = max(self.most, self.open_now)
            self.judged += 1
            while wire.recv(1000):
                pass
        self.open_now -= 1

    def stop(self):
        self._server.close()


def test_a_connection_that_is_given_up_is_closed(make_board):
    """A chip has few sockets and the memory for one TLS connection."""
    frozen = Silent()
    board = make_board(frozen.port).start()
    try:
        wait_for(lambda: frozen.judged >= 3, 41)
        assert frozen.most == 1
    finally:
        board.stop()
        frozen.stop()

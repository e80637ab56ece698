"""Brokers that die, freeze, lie or keep a session; radio that goes: presses arrive all the same."""

import os
import signal as signals
import time

import pytest

from alarm_wire import receipt
from alarm_wire.seal import derive
from alarm_wire.signal import PANIC, STARTED
from cable import Cable
from holdfast.brokers import Mosquitto
from needs import needs
from witness import DEVICE, KEY, TOPIC, Witness


def press(board):
    since = len(board.events())
    board.press()
    board.wait_event(lambda e: e.kind == "hop" and e.data["hop"] == "taken", since=since)
    board.release()


def test_a_broker_that_was_away_gets_the_press_soon_after_it_is_back(broker, make_board):
    board = make_board(broker.port).start()
    board.wait_hop("published")
    broker.kill()
    press(board)
    broker.start()
    back = time.time()
    witness = Witness(broker.port)
    try:
        arrival = witness.wait_signal(PANIC)
        assert arrival.at - back < 20  # the figure itself is in `make bench`
        board.wait_lamp("stored")
    finally:
        witness.stop()


def test_a_session_that_the_broker_kept_is_used_and_brings_what_was_missed(broker, make_board):
    witness = Witness(broker.port, answer=())
    try:
        board = make_board(broker.port).start()
        witness.wait_signal(STARTED)
        board.press()
        signal = witness.wait_signal(PANIC).signal
        board.release()
        board.cut_power()
        witness.wait(lambda a: a.topic == "presence" and a.frame == b"0", 40)
        witness.tell(signal.epoch, signal.number, receipt.STORED)
        board.start()
        board.wait_lamp("stored")
    finally:
        witness.stop()


def test_another_client_with_our_name_does_not_keep_us_out(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    thief = Witness(broker.port, answer=(), name=DEVICE.hex())
    thief.stop()
    since = time.time()
    press(board)
    witness.wait_signal(PANIC, since=since)
    board.wait_lamp("stored")


def test_the_second_address_is_tried_when_the_first_broker_freezes(broker, make_board, tmp_path):
    needs("mosquitto")
    second = Mosquitto(tmp_path / "second")
    second.start()
    witness = Witness(second.port)
    settings = {"host_2": "127.0.0.1", "port_2": second.port}
    board = make_board(broker.port, nvs=settings).start()
    frozen = broker._process.pid
    try:
        board.wait_hop("published")
        os.kill(frozen, signals.SIGSTOP)
        press(board)
        witness.wait_signal(PANIC, 30)
        board.wait_lamp("stored")
    finally:
        os.kill(frozen, signals.SIGCONT)
        witness.stop()
        second.stop()


def test_a_half_open_connection_is_left_for_a_new_one(broker, witness, make_board):
    """A router forgets the connection: it stays open, takes what is sent, and nothing comes."""
    cable = Cable(broker.port)
    board = make_board(cable.port)
    try:
        board.start()
        witness.wait_signal(STARTED, 30)
        cable.forget()
        since = time.time()
        press(board)
        arrival = witness.wait_signal(PANIC, 30, since=since)
        print(f"half-open: delivered after {arrival.at - since:.1f} s")
        board.wait_lamp("stored", 30)
        assert not [event for event in board.events() if event.kind == "reset"]
    finally:
        board.stop()
        cable.close()


def test_an_over_long_body_is_read_past_and_the_link_stays(tmp_path, make_board):
    needs("mosquitto")
    broker = Mosquitto(tmp_path / "long", extra="message_size_limit 200000\n")
    broker.start()
    witness = Witness(broker.port, answer=())
    try:
        board = make_board(broker.port).start()
        witness.wait_signal(STARTED)
        press(board)
        signal = witness.wait_signal(PANIC).signal
        for length in (257, 5000, 100000):
            witness.send(bytes(length))
        witness.tell(signal.epoch, signal.number, receipt.STORED)
        board.wait_lamp("stored")
        beats = [a for a in witness.arrivals if a.topic == "presence"]
        assert [a.frame for a in beats] == [b"1"]
    finally:
        witness.stop()
        broker.stop()


def test_radio_out_of_reach_keeps_the_press_and_shows_trouble(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    board.wifi(False)
    board.wait_lamp("trouble", 60)
    press(board)
    assert board.lamp == "taken"
    assert board.in_trouble
    board.wifi(True)
    witness.wait_signal(PANIC)
    board.wait_lamp("stored")
    board.wait_event(lambda e: e.kind == "pin" and (e.pin, e.level) == (40, 0))


def test_a_broker_on_another_machine_is_refused_without_tls(make_board):
    board = make_board(1, nvs={"host": "192.0.2.7", "tls": "none"}).start()
    board.wait_event(lambda event: "needs TLS" in event.text, 30)


PSK = bytes(range(100, 132))


@pytest.mark.parametrize(
    ("secured", "nvs"), [(PSK, {"psk": PSK}), (derive(KEY, b"psk"), {})], indirect=["secured"]
)
def test_a_press_travels_under_a_key_provisioned_or_derived(secured, make_board, nvs):
    witness = Witness(secured.port)
    try:
        board = make_board(secured.psk_port, nvs={"tls": "psk", **nvs}).start()
        witness.wait_signal(STARTED)
        press(board)
        board.wait_lamp("stored")
    finally:
        witness.stop()


@pytest.mark.parametrize("secured", [PSK], indirect=True)
def test_a_wrong_pre_shared_key_and_a_plain_broker_are_refused(secured, make_board):
    witness = Witness(secured.port)
    try:
        how = {"tls": "psk"}
        wrong = make_board(secured.psk_port, "wrong", nvs={"psk": bytes(32), **how}).start()
        plain = make_board(secured.port, "plain", nvs={"psk": PSK, **how}).start()
        for board in (wrong, plain):
            board.wait_event(lambda event: event.kind == "line" and "broker:" in event.text)
            board.press()
            board.wait_lamp("taken")
        assert witness.arrivals == []
    finally:
        witness.stop()


def test_topics_of_the_tests_are_those_of_the_device():
    assert TOPIC.split("/")[2] == DEVICE.hex()

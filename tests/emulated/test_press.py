"""A press on the emulated board travels to a real broker and back to the lamps."""

import time

import pytest

from alarm_wire import receipt, seal
from alarm_wire.signal import PANIC, STARTED
from hardware.emulated_board import BoardError
from witness import DEVICE, TOPIC, Witness


def press(board, hold_s=0.06):
    board.press()
    time.sleep(hold_s)  # how long a finger stays is the test's own choice, not a wait
    board.release()


def test_a_press_is_taken_stored_and_acknowledged(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    at = board.press()
    arrival = witness.wait_signal(PANIC)
    assert arrival.at >= at
    board.wait_lamp("stored")
    witness.tell(arrival.signal.epoch, arrival.signal.number, receipt.ACKNOWLEDGED)
    board.wait_lamp("acknowledged")
    shown = [event.lamp for event in board.events() if event.kind == "lamp"]
    assert shown == ["taken", "stored", "acknowledged"]
    signal = arrival.signal
    assert (signal.device, signal.epoch, signal.zone, signal.flags) == (DEVICE, 1, 1, 0)
    assert arrival.sent.epoch == 1
    assert 0 <= arrival.sent.uptime_ms - signal.pressed_ms < 5000


def test_the_embedded_broker_of_the_demo_will_do(embedded, make_board):
    witness = Witness(embedded.port)
    try:
        board = make_board(embedded.port).start()
        witness.wait_signal(STARTED)
        board.press()
        board.wait_lamp("stored")
    finally:
        witness.stop()


def test_hop_lines_follow_the_press(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    at = board.press()
    taken = board.wait_hop("taken")
    published = board.wait_hop("published", taken.data["number"])
    board.wait_hop("stored", taken.data["number"])
    assert at <= taken.at <= published.at
    assert taken.data["device"] == DEVICE.hex()
    assert set(taken.data) == {"hop", "device", "epoch", "number", "at"}


def test_without_trace_the_keypad_says_nothing(broker, witness, make_board):
    board = make_board(broker.port, nvs={"trace": False}).start()
    witness.wait_signal(STARTED)
    press(board)
    board.wait_lamp("stored")
    assert [event.kind for event in board.events() if event.kind in {"hop", "line"}] == []


def test_a_covert_keypad_sends_and_shows_nothing_at_all(broker, witness, make_board):
    board = make_board(broker.port, nvs={"covert": True}).start()
    started = witness.wait_signal(STARTED)
    press(board)
    arrival = witness.wait(lambda a: a.signal is not None and a.signal.kind == 1)
    witness.tell(arrival.signal.epoch, arrival.signal.number, receipt.ACKNOWLEDGED)
    witness.wait(lambda a: a.beat is not None)
    board.stop()
    assert started.signal.number < arrival.signal.number
    assert [event.kind for event in board.events() if event.kind != "exit"] == ["start"]


def test_presence_is_told_and_the_will_is_kept_by_the_broker(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait(lambda a: a.topic == "presence" and a.frame == b"1")
    board.cut_power()
    witness.wait(lambda a: a.topic == "presence" and a.frame == b"0", timeout=40)


def test_nothing_but_a_true_receipt_takes_a_press_out_of_the_ring(broker, make_board):
    witness = Witness(broker.port, answer=())
    try:
        board = make_board(broker.port).start()
        witness.wait_signal(STARTED)
        board.press()
        signal = witness.wait_signal(PANIC).signal
        wrong = seal.Signer(bytes(32), seal.RECEIPT)
        purpose = seal.Signer(bytes(range(32)), seal.SIGNAL)
        for bad in (wrong, purpose):
            witness.tell(signal.epoch, signal.number, receipt.STORED, signer=bad)
            witness.tell(signal.epoch, signal.number, receipt.ACKNOWLEDGED, signer=bad)
        for junk in (b"", b"x", bytes(59), bytes(128), bytes(300)):
            witness.send(junk)
        witness.tell(signal.epoch, signal.number, receipt.HEARD)
        witness.tell(signal.epoch + 1, signal.number, receipt.STORED)
        witness.tell(signal.epoch, signal.number + 7, receipt.STORED)
        # it comes again, which it would not had one of these been believed
        count = len(witness.signals([PANIC]))
        witness.wait(lambda _: len([a for a in witness.arrivals if a.signal == signal]) > count)
        assert board.lamp == "taken"
        witness.tell(signal.epoch, signal.number, receipt.STORED)
        board.wait_lamp("stored")
    finally:
        witness.stop()


def test_a_press_survives_power_cuts_and_keeps_its_identity(broker, make_board):
    board = make_board(1).start()  # no broker there
    board.wait_event(lambda event: event.kind == "line")
    board.press()
    taken = board.wait_hop("taken")
    board.cut_power()
    board.release()
    board.provision(port=broker.port)
    witness = Witness(broker.port)
    try:
        board.start()
        board.wait_lamp("stored")
        arrival = witness.wait_signal(PANIC)
        assert arrival.signal.number == taken.data["number"]
        assert (arrival.signal.epoch, arrival.sent.epoch) == (1, 2)
        board.cut_power()
        board.start()
        witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 3))
        assert board.lamp == "idle"
        assert len({(s.epoch, s.number) for s in witness.signals([PANIC])}) == 1
    finally:
        witness.stop()


def test_a_contact_that_is_closed_when_the_power_comes_is_a_press(broker, witness, make_board):
    board = make_board(broker.port)
    board.press()
    board.start()
    witness.wait_signal(PANIC)


def test_a_board_without_settings_says_what_to_do_and_ends(tmp_path, make_board):
    board = make_board(1)
    (tmp_path / "keypad/flash.nvs.holdfast").write_text("{}")
    board.start()
    board.wait_event(lambda event: event.kind == "exit")
    assert "provision" in " ".join(board.said())


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("port", 0, "setting port: value 0, allowed are 1 to 65535"),
        ("port", "1883", "setting port must be int"),
        ("covrt", True, "setting covrt is not known"),
        ("host", "x" * 254, "setting host: length 254"),
    ],
)
def test_a_bad_setting_is_refused_by_name(make_board, setting, value, complaint):
    board = make_board(1)
    board.provision(**{setting: value})
    board.start()
    board.wait_event(lambda event: complaint in event.text, 30)


def test_waiting_for_what_does_not_come_says_what_the_board_said(make_board):
    board = make_board(1).start()
    with pytest.raises(BoardError, match="the lamps do not show 'stored'"):
        board.wait_lamp("stored", 0.2)


def test_topics_are_those_of_the_architecture():
    assert TOPIC == "holdfast/1/6b65797061643031/"

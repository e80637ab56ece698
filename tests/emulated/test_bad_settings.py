"""Settings that no start survives: whoever sends them must not have to fetch the keypad."""

import json

import pytest

from alarm_wire import seal
from alarm_wire.parcel import SETTING, TAKEN_BACK, TOGETHER, pack_parcel
from alarm_wire.signal import CONFIG_CHANGED, PANIC, STARTED
from witness import DEVICE, KEY


def settings(keypad, /, **changes):
    """The keypad's settings as they are in its NVS, with `changes`."""
    values = json.loads((keypad.folder / "flash.nvs.holdfast").read_text())
    return {**json.loads(bytes.fromhex(values["config"])), **changes}


def send(witness, body):
    for piece in pack_parcel(DEVICE, 5, body, seal.Signer(KEY, seal.CONFIG)):
        witness.send(piece, "config")


def goes_on(board, witness, value, zone):
    told = witness.wait(
        lambda a: a.signal and a.signal.kind == CONFIG_CHANGED and a.signal.value == value, 40
    )
    assert told.signal.zone == zone
    board.press()
    assert witness.wait_signal(PANIC).signal.zone == 1
    board.wait_lamp("stored")


def test_settings_with_which_no_start_lasts_are_taken_back(broker, witness, make_board):
    board = make_board(broker.port, nvs={"ca": b"no certificate"}).start()
    witness.wait_signal(STARTED)
    send(witness, json.dumps(settings(board, zone=9, tls="x509")).encode())
    goes_on(board, witness, -5, TAKEN_BACK)
    assert "tls" not in settings(board)


@pytest.mark.parametrize("bad", [{"board": "esp32_s9"}, {"link": "ethernet"}])
def test_settings_that_this_image_cannot_fulfil_are_refused(broker, witness, make_board, bad):
    board = make_board(broker.port, environment={"BOARD_NO_W5500": "1"}).start()
    witness.wait_signal(STARTED)
    ordered = settings(board, zone=9, **bad)
    send(witness, json.dumps(ordered).encode())
    goes_on(board, witness, -5, SETTING + sorted(ordered).index(next(iter(bad))))
    assert len([event for event in board.events() if event.kind == "reset"]) == 1


def test_settings_that_cannot_be_judged_are_refused_and_not_judged_again(
    broker, witness, make_board
):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    send(witness, json.dumps(settings(board, zone=9, codes=[[["1", "2", "3", "4"], ""]])).encode())
    goes_on(board, witness, -5, TOGETHER)
    assert len([event for event in board.events() if event.kind == "reset"]) == 1

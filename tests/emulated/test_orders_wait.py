"""New settings start the keypad again, but not over a finger that is on the button."""

import json

from alarm_wire import receipt, seal
from alarm_wire.parcel import pack_parcel
from alarm_wire.signal import PANIC, STARTED
from witness import DEVICE, KEY


def send_settings(board, witness, **changes):
    values = json.loads((board.folder / "flash.nvs.holdfast").read_text())
    values = {**json.loads(bytes.fromhex(values["config"])), **changes}
    signer = seal.Signer(KEY, seal.CONFIG)
    for piece in pack_parcel(DEVICE, 5, json.dumps(values).encode(), signer):
        witness.send(piece, "config")
    nvs = board.folder / "flash.nvs.holdfast"
    board.wait_event(lambda _: "parcel" in json.loads(nvs.read_text()))


def test_a_press_that_is_half_done_is_not_cut_short_by_new_settings(broker, witness, make_board):
    board = make_board(broker.port, nvs={"mode": "hold", "hold_ms": 3000}).start()
    witness.wait_signal(STARTED)
    board.wait_hop("stored")
    board.press()
    send_settings(board, witness, zone=9)
    assert witness.wait_signal(PANIC).signal.zone == 1
    board.release()
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 2), 90)


def test_new_settings_wait_until_a_press_is_answered_and_shown(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    witness.answer = ()
    board.press()
    board.release()
    signal = witness.wait_signal(PANIC).signal
    send_settings(board, witness, zone=9)
    for state, lamp in ((receipt.STORED, "stored"), (receipt.ACKNOWLEDGED, "acknowledged")):
        witness.tell(signal.epoch, signal.number, state)
        board.wait_lamp(lamp)
    assert not [event for event in board.events() if event.kind == "reset"]

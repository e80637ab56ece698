"""An audible keypad sounds and yields to a code; a covert one never touches the sounder's pin."""

import time

import pytest

from alarm_wire import receipt
from alarm_wire.signal import (
    CODE_LOCKED,
    DURESS,
    HOLD_UP,
    PANEL_RESET,
    PANIC,
    STARTED,
    TAMPER,
    TEST_ENDED,
    TEST_STARTED,
)
from keypad.sounds import GOOD
from keys import CODES, type_keys
from witness import Witness

ALL = {"codes": CODES, "tamper": True, "loop": True, "supplies": True}


def sounds(board, since=0):
    pin = board.pins["sounder"]
    return [e.level for e in board.events(since) if e.kind == "pin" and e.pin == pin]


def press(board):
    board.press()
    board.release()


def everything(board, witness, kind):
    """Presses, receipts, codes, test mode, tamper, trouble, a restart: all that may happen."""
    board.drive("tamper", 0)
    board.drive("tamper_wall", 0)
    board.start()
    witness.wait_signal(STARTED, 40)
    press(board)
    witness.wait_signal(kind, 40)
    type_keys(board, "1234#")
    witness.wait_signal(PANEL_RESET, 40)
    type_keys(board, "9071#")
    witness.wait_signal(DURESS, 40)
    board.drive("tamper", 1)
    witness.wait_signal(TAMPER, 40)
    type_keys(board, "445566*1#")
    witness.wait_signal(TEST_STARTED, 40)
    press(board)
    witness.wait(
        lambda a: a.signal is not None and a.signal.kind == kind and a.signal.flags & 1, 40
    )
    type_keys(board, "445566*0#")
    witness.wait_signal(TEST_ENDED, 40)
    type_keys(board, "0000#" * 5)
    witness.wait_signal(CODE_LOCKED, 30)
    board.cut_power()
    board.press()
    board.start()
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (kind, 2), 40)


@pytest.mark.parametrize("covert", [True, False])
def test_a_covert_keypad_never_touches_the_sounder_whatever_happens(broker, make_board, covert):
    told = (receipt.STORED, receipt.ACKNOWLEDGED)
    witness = Witness(broker.port, answer=told)
    try:
        nvs = {**ALL, "covert": covert} | ({} if covert else {"sounder": True, "siren_s": 1})
        # the audible one runs what a release runs: everything that is optional, made small
        board = make_board(broker.port, nvs=nvs, compiled=not covert)
        everything(board, witness, HOLD_UP if covert else PANIC)
        # the same day on an audible keypad shows that this test would hear it
        assert (1 in sounds(board)) is not covert
        assert bool(sounds(board)) is not covert
    finally:
        witness.stop()


def test_a_siren_sounds_until_a_code_silences_it(broker, witness, make_board):
    nvs = {"codes": CODES, "sounder": True, "siren_s": 900}
    board = make_board(broker.port, nvs=nvs).start()
    witness.wait_signal(STARTED, 40)
    press(board)
    board.wait_event(lambda _: sounds(board)[-3:] == [1, 0, 1])
    type_keys(board, "1234#")
    witness.wait_signal(PANEL_RESET, 40)
    place = len(board.events())
    time.sleep(2)  # a siren would have sounded twice in it: that nothing comes is the point
    assert sounds(board, place).count(1) <= len(GOOD)
    place = len(board.events())
    time.sleep(2)
    assert sounds(board, place) == []
    assert board.level("sounder") == 0


def test_a_duress_code_sounds_like_a_users_code(broker, witness, make_board):
    board = make_board(broker.port, nvs={"codes": CODES, "sounder": True}).start()
    witness.wait_signal(STARTED, 40)
    heard = []
    for code, kind in (("1234#", PANEL_RESET), ("9071#", DURESS)):
        since = len(board.events())
        type_keys(board, code)
        witness.wait_signal(kind, 40)
        board.wait_event(lambda _, since=since: len(sounds(board, since)) >= 5)
        heard.append(sounds(board, since))
    assert heard[0] == heard[1]


@pytest.mark.parametrize(
    ("nvs", "complaint"),
    [
        ({"covert": True, "sounder": True}, "may not sound"),
        ({"siren_s": 10}, "needs the setting sounder"),
        ({"sounder": True, "siren_s": 901}, "allowed are 0 to 900"),
    ],
)
def test_settings_that_would_break_the_silence_are_refused(make_board, nvs, complaint):
    board = make_board(1, nvs=nvs).start()
    board.wait_event(lambda event: complaint in event.text, 30)

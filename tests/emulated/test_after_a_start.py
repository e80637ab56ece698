"""What a start may show and send again, and what it may not."""

import json

import pytest

from alarm_wire import receipt
from alarm_wire.signal import DURESS, LOOP_FAULT, LOOP_RESTORED, PANIC, STARTED
from hardware.emulated_board.board import LAMPS
from keys import CODES, type_keys
from numbers_kept import kinds_kept, nvs
from receiving import wait_for
from witness import Witness


def cut_with(board, act, broker):
    """Let `act` happen while no broker is there, cut the power; the place of the next event."""
    board.start()
    board.wait_event(lambda event: event.kind == "line")
    act(board)
    board.cut_power()
    board.provision(port=broker.port)
    return len(board.events())


def held(board):
    """What a latched panel would show after a start now."""
    return LAMPS[bytes.fromhex(nvs(board).get("held", "00"))[0]]


def moved(board, place):
    """Pins that moved since `place` and can be seen or heard, but for the trouble lamp."""
    names = ("lamp_taken", "lamp_told", "sounder")
    pins = {board.pins[name]: name for name in names}
    return [
        (pins[event.pin], event.level)
        for event in board.events(place)
        if event.kind == "pin" and event.pin in pins and event.level
    ]


def test_a_duress_code_that_waits_is_neither_shown_nor_heard_after_a_power_cut(broker, make_board):
    """Whoever pulls the plug after a duress code was entered must not learn what it was."""

    def under_duress(board):
        type_keys(board, "9071#")
        wait_for(lambda: DURESS in kinds_kept(board))  # nothing to see: that is the point

    board = make_board(1, nvs={"codes": CODES, "sounder": True})
    place = cut_with(board, under_duress, broker)
    witness = Witness(broker.port)
    try:
        board.start()
        duress = witness.wait_signal(DURESS).signal
        board.wait_hop("stored", duress.number)
        assert moved(board, place) == []
    finally:
        witness.stop()


def test_the_newest_press_that_waits_is_shown_after_a_power_cut(broker, make_board):
    def press_twice(board):
        for _ in range(2):
            since = len(board.events())
            board.press()
            board.wait_event(lambda e: e.kind == "hop", since=since)
            board.release()

    board = make_board(1)
    cut_with(board, press_twice, broker)
    witness = Witness(broker.port, answer=())
    try:
        board.start()
        board.wait_lamp("taken")
        witness.wait_signal(STARTED)
        oldest, newest = sorted({signal.number for signal in witness.signals([PANIC])})
        witness.tell(1, oldest, 1)
        board.wait_hop("stored", oldest)
        assert board.lamp == "taken"
        witness.tell(1, newest, 1)
        board.wait_lamp("stored")
    finally:
        witness.stop()


def set_number(board, name, value):
    path = board.folder / "flash.nvs.holdfast"
    path.write_text(json.dumps({**json.loads(path.read_text()), name: value}))


def presses(witness):
    return {(signal.epoch, signal.number) for signal in witness.signals([PANIC])}


def test_a_contact_that_stayed_closed_calls_once_however_often_the_board_starts(
    broker, witness, make_board
):
    """A jammed button, or one that stays in until a key turns it: a restart is no second alarm."""
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    board.press()
    witness.wait_signal(PANIC)
    set_number(board, "jammed", 1)  # what a minute does; the whole minute is a test of its own
    board._bite()
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 2))
    board.wait_lamp("trouble")
    board.release()
    told = witness.wait_signal(LOOP_RESTORED).signal
    assert told.value == 1
    assert len(presses(witness)) == 1
    board.press()
    witness.wait(lambda _: len(presses(witness)) == 2)


def test_after_a_power_cut_a_closed_contact_is_a_press(broker, witness, make_board):
    """Nobody knows how long power was gone: rather an alarm too many than one too few."""
    board = make_board(broker.port)
    set_number(board, "jammed", 1)
    board.drive("panic", 0)
    board.start()
    witness.wait_signal(PANIC)


@pytest.mark.prove  # a minute of a closed contact is the point
def test_a_button_that_stays_closed_is_told_as_a_fault(broker, witness, make_board):
    board = make_board(broker.port, nvs={"mode": "dual"}).start()
    witness.wait_signal(STARTED)
    board.press("second")
    told = witness.wait_signal(LOOP_FAULT, 75).signal
    assert told.value == 2
    board.wait_lamp("trouble")
    board.press()
    witness.wait_signal(PANIC)
    board.wait_lamp("stored")


def test_what_is_latched_outlasts_a_power_cut_and_yields_to_a_code(broker, make_board):
    witness = Witness(broker.port)
    try:
        board = make_board(broker.port, nvs={"latch": True, "codes": CODES}).start()
        board.press()
        board.release()
        signal = witness.wait_signal(PANIC).signal
        for state, lamp in ((None, "stored"), (receipt.ACKNOWLEDGED, "acknowledged")):
            if state:
                witness.tell(signal.epoch, signal.number, state)
            board.wait_lamp(lamp)
            wait_for(lambda lamp=lamp: held(board) == lamp)  # a moment after it is shown
            board.cut_power()
            board.start()
            board.wait_lamp(lamp)
        type_keys(board, "1234#")
        board.wait_lamp("idle")
        wait_for(lambda: held(board) == "idle")
        board.cut_power()
        place = len(board.events())
        board.start()
        board.wait_event(
            lambda event: "published" in event.text or event.kind == "hop", since=place
        )
        assert moved(board, place) == []
    finally:
        witness.stop()

"""What a start may show and send again, and what it may not."""

import time

from alarm_wire.signal import DURESS, PANIC, STARTED
from keys import CODES, type_keys
from witness import Witness


def cut_with(board, act, broker):
    """Let `act` happen while no broker is there, cut the power; the place of the next event."""
    board.start()
    board.wait_event(lambda event: event.kind == "line")
    act(board)
    board.cut_power()
    board.provision(port=broker.port)
    return len(board.events())


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
        time.sleep(0.5)  # nothing to see: that is the point

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

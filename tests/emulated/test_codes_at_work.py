"""Codes on the emulated board: over power cuts, beside a stuck key, under duress with a wish."""

import time

import pytest

from alarm_wire.signal import (
    CODE_LOCKED,
    DURESS,
    LOOP_FAULT,
    LOOP_RESTORED,
    PANEL_RESET,
    PANIC,
    STARTED,
    TEST,
    TEST_ENDED,
    TEST_STARTED,
    TROUBLE_LOOP,
    TROUBLE_ON_TEST,
)
from altered import Altered
from keys import CODES, type_keys
from numbers_kept import nvs
from receiving import wait_for
from witness import DEVICE, KEY

REST_S = 0.5
QUICK = (
    ("codes.py", "STUCK_MS = const(10000)", "STUCK_MS = const(1000)"),
    ("trigger.py", "JAM_MS = const(60000)", "JAM_MS = const(2000)"),
)


@pytest.fixture
def quick(broker, tmp_path):
    """A board on which a key sticks after a second and is told two seconds later."""
    board = Altered(tmp_path / "quick", *QUICK)
    board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=broker.port, trace=True)
    board.provision(codes=CODES, heartbeat_s=1)
    yield board
    board.stop()


def test_a_key_that_sticks_is_told_and_the_other_keys_go_on(witness, quick):
    quick.start()
    witness.wait_signal(STARTED)
    quick.hold_key("6", held=True)
    assert witness.wait_signal(LOOP_FAULT).signal.value == 3
    type_keys(quick, "#9071#")  # ends what the stuck one began; a duress code without that key
    assert witness.wait_signal(DURESS).signal.value == 1
    quick.wait_lamp("trouble")
    witness.wait(lambda a: a.beat and a.beat.trouble & TROUBLE_LOOP)
    quick.cut_power()
    quick.start()
    quick.hold_key("6", held=True)
    type_keys(quick, "1234#")
    witness.wait_signal(PANEL_RESET)
    quick.hold_key("6", held=False)
    assert witness.wait_signal(LOOP_RESTORED).signal.value == 3
    type_keys(quick, "445566#")
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.value) == (PANEL_RESET, 2))
    assert len({s.number for s in witness.signals([LOOP_FAULT])}) == 1, "nothing was told twice"


def test_pulling_the_plug_gives_no_more_tries(broker, witness, make_board):
    board = make_board(broker.port, nvs={"codes": CODES, "heartbeat_s": 1}).start()
    witness.wait_signal(STARTED)
    for tries in range(1, 5):
        type_keys(board, "0000#")
        witness.wait(lambda _, tries=tries: nvs(board).get("tries") == tries)  # with each heartbeat
    board.cut_power()
    board.start()
    type_keys(board, "0000#")
    witness.wait_signal(CODE_LOCKED)
    board.cut_power()
    board.start()
    type_keys(board, "1234#9071#")
    witness.wait_signal(DURESS)
    assert not witness.signals([PANEL_RESET])


def test_a_test_mode_that_a_power_cut_ends_is_told_as_ended(broker, witness, make_board):
    board = make_board(broker.port, nvs={"codes": CODES}).start()
    type_keys(board, "1234*1#")
    witness.wait_signal(TEST_STARTED)
    board.cut_power()
    board.start()
    assert witness.wait_signal(TEST_ENDED).signal.epoch == 2
    board.press()
    assert witness.wait_signal(PANIC).signal.flags & TEST == 0
    board.cut_power()
    board.start()
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, 3))
    assert {signal.epoch for signal in witness.signals([TEST_ENDED])} == {2}


def rested(board):
    """Wait until nothing moves for a while: lamps follow what was told a little later."""
    began = time.time()
    wait_for(lambda: time.time() - max([began, *(e.at for e in pins_seen(board)[-1:])]) > REST_S)


def pins_seen(board, since=0):
    strobe = board.pins["strobe"]  # a test pad inside, and only while tracing
    return [e for e in board.events(since) if e.kind == "pin" and e.pin != strobe]


def pins_moved(board, since):
    return [(e.pin, e.level) for e in pins_seen(board, since)]


@pytest.mark.parametrize("covert", [False, True])
def test_a_duress_code_with_a_wish_looks_as_the_users_own_code(broker, witness, make_board, covert):
    """And nothing after it is marked as a test, nor is anybody told of one."""
    board = make_board(broker.port, nvs={"codes": CODES, "covert": covert, "heartbeat_s": 1})
    board.start()
    witness.wait_signal(STARTED)
    rested(board)
    looks = []
    for code, kind, count in (("1234", PANEL_RESET, 2), ("9071", DURESS, 5)):
        place = len(board.events())
        for wish in ("*1#", "*0#", "*0#", "*5#", "#"):
            type_keys(board, code + wish)
        witness.wait(
            lambda _, kind=kind, count=count: (
                len({s.number for s in witness.signals([kind])}) == count
            )
        )
        rested(board)
        looks.append(pins_moved(board, place))
    assert looks[0] == looks[1]
    trouble = board.pins["lamp_trouble"]  # the test mode, on and off again
    assert [level for pin, level in looks[0] if pin == trouble] == [1, 0]
    assert len({s.number for s in witness.signals([TEST_STARTED])}) == 1
    assert len({s.number for s in witness.signals([TEST_ENDED])}) == 1
    type_keys(board, "9071*1#")
    witness.wait(lambda _: len({s.number for s in witness.signals([DURESS])}) == 6)
    board.press()
    witness.wait(lambda a: a.signal and a.signal.kind < DURESS + 2 and a.signal.kind != DURESS)
    assert not [signal for signal in witness.signals() if signal.flags & TEST]
    since = time.time()
    beat = witness.wait(lambda a: a.beat and a.at > since).beat
    assert beat.trouble & TROUBLE_ON_TEST == 0

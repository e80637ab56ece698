"""Modes, loop, tamper, supplies and codes on the emulated board, wired as by an installer."""

import time

import pytest

from alarm_wire import signal as signals
from alarm_wire.signal import (
    BATTERY_LOW,
    BATTERY_RESTORED,
    CODE_LOCKED,
    DURESS,
    LOOP_FAULT,
    LOOP_RESTORED,
    MAINS_LOST,
    PANEL_RESET,
    PANIC,
    SILENT,
    STARTED,
    TAMPER,
    TAMPER_RESTORED,
    TEST,
    TEST_ENDED,
    TEST_STARTED,
)
from hardware.books import Books
from keypad import loop
from keys import CODES, type_keys

RAIL = 30000


def reading(permille):
    return permille * 2 * RAIL // 1000


def kinds(witness):
    """Kinds in the order of their numbers; a signal that was sent twice counts once."""
    once = {signal.number: signal.kind for signal in witness.signals() if signal.kind != STARTED}
    return [once[number] for number in sorted(once)]


def test_the_windows_are_those_of_the_drawing():
    windows = Books().values["loop"]["windows_permille"]
    ours = {loop.LOOP_NAMES[state]: [low, high] for state, low, high in loop.WINDOWS}
    assert ours == windows
    reads = Books().values["loop"]["reading"]
    assert reads == {
        "classify_count": loop.CLASSIFY_COUNT,
        "classify_ms_min": loop.CLASSIFY_MS_MIN,
    }


def test_two_buttons_together_are_a_press_and_one_alone_is_none(broker, witness, make_board):
    board = make_board(broker.port, nvs={"mode": "dual"}).start()
    witness.wait_signal(STARTED)
    board.press("panic")
    board.release("panic")
    board.press("second")
    board.release("second")
    board.press("panic")
    board.press("second")
    witness.wait_signal(PANIC)
    assert kinds(witness) == [PANIC]


def test_a_held_button_is_a_press_and_a_touch_is_none(broker, witness, make_board):
    board = make_board(broker.port, nvs={"mode": "hold", "hold_ms": 300}).start()
    witness.wait_signal(STARTED)
    board.press()
    board.release()
    at = board.press()
    arrival = witness.wait_signal(PANIC)
    assert arrival.at - at >= 0.3
    assert kinds(witness) == [PANIC]


def test_the_loop_tells_alarm_tamper_and_fault(broker, witness, make_board):
    board = make_board(broker.port, nvs={"loop": True})
    board.set_adc("rail", RAIL)
    board.set_adc("loop", reading(300))
    board.start()
    witness.wait_signal(STARTED)
    for permille, kind in (
        (550, PANIC),
        (300, None),
        (900, TAMPER),
        (300, LOOP_RESTORED),
        (150, LOOP_FAULT),
        (10, TAMPER),
        (550, PANIC),
        (300, LOOP_RESTORED),
    ):
        since = time.time()
        board.set_adc("loop", reading(permille))
        if kind is None:
            time.sleep(0.2)  # nothing is to come; the next state would have overtaken it
        else:
            witness.wait_signal(kind, since=since)
    told = [PANIC, TAMPER, LOOP_RESTORED, LOOP_FAULT, TAMPER, PANIC, LOOP_RESTORED]
    assert kinds(witness) == told
    tampers = {s.number: s.value for s in witness.signals([TAMPER])}
    assert [tampers[number] for number in sorted(tampers)] == [4, 3]


def test_a_lid_that_is_opened_or_was_open_at_the_start_is_told(broker, witness, make_board):
    board = make_board(broker.port, nvs={"tamper": True})
    board.drive("tamper", 0)
    board.drive("tamper_wall", 1)
    board.start()
    assert witness.wait_signal(TAMPER).signal.value == 2
    board.release("tamper")
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.value) == (TAMPER, 1))
    board.press("tamper")
    assert witness.wait_signal(TAMPER_RESTORED).signal.value == 1
    beat = witness.wait(lambda a: a.beat is not None).beat
    assert beat.boot_cause == 1


def test_mains_and_battery_are_watched_and_told_in_the_heartbeat(broker, witness, make_board):
    board = make_board(broker.port, nvs={"supplies": True, "heartbeat_s": 1})
    full = {"mains": 1200, "battery": 2000}  # millivolts at the pins

    def millivolts(pin, value):
        board.set_adc(pin, value * 65535 // 3300 + 1)

    for pin, value in full.items():
        millivolts(pin, value)
    board.start()
    witness.wait(lambda a: a.beat and (a.beat.mains_mv, a.beat.battery_mv) == (12000, 4000))
    millivolts("mains", 100)
    lost = witness.wait_signal(MAINS_LOST).signal
    assert 900 <= lost.value <= 1100
    millivolts("battery", 1700)
    witness.wait_signal(BATTERY_LOW)
    millivolts("battery", 1800)
    board.set_adc("mains", 0)
    witness.wait(
        lambda a: (
            a.beat
            and a.beat.trouble & signals.TROUBLE_MAINS
            and a.beat.trouble & signals.TROUBLE_BATTERY
        )
    )
    millivolts("battery", 2000)
    witness.wait_signal(BATTERY_RESTORED)


def test_a_duress_code_is_sent_silently_and_looks_like_a_reset(broker, witness, make_board):
    board = make_board(broker.port, nvs={"codes": CODES}).start()
    witness.wait_signal(STARTED)
    looks = []
    for code in ("1234#", "9071#"):
        board.press()
        board.wait_lamp("stored")
        board.release()
        place = len(board.events())
        type_keys(board, code)
        board.wait_lamp("idle")
        strobe = board.pins["strobe"]  # a test pad inside, and only while tracing
        pins = [
            (e.pin, e.level) for e in board.events(place) if e.kind == "pin" and e.pin != strobe
        ]
        looks.append(pins)
    assert looks[0] == looks[1]
    assert witness.wait_signal(PANEL_RESET).signal.value == 1
    duress = witness.wait_signal(DURESS).signal
    assert (duress.flags, duress.value) == (SILENT, 1)


def test_test_mode_marks_a_press_and_five_wrong_codes_lock(broker, witness, make_board):
    board = make_board(broker.port, nvs={"codes": CODES, "covert": True}).start()
    witness.wait_signal(STARTED)
    type_keys(board, "445566*1#")
    witness.wait_signal(TEST_STARTED)
    board.press()
    arrival = witness.wait(lambda a: a.signal is not None and a.signal.kind == signals.HOLD_UP)
    assert arrival.signal.flags == TEST
    board.wait_lamp("stored")
    type_keys(board, "445566*0#")
    witness.wait_signal(TEST_ENDED)
    board.wait_lamp("idle")
    type_keys(board, "0000#" * 5)
    witness.wait_signal(CODE_LOCKED)
    type_keys(board, "1234#9071#")
    duress = witness.wait_signal(DURESS, 30).signal
    assert (duress.flags, duress.value) == (SILENT, 1)
    assert not witness.signals([PANEL_RESET])


@pytest.mark.parametrize(
    ("nvs", "complaint"),
    [
        ({"mode": "treble"}, "mode treble"),
        ({"codes": [["1234", "1235"]]}, "too near"),
        ({"codes": [["1234"]]}, "codes"),
        ({"hold_ms": 99}, "allowed are 100 to 3000"),
        ({"latch": True}, "nothing else could reset it"),
        ({"retry_ms_max": 150}, "above retry_ms_max"),
    ],
)
def test_bad_settings_are_refused(make_board, nvs, complaint):
    board = make_board(1, nvs=nvs).start()
    board.wait_event(lambda event: complaint in event.text, 30)

"""Inputs that come and go without end are held back, and a press in between never is."""

import time

import pytest

from alarm_wire.signal import (
    HELD_BACK,
    LOOP_FAULT,
    LOOP_RESTORED,
    PANIC,
    STARTED,
    TAMPER,
    TAMPER_RESTORED,
)
from altered import Altered
from numbers_kept import nvs
from witness import DEVICE, KEY

RAIL = 30000
QUICK = (
    ("swinger.py", "QUIET_MS = const(3600000)", "QUIET_MS = const(4000)"),
    ("swinger.py", "TRIPS_MAX = const(5)", "TRIPS_MAX = const(2)"),
)


@pytest.fixture
def board(broker, tmp_path):
    """A board that holds back the third trip, until four quiet seconds."""
    made = Altered(tmp_path / "quick", *QUICK)
    made.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=broker.port, trace=True)
    made.provision(tamper=True, loop=True)
    made.set_adc("rail", RAIL)
    made.set_adc("loop", reading(300))
    made.drive("tamper", 0)
    made.drive("tamper_wall", 0)
    yield made
    made.stop()


def reading(permille):
    return permille * 2 * RAIL // 1000


def told(witness):
    once = {s.number: (s.kind, s.zone, s.value) for s in witness.signals() if s.kind != STARTED}
    return [once[number] for number in sorted(once)]


def test_a_lid_that_swings_is_held_back_until_it_rests_and_presses_go_on(witness, board):
    board.start()
    witness.wait_signal(STARTED)
    for _ in range(5):
        board.release("tamper")
        board.press("tamper")
    witness.wait_signal(HELD_BACK)
    board.press()
    witness.wait_signal(PANIC)
    board.release()
    board.release("tamper")
    witness.wait(lambda _: told(witness)[-1][0] == TAMPER)  # as it was when it had rested
    swung = [(TAMPER, 0, 1), (TAMPER_RESTORED, 0, 1)]
    press = (PANIC, 1, 0)
    assert told(witness) == [*swung, *swung, (HELD_BACK, 1, TAMPER), press, (TAMPER, 0, 1)]
    board.press("tamper")
    witness.wait(lambda _: told(witness)[-1][0] == TAMPER_RESTORED)


def test_what_was_held_back_and_mended_without_power_is_told_as_restored(witness, board):
    board.start()
    witness.wait_signal(STARTED)
    for _ in range(4):
        for permille in (150, 300):
            board.set_adc("loop", reading(permille))
            time.sleep(0.25)  # long enough for the loop to be judged, told or not
    assert witness.wait_signal(HELD_BACK).signal.value == LOOP_FAULT
    board.set_adc("loop", reading(550))
    witness.wait_signal(PANIC)
    assert nvs(board)["inputs"]
    board.cut_power()
    board.set_adc("loop", reading(300))
    board.start()
    restored = witness.wait(
        lambda a: a.signal and (a.signal.kind, a.signal.epoch) == (LOOP_RESTORED, 2)
    )
    assert restored
    assert [kind for kind, _, _ in told(witness)].count(HELD_BACK) == 1

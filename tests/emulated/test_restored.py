"""Faults of inputs are told and restored over lost interrupts and over restarts."""

from alarm_wire.signal import (
    LOOP_FAULT,
    LOOP_RESTORED,
    MAINS_LOST,
    MAINS_RESTORED,
    STARTED,
    TAMPER,
    TAMPER_RESTORED,
)

RAIL = 30000
ALL = {"loop": True, "tamper": True, "supplies": True}


def reading(permille):
    return permille * 2 * RAIL // 1000


def millivolts(board, pin, value):
    board.set_adc(pin, value * 65535 // 3300 + 1)


def test_a_lid_is_told_although_its_interrupt_was_lost(broker, witness, make_board):
    lid = str(make_board(broker.port).pins["tamper"])
    board = make_board(broker.port, nvs={"tamper": True}, environment={"BOARD_DEAF": lid})
    board.drive("tamper", 0)
    board.drive("tamper_wall", 0)
    board.start()
    witness.wait_signal(STARTED)
    board.drive("tamper", 1)
    assert witness.wait_signal(TAMPER).signal.value == 1
    board.drive("tamper", 0)
    witness.wait_signal(TAMPER_RESTORED)


def test_what_was_mended_while_power_was_gone_is_told_as_restored(broker, witness, make_board):
    board = make_board(broker.port, nvs=ALL)
    board.set_adc("rail", RAIL)
    board.set_adc("loop", reading(150))
    board.drive("tamper", 1)
    board.drive("tamper_wall", 0)
    millivolts(board, "mains", 100)
    millivolts(board, "battery", 2000)
    board.start()
    for kind in (LOOP_FAULT, TAMPER, MAINS_LOST):
        witness.wait_signal(kind)
    board.cut_power()
    board.set_adc("loop", reading(300))
    board.drive("tamper", 0)
    millivolts(board, "mains", 1200)
    board.start()
    for kind in (LOOP_RESTORED, TAMPER_RESTORED, MAINS_RESTORED):
        witness.wait(lambda a, kind=kind: a.signal and (a.signal.kind, a.signal.epoch) == (kind, 2))
    kinds = {signal.kind for signal in witness.signals() if signal.epoch == 2}
    assert kinds == {STARTED, LOOP_RESTORED, TAMPER_RESTORED, MAINS_RESTORED}

"""Watchdog, crash loops, sealed time and what each start leaves behind."""

import os
import signal as signals
import time

from alarm_wire import receipt, seal
from alarm_wire.signal import CLOCK_KNOWN, PANIC, SELF_TEST_FAILED, STARTED, TROUBLE_STORE

NOON = 1_790_000_000_000


def test_a_board_that_hangs_is_started_again_by_the_watchdog(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    os.kill(board._process.pid, signals.SIGSTOP)
    board.wait_event(lambda event: event.kind == "reset", 20)
    witness.wait(lambda a: a.signal and (a.signal.kind, a.signal.value) == (STARTED, 3))
    board.press()
    board.wait_lamp("stored")


def test_a_healthy_board_is_not_started_again(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait_signal(STARTED)
    time.sleep(10)  # longer than the watchdog waits: that nothing happens is the point
    assert not [event for event in board.events() if event.kind == "reset"]


def test_without_a_broker_the_watchdog_is_fed_too(make_board):
    board = make_board(1).start()
    board.wait_lamp("trouble", 20)
    assert not [event for event in board.events() if event.kind == "reset"]


def test_after_two_bad_starts_only_what_a_press_needs_is_started(broker, witness, make_board):
    board = make_board(broker.port, nvs={"loop": True})  # no rail: the loop reads as open
    board.start()
    for epoch in (1, 2):  # each has said that it started, and has not held for a minute
        witness.wait(
            lambda a, epoch=epoch: a.signal and (a.signal.kind, a.signal.epoch) == (STARTED, epoch)
        )
        board._bite()  # as the watchdog does it, without its eight seconds
    witness.wait_signal(SELF_TEST_FAILED, 20)
    board.press()
    board.wait_lamp("stored")
    board.wait_lamp("trouble")
    witness.wait(lambda a: a.beat and a.beat.trouble & TROUBLE_STORE)
    assert {(s.epoch, s.value) for s in witness.signals([STARTED])} == {(1, 1), (2, 3)}


def answer_beats(witness, moment, signer=None, shift=0):
    """Answer the newest heartbeat as a receiver would, saying `moment`."""
    beat = witness.wait(lambda a: a.beat is not None).beat
    witness.tell(
        beat.epoch, beat.number + shift, receipt.HEARD, signer=signer, moment_utc_ms=moment
    )


def all_heard(board, witness):
    """Receipts are taken in their order: once this one shows, those before it have been taken."""
    started = witness.wait_signal(STARTED).signal
    since = len(board.events())
    witness.tell(started.epoch, started.number, receipt.STORED)
    board.wait_event(lambda e: e.kind == "hop" and e.data["hop"] == "stored", since=since)


def test_the_sealed_answer_to_a_heartbeat_sets_the_clock(broker, witness, make_board):
    witness.answer = ()
    board = make_board(broker.port).start()
    answer_beats(witness, NOON)
    all_heard(board, witness)
    board.press()
    signal = witness.wait_signal(PANIC).signal
    assert signal.flags & CLOCK_KNOWN
    assert NOON <= signal.pressed_utc_ms < NOON + 10_000


def test_no_other_answer_sets_it(broker, witness, make_board):
    witness.answer = ()
    board = make_board(broker.port).start()
    answer_beats(witness, NOON, signer=seal.Signer(bytes(32), seal.RECEIPT))
    answer_beats(witness, NOON, signer=seal.Signer(bytes(range(32)), seal.HEARTBEAT))
    answer_beats(witness, NOON, shift=1)
    answer_beats(witness, 0)
    all_heard(board, witness)
    board.press()
    signal = witness.wait_signal(PANIC).signal
    assert (signal.flags & CLOCK_KNOWN, signal.pressed_utc_ms) == (0, 0)


def test_each_start_is_told_with_its_cause_and_a_new_epoch(broker, witness, make_board):
    board = make_board(broker.port).start()
    witness.wait(lambda a: a.signal and a.signal.epoch == 1)
    board.cut_power()
    board.start()
    started = witness.wait(lambda a: a.signal and a.signal.epoch == 2).signal
    assert (started.kind, started.value) == (STARTED, 1)

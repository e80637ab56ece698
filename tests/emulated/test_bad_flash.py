"""A ring that is damaged, full, tiny or gone: the keypad goes on, says so, and still sends."""

import random
import time

import pytest

from alarm_wire.signal import PANIC, STARTED, TROUBLE_STORE
from witness import Witness


def fill(board, count):
    """Press `count` times with no broker in reach, then cut the power."""
    board.start()
    board.wait_event(lambda event: event.kind == "line")
    for _ in range(count):
        since = len(board.events())
        board.press()
        board.wait_event(lambda event: event.kind == "hop", since=since)
        board.release()
        time.sleep(0.05)  # the finger comes off for longer than the debounce
    board.cut_power()


@pytest.mark.parametrize("seed", range(4))
def test_rubbish_all_over_the_ring_is_survived(broker, witness, make_board, tmp_path, seed):
    board = make_board(1)
    fill(board, 3)
    rng = random.Random(seed)
    ring = tmp_path / "keypad/flash.ring"
    cells = bytearray(ring.read_bytes())
    for start in range(0, len(cells), 4096):
        for _ in range(rng.randrange(4)):
            place = start + rng.randrange(4000)
            cells[place : place + 64] = rng.randbytes(64)
    ring.write_bytes(cells)
    board.provision(port=broker.port)
    board.start()
    witness.wait_signal(STARTED)
    since = time.time()
    board.press()
    board.wait_lamp("stored")
    witness.wait_signal(PANIC, since=since)


def test_lost_records_are_told_and_the_others_are_sent(broker, witness, make_board, tmp_path):
    board = make_board(1)
    fill(board, 5)
    ring = tmp_path / "keypad/flash.ring"
    cells = bytearray(ring.read_bytes())
    for record in (2, 3):
        cells[16 + 64 * record + 30] ^= 1
    ring.write_bytes(cells)
    board.provision(port=broker.port)
    board.start()
    board.wait_lamp("trouble")
    board.wait_event(lambda event: "2 lost by damage" in event.text)
    witness.wait(lambda _: len({signal.number for signal in witness.signals([PANIC])}) == 3)
    beat = witness.wait(lambda arrival: arrival.beat is not None).beat
    assert beat.trouble & TROUBLE_STORE


def test_without_a_ring_the_press_still_goes_out_but_is_not_called_taken(
    broker, witness, make_board, tmp_path
):
    board = make_board(broker.port)
    (tmp_path / "keypad/flash.ring").unlink()
    board.start()
    board.wait_lamp("trouble")
    board.press()
    witness.wait_signal(PANIC)
    assert "taken" not in [event.lamp for event in board.events() if event.kind == "lamp"]
    board.wait_event(lambda event: "partition" in event.text)


def test_a_full_ring_keeps_what_it_has_and_shows_trouble(broker, make_board):
    board = make_board(1, ring_blocks=4).start()
    board.wait_event(lambda event: event.kind == "line")
    taken = 0
    for _ in range(60):
        since = len(board.events())
        board.press()
        board.wait_event(
            lambda event: event.kind in {"hop", "line"},
            since=since,
        )
        board.release()
        time.sleep(0.05)  # the finger comes off for longer than the debounce
        taken = sum(event.kind == "hop" for event in board.events())
        if board.in_trouble:
            break
    assert taken == 48
    board.cut_power()
    board.provision(port=broker.port)
    witness = Witness(broker.port)
    try:
        board.start()
        witness.wait(
            lambda _: len({a.signal.number for a in witness.arrivals if a.signal}) > taken, 20
        )
    finally:
        witness.stop()

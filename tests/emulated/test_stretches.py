"""The event loop is never held for long, by the keypad's own work; and a held one is seen."""

from alarm_wire.signal import PANIC, STARTED
from altered import Altered
from stretches import ASKED, longest
from witness import DEVICE, KEY

OWN_MS_MAX = 12


def presses(board, witness):
    board.start()
    witness.wait_signal(STARTED, 30)
    for _ in range(15):
        at = board.press()
        witness.wait_signal(PANIC, 30, since=at)
        board.release()
    return longest(board)


def test_no_part_holds_the_loop(broker, witness, make_board):
    board = make_board(broker.port, nvs={"heartbeat_s": 1}, environment=ASKED)
    wall_ms, own_ms = presses(board, witness)
    print(f"longest stretch: {own_ms} ms of its own, {wall_ms} ms by the wall of this machine")
    assert own_ms <= OWN_MS_MAX


def test_a_part_that_holds_the_loop_is_seen(broker, tmp_path):
    slow = (
        "app.py",
        "                    self._keeper.tend()\n",
        "                    self._keeper.tend()\n                    sum(range(4000000))\n",
    )
    board = Altered(tmp_path / "slow", slow, environment=ASKED)
    board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=broker.port, trace=True)
    try:
        board.start()
        board.wait_event(
            lambda e: e.kind == "stretch" and int(e.text.split()[1]) > OWN_MS_MAX * 1000, 60
        )
    finally:
        board.stop()

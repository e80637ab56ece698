"""Press after press, each sent, receipted and dropped: what lives does not grow.

The firmware is changed in one place: a confirmed press is followed by the next, so that thousands
travel the whole way, through the flash ring and a real broker, in a minute. Every 250 the board
collects its garbage and says what is left.
"""

import threading

import pytest

from altered import Altered
from longer import longer
from witness import DEVICE, KEY, Witness

GROWTH_MAX = 1024
"""Bytes of 8-byte words; a leak of one small object for each press shows as 32 for each."""
WARM = 500
NEXT = (
    "        self._trace.hop(STATE_NAMES[told.state], told.epoch, told.number)\n",
    (
        "        if told.state == 1 and told.number == self._panel._shown[1]:\n"
        "            Keypad.made = getattr(Keypad, 'made', 0) + 1\n"
        "            if not Keypad.made % 250:\n"
        "                gc.collect()\n"
        "                print('live %d %d' % (Keypad.made, gc.mem_alloc()))\n"
        "            self._press()\n"
    ),
)


def lived(folder, port, count, extra=""):
    """{presses so far: bytes that live} until `count`."""
    board = Altered(folder, ("app.py", NEXT[0], NEXT[1] + extra), environment={})
    board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=port)
    board.provision(retry_ms_min=1000, retry_ms_max=4000)
    witness = Witness(port)
    seen = {}
    done = threading.Event()

    def watch(event):
        if event.kind == "line" and event.text.startswith("live "):
            made, live = map(int, event.text.split()[1:])
            seen[made] = live
            if made >= count:
                done.set()
        elif event.kind in {"reset", "exit"}:
            done.set()

    try:
        board.watch(watch)
        board.start()
        board.press()
        board.release()
        assert done.wait(60 + count), f"{len(seen) * 250} presses, then it stood still"
        assert max(seen, default=0) >= count, board.said()[-5:]
    finally:
        board.stop()
        witness.stop()
    return seen


def growth(seen):
    """How much more lived at any moment after the first hundreds than when they were over."""
    return max(live for made, live in seen.items() if made > WARM) - seen[WARM]


@pytest.mark.parametrize("presses", [2000, longer(100_000, timeout_s=7200)])
def test_nothing_grows(broker, tmp_path, presses):
    seen = lived(tmp_path / "keypad", broker.port, presses)
    for made in (WARM, 1000, 10_000, 25_000, 50_000, 75_000, 100_000):
        if made in seen:
            print(f"{made:7d} presses  {seen[made]} bytes live")
    print(f"{max(seen)} presses, grew {growth(seen)} bytes")
    assert growth(seen) <= GROWTH_MAX


def test_one_small_object_kept_for_each_press_is_seen(broker, tmp_path):
    leak = "            Keypad.kept = getattr(Keypad, 'kept', []) + [told]\n"
    seen = lived(tmp_path / "leaking", broker.port, 1000, leak)
    assert growth(seen) > GROWTH_MAX

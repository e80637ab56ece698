"""0 lost and 0 doubled while any part of the line is killed; the ledger is printed.

Two hundred presses on real parts: MicroPython, mosquitto (which forgets everything when it is
killed), gateway, receiver. At a third of the presses one part, or two, are killed with SIGKILL
within 80 ms of the contact closing. A keypad that takes PUBACK for delivery must be caught.
"""

import os
import shutil
from pathlib import Path

from forking import Forkery
from holdfast.brokers import Mosquitto
from holdfast.line import Line
from line_harness import Storm
from needs import needs

PRESSES = 200
KILL_SHARE = 0.34
SEED = int(os.environ.get("SEED", "20261121"))
FIRMWARE = Path(__file__).parents[2] / "firmware"

# PUBACK is taken for delivery: two small changes in a copy of the firmware.
DROP_ON_PUBACK = {
    "mqtt.py": (
        "del self._in_flight[token]\n                    break",
        (
            "del self._in_flight[token]\n                    self.puback(token)\n"
            "                    break"
        ),
    ),
    "courier.py": (
        "self._beats = self._beat_ms = 0",
        (
            "self._beats = self._beat_ms = 0\n"
            "        self._client.puback = lambda number: (isinstance"
            "(number, int) and outbox._store.keeps(number) and outbox._store.drop(number))"
        ),
    ),
}


def storm(folder, presses, bug=None):
    needs("mosquitto")
    nvs = {"retry_ms_min": 300, "retry_ms_max": 2000}
    with Forkery() as forkery:
        line = Line(folder, broker="mosquitto", launcher=forkery.launch, nvs=nvs)
        line.broker = Mosquitto(folder / "mosquitto", durable=False)
        if bug:
            seed(line.board, folder / "seeded", bug)
        with line:
            weather = Storm(line, SEED)
            weather.run(presses, KILL_SHARE)
            verdict = weather.verdict(look_inside=bug is None)
    print("\n" + verdict.text(weather.ledger) + f"  (SEED={SEED})")
    return weather.ledger, verdict


def seed(board, folder, bug):
    """Let `board` run a copy of the firmware with `bug` in it."""
    shutil.copytree(FIRMWARE, folder)
    for name, (right, wrong) in bug.items():
        file = folder / "keypad" / name
        text = file.read_text("utf-8")
        assert text.count(right) == 1, f"{name} has changed: seed the bug anew"
        file.write_text(text.replace(right, wrong), "utf-8")
    board._firmware_path = lambda: [folder, FIRMWARE.parent]


def test_nothing_is_lost_or_doubled_whichever_parts_are_killed(tmp_path):
    ledger, verdict = storm(tmp_path, PRESSES)
    assert verdict.lost == set()
    assert verdict.doubled == []
    assert verdict.unconfirmed == 0
    assert verdict.stored <= ledger.pressed
    assert len(verdict.ghosts) <= ledger.kills["keypad"]  # killed after keeping, before showing
    assert len(ledger.taken) >= PRESSES * 0.8
    assert min(ledger.kills.values()) >= 8


def test_a_keypad_that_takes_puback_for_delivery_is_caught(tmp_path, monkeypatch):
    monkeypatch.setattr("line_harness.SETTLE_S", 10.0)
    _, verdict = storm(tmp_path, PRESSES // 3, DROP_ON_PUBACK)
    assert verdict.lost

"""The whole keypad is killed again and again: what it showed as taken arrives, and in order."""

import pytest

from altered import Altered
from hardware.emulated_board import EmulatedBoard
from holdfast.brokers import Mosquitto
from killing import rounds
from longer import longer
from needs import needs
from witness import DEVICE, KEY

DROP_ON_PUBACK = (
    (
        "mqtt.py",
        "                    del self._in_flight[token]\n",
        "                    del self._in_flight[token]\n                    self.gone(token)\n",
    ),
    (
        "courier.py",
        "        self._beats = self._beat_ms = 0\n",
        (
            "        self._beats = self._beat_ms = 0\n"
            "        self._client.gone = lambda t: isinstance(t, int) and outbox._store.drop(t)\n"
        ),
    ),
)


def killed(folder, board, count, seed):
    needs("mosquitto")
    broker = Mosquitto(folder / "mosquitto")
    broker.start()
    board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=broker.port, trace=True)
    board.provision(retry_ms_min=200, retry_ms_max=1000)
    try:
        return rounds(count, seed, broker, board)
    finally:
        board.stop()
        broker.stop()


@pytest.mark.parametrize(("seed", "cuts"), [(1, 40), longer(2, 200), longer(3, 200)])
def test_nothing_taken_is_lost_when_power_and_broker_are_cut(tmp_path, seed, cuts):
    ledger = killed(tmp_path, EmulatedBoard(tmp_path / "keypad"), cuts, seed)
    print(len(ledger.taken), "taken", len(ledger.arrived), "arrived,", cuts, "cuts")
    assert len(ledger.taken) >= cuts * 3 // 4
    assert ledger.lost() == []
    assert ledger.out_of_order() == 0


def test_the_harness_catches_a_keypad_that_drops_on_puback(tmp_path):
    ledger = killed(tmp_path, Altered(tmp_path / "keypad", *DROP_ON_PUBACK), 40, 1)
    print(len(ledger.taken), "taken", len(ledger.lost()), "lost: the seeded bug is seen")
    assert len(ledger.lost()) > 0

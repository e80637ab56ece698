"""Real brokers, real firmware: what the tests of the emulated board share."""

import pytest

from hardware.emulated_board import EmulatedBoard
from holdfast.brokers import Embedded, Mosquitto
from needs import needs
from witness import DEVICE, KEY, Witness


@pytest.fixture
def broker(tmp_path):
    needs("mosquitto")
    mosquitto = Mosquitto(tmp_path / "mosquitto")
    mosquitto.start()
    yield mosquitto
    mosquitto.stop()


@pytest.fixture
def embedded():
    amqtt = Embedded()
    amqtt.start()
    yield amqtt
    amqtt.stop()


@pytest.fixture
def witness(broker):
    seen = Witness(broker.port)
    yield seen
    seen.stop()


@pytest.fixture
def make_board(tmp_path):
    boards = []

    def make(port, name="keypad", *, nvs=None, **how):
        board = EmulatedBoard(tmp_path / name, **how)
        board.provision(device=DEVICE, key=KEY, host="127.0.0.1", port=port, trace=True)
        board.provision(retry_ms_min=200, retry_ms_max=1000, **(nvs or {}))
        boards.append(board)
        return board

    yield make
    for board in boards:
        board.stop()

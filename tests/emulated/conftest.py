"""Real brokers, real firmware: what the tests of the emulated board share."""

import pytest

from alarm_wire.seal import derive
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
        board.provision(**{"retry_ms_min": 200, "retry_ms_max": 1000, **(nvs or {})})
        boards.append(board)
        return board

    yield make
    for board in boards:
        board.stop()


@pytest.fixture
def secured(tmp_path, request):
    """mosquitto with a TLS-PSK port; the key is the parameter, or the one derived by default."""
    needs("mosquitto")
    keys = tmp_path / "keys"
    key = getattr(request, "param", derive(KEY, b"psk"))
    keys.write_text(f"{DEVICE.hex()}:{key.hex()}\n")
    probe = Mosquitto(tmp_path / "probe")
    port = probe.start()
    probe.stop()
    extra = (
        f"listener {port} 127.0.0.1\nallow_anonymous true\npsk_file {keys}\n"
        "psk_hint holdfast\nuse_identity_as_username true\n"
    )
    broker = Mosquitto(tmp_path / "secured", extra=extra)
    broker.start()
    broker.psk_port = port
    yield broker
    broker.stop()

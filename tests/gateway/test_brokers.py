"""Both brokers start on a free port, carry a signal, and come back where they were after a kill."""

import socket
import threading

import paho.mqtt.client as mqtt
import pytest

from ended import let_go
from holdfast import brokers
from holdfast.brokers import BrokerError, Embedded, Mosquitto, free_port
from needs import needs


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request, tmp_path):
    if request.param == "mosquitto":
        needs("mosquitto")
    made = Embedded() if request.param == "embedded" else Mosquitto(tmp_path / "mosquitto")
    yield made
    made.stop()


def carried(broker, text):
    """Whether `text`, published at QoS 1, comes back."""
    subscribed, arrived, got = threading.Event(), threading.Event(), []
    version = mqtt.MQTTv5 if broker.mqtt == "5" else mqtt.MQTTv311
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="one", protocol=version)
    client.on_connect = lambda client, *_: client.subscribe("holdfast/1/+/signal", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda _client, _data, message: (got.append(message), arrived.set())
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    try:
        assert subscribed.wait(10)
        client.publish("holdfast/1/0011223344556677/signal", text, 1)
        assert arrived.wait(10)
        return got[0].payload == text
    finally:
        let_go(client)


def test_a_broker_carries_and_comes_back_on_its_port_after_a_kill(broker):
    port = broker.start()
    assert carried(broker, b"before")
    broker.kill()
    assert broker.start() == port
    assert carried(broker, b"after")


def test_a_port_already_taken_is_named(broker, tmp_path):
    port = broker.start()
    kind = type(broker)
    second = kind(port=port) if kind is Embedded else kind(tmp_path / "second", port)
    with pytest.raises(BrokerError, match=str(port)):
        second.start()


def test_stop_and_kill_twice_is_nothing(broker):
    broker.start()
    broker.kill()
    broker.kill()
    broker.stop()


def test_a_free_port_is_none_that_the_system_gives_to_others():
    with open("/proc/sys/net/ipv4/ip_local_port_range") as told:
        lowest = int(told.read().split()[0])
    assert all(0 < free_port() < lowest for _ in range(50))


def test_when_no_port_is_free_that_is_said(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(brokers, "PORTS", range(port, port + 1))
        monkeypatch.setattr(brokers, "PORTS_TRIED", 1)
        with pytest.raises(BrokerError, match=f"port {port} of 127.0.0.1 is taken"):
            free_port()

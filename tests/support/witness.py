"""The far end for tests of the keypad alone: an MQTT client that sees all and may seal receipts.

It does what a receiver does with one key: opens frames with the real seal, remembers what arrived
and when, and answers as the test says (`answer`). It decides nothing else.
"""

import threading
import time

import paho.mqtt.client as paho

from alarm_wire import receipt, seal
from alarm_wire.frame import WireError, open_heartbeat, open_signal
from ended import let_go

KEY = bytes(range(32))
DEVICE = b"keypad01"
TOPIC = f"holdfast/1/{DEVICE.hex()}/"
TICKET = b"T" * 16
PATIENCE_S = 30.0


class Arrival:
    """One frame as it came: when, which topic, what was in it."""

    def __init__(self, at, topic, frame):
        self.at = at
        self.topic = topic
        self.frame = frame
        self.signal = self.sent = self.beat = None
        if topic == "signal":
            self.signal, self.sent = open_signal(frame, seal.Signer(KEY, seal.SIGNAL))
        elif topic == "heartbeat":
            self.beat = open_heartbeat(frame, seal.Signer(KEY, seal.HEARTBEAT))


class Witness:
    """Subscribed to everything of one keypad. `answer`: receipt states sent back at once.

    It hears heartbeats as a receiver does, but tells no time with it, unless `hears` is False.
    """

    def __init__(self, port, answer=(receipt.STORED,), name="witness", *, hears=True):
        self.answer = answer
        self.hears = hears
        self.arrivals = []
        self.bad = []
        self._changed = threading.Condition()
        self._signer = seal.Signer(KEY, seal.RECEIPT)
        self._client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            client_id=name,
            clean_session=False,
            protocol=paho.MQTTv311,
        )
        self._client.reconnect_delay_set(1, 1)
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_connect = lambda client, *_: client.subscribe(TOPIC + "#", 1)
        self._client.on_message = self._arrived
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert subscribed.wait(10)

    def _arrived(self, _client, _userdata, message):
        at = time.time()
        topic = message.topic.removeprefix(TOPIC)
        if topic == "receipt":
            return
        with self._changed:
            try:
                arrival = Arrival(at, topic, message.payload)
            except WireError:
                self.bad.append(message.payload)
                return
            self.arrivals.append(arrival)
            self._changed.notify_all()
        if arrival.signal is not None:
            for state in self.answer:
                self.tell(arrival.signal.epoch, arrival.signal.number, state)
        if arrival.beat is not None and self.hears:
            self.tell(arrival.beat.epoch, arrival.beat.number, receipt.HEARD)

    def tell(self, epoch, number, state, *, signer=None, ticket=TICKET, moment_utc_ms=0):
        """Seal a receipt and send it."""
        told = receipt.Receipt(
            DEVICE, epoch, number, state, ticket=ticket, moment_utc_ms=moment_utc_ms
        )
        self.send(receipt.seal_receipt(told, signer or self._signer))

    def send(self, body, topic="receipt"):
        """Send raw bytes."""
        self._client.publish(TOPIC + topic, body, qos=1)

    def signals(self, kinds=()):
        """Signals that came, in the order of arrival, duplicates and all."""
        with self._changed:
            return [
                arrival.signal
                for arrival in self.arrivals
                if arrival.signal and (not kinds or arrival.signal.kind in kinds)
            ]

    def wait(self, wanted, timeout=PATIENCE_S):
        """The first arrival that is `wanted`; AssertionError when none comes."""
        found = []

        def seen():
            found.extend(arrival for arrival in self.arrivals if wanted(arrival))
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(seen, timeout), "it did not arrive"
        return found[0]

    def wait_signal(self, kind, timeout=PATIENCE_S, since=0.0):
        """The first arrival of a signal of `kind` after the moment `since`."""
        return self.wait(
            lambda arrival: (
                arrival.signal is not None and arrival.signal.kind == kind and arrival.at >= since
            ),
            timeout,
        )

    def stop(self):
        let_go(self._client)

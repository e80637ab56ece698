"""The broker at the premises: frames in, receipts out, by paho-mqtt with manual PUBACK.

It promises that nothing is answered with PUBACK unless the caller says so, that an answer never
goes to another connection than the one it belongs to, and that a lost broker is looked for until it
is back. Callbacks run in paho's thread and only hand on.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.door import HEARTBEAT_TOPIC, RECEIPT_TOPIC, SIGNAL_TOPIC, TOPIC_HEAD, topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.config import Broker

RECEIVE_MAX = 1_000
"""Inputs under way without a PUBACK; more than that waits at the broker."""
PACKET_BYTES_MAX = 1_024
"""A broker that somebody else set up may have no limit; it drops what is longer for us."""
TELLS_MAX = 2_000
"""Receipts waiting for the broker; keypads ask again for those that find no place."""
RECONNECT_S_MAX = 2
SESSION_S = 0xFFFFFFFF
"""The broker keeps our session without end."""


@dataclass(slots=True)
class Input:
    """One MQTT input, and the connection that it came by."""

    topic: str
    body: bytes
    retained: bool
    mid: int
    qos: int
    connection: int


class Premises:
    """The connection to the broker.

    `on_input(input)` for each input, `on_link(up, why)` when the subscription stands or falls;
    both are called from paho's thread and must return at once.
    """

    def __init__(
        self,
        broker: Broker,
        on_input: Callable[[Input], None],
        on_link: Callable[[bool, str], None],
    ) -> None:
        self._broker = broker
        self._on_input = on_input
        self._on_link = on_link
        self._lock = threading.Lock()
        self._connection = 0
        self._up = False
        self._client = self._made()

    def start(self) -> None:
        """Look for the broker, now and after each loss, from a thread of its own."""
        properties = None
        clean: bool | int = mqtt.MQTT_CLEAN_START_FIRST_ONLY
        if self._broker.version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # paho leaves it untyped
            properties.SessionExpiryInterval = SESSION_S
            properties.ReceiveMaximum = RECEIVE_MAX
            properties.MaximumPacketSize = PACKET_BYTES_MAX
            clean = False
        self._client.connect_async(
            self._broker.host,
            self._broker.port,
            keepalive=self._broker.keepalive_s,
            clean_start=clean,  # type: ignore[arg-type] # paho takes the int that it defines
            properties=properties,
        )
        self._client.loop_start()

    def stop(self) -> None:
        """Say goodbye and end the thread; the session stays at the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def puback(self, given: Input) -> None:
        """Answer for an input, if the connection that it came by still stands."""
        with self._lock:
            if given.qos and given.connection == self._connection:
                self._client.ack(given.mid, given.qos)

    def tell(
        self, device: bytes, frame: bytes, leaf: str = RECEIPT_TOPIC, *, qos: int = 1
    ) -> mqtt.MQTTMessageInfo | None:
        """Publish a receipt to its device; `is_published()` turns true at the broker's PUBACK.

        With `qos` 0 already when it was written to the broker's socket.

        None when the broker is away or too much waits: the keypad asks again.
        """
        if not self._up:
            return None
        told = self._client.publish(topic(device, leaf), frame, qos=qos)
        return told if told.rc == mqtt.MQTT_ERR_SUCCESS else None

    def up(self) -> bool:
        """Whether the subscription stands."""
        return self._up

    def lives(self) -> bool:
        """Whether paho's thread runs."""
        thread = self._client._thread  # noqa: SLF001 - paho shows its thread nowhere else
        return thread is not None and thread.is_alive()

    def again(self) -> None:
        """Connect anew, so that the broker offers again what was not answered."""
        connection = self._client.socket()
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):  # gone already, which is what we want
                connection.shutdown(socket.SHUT_RDWR)

    def _made(self) -> mqtt.Client:
        version = mqtt.MQTTv5 if self._broker.version == "5" else mqtt.MQTTv311
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._broker.client_id,
            clean_session=None if version == mqtt.MQTTv5 else False,
            protocol=version,
            manual_ack=True,
        )
        if self._broker.username:
            password = None
            if self._broker.password_file:
                password = Path(self._broker.password_file).read_text("utf-8").strip()
            client.username_pw_set(self._broker.username, password)
        client.reconnect_delay_set(1, RECONNECT_S_MAX)
        client.max_queued_messages_set(TELLS_MAX)
        client.max_inflight_messages_set(100)
        client.on_socket_open = _no_delay
        client.on_connect = self._connected
        client.on_connect_fail = self._not_reached
        client.on_subscribe = self._subscribed
        client.on_disconnect = self._disconnected
        client.on_message = self._came
        return client

    def _connected(
        self, client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _p: Any
    ) -> None:
        if reason.is_failure:
            self._on_link(False, f"the broker refused us: {reason}")
            return
        # Heartbeats at QoS 0: they may be lost and must never queue in front of a signal.
        client.subscribe(
            [(f"{TOPIC_HEAD}+/{SIGNAL_TOPIC}", 1), (f"{TOPIC_HEAD}+/{HEARTBEAT_TOPIC}", 0)]
        )

    def _not_reached(self, _client: mqtt.Client, _data: Any) -> None:
        self._on_link(False, f"no broker at {self._broker.host}:{self._broker.port}")

    def _subscribed(self, _client: mqtt.Client, _data: Any, _mid: int, codes: Any, _p: Any) -> None:
        refused = [str(code) for code in codes if code.is_failure]
        if refused:
            self._on_link(False, f"the broker refuses our subscription: {refused[0]}; see its ACL")
            return
        self._up = True
        self._on_link(True, "")

    def _disconnected(
        self, _client: mqtt.Client, _data: Any, _flags: Any, reason: Any, _p: Any
    ) -> None:
        with self._lock:
            self._connection += 1
        self._up = False
        self._on_link(False, f"the broker is gone: {reason}")

    def _came(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        # An error here would end paho's thread and leave a gateway that hears nothing, so the
        # caller's function may not raise. `topic` decodes UTF-8 and may
        # fail; an input with such a name is refused as unknown.
        try:
            name = message.topic
        except UnicodeDecodeError:
            name = "(not UTF-8)"
        self._on_input(
            Input(
                name,
                bytes(message.payload),
                message.retain,
                message.mid,
                message.qos,
                self._connection,
            )
        )


def _no_delay(_client: mqtt.Client, _data: Any, connection: Any) -> None:
    """A receipt right behind a PUBACK must not wait for the broker's delayed ACK: 40 ms less."""
    if isinstance(connection, socket.socket):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

"""The other end of the line on a test bench: opens what the keypad sends, answers with receipts.

It promises real seals (alarm_wire, with the key that was provisioned) and answers only what it was
told to answer: with `withhold` it answers neither press nor heartbeat, as with no receiver there.

    BenchError   the bench did not see what it waited for
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from alarm_wire.frame import WireError, open_heartbeat, open_signal
from alarm_wire.receipt import ACKNOWLEDGED, HEARD, STORED, Receipt, seal_receipt
from alarm_wire.seal import HEARTBEAT, RECEIPT, SIGNAL, Signer
from alarm_wire.signal import EMERGENCY, device_text, kind_name, urgency

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_wire.signal import Heartbeat, Signal


class BenchError(Exception):
    """The bench did not see what it waited for."""


class Bench:
    """Speaks for gateway and receiver of one keypad, over the broker at `host`, `port`."""

    def __init__(self, host: str, port: int, device: bytes, key: bytes) -> None:
        self._device = device
        self._signer = Signer(key, SIGNAL)
        self._beats = Signer(key, HEARTBEAT)
        self._receipts = Signer(key, RECEIPT)
        self._root = f"holdfast/1/{device_text(device)}/"
        self._changed = threading.Condition()
        self._seen: dict[tuple[int, int], Signal] = {}
        self.arrivals: list[Signal] = []
        """Every arrival in order, duplicates too."""
        self._beat: Heartbeat | None = None
        self.forged = 0
        self.withhold = False
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = self._connected
        self._client.on_message = self._arrived
        self._client.connect(host, port)
        self._client.loop_start()

    def wait(self, wanted: Callable[[Signal], bool], timeout_s: float = 15.0) -> Signal:
        """The first signal that is `wanted`, once it has arrived and not been `used`."""
        found: list[Signal] = []

        def seen() -> bool:
            found.extend(one for one in self._seen.values() if wanted(one))
            return bool(found)

        with self._changed:
            if not self._changed.wait_for(seen, timeout_s):
                names = [kind_name(one.kind) for one in self.arrivals[-8:]]
                raise BenchError(f"no such signal within {timeout_s} s; the last were {names}")
        return found[0]

    def beat(self, timeout_s: float = 40.0) -> Heartbeat:
        """The newest heartbeat, once there is one."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._beat is not None, timeout_s):
                raise BenchError(f"no heartbeat within {timeout_s} s")
            assert self._beat is not None  # noqa: S101 - it has just been waited for
            return self._beat

    def emergencies(self) -> list[Signal]:
        """Every different emergency so far, in the order of arrival."""
        with self._changed:
            return [one for one in self._seen.values() if urgency(one.kind) == EMERGENCY]

    def kinds(self) -> list[str]:
        """Names of every different signal so far."""
        with self._changed:
            return [kind_name(one.kind) for one in self._seen.values()]

    def acknowledge(self, signal: Signal) -> None:
        """An operator has taken the ticket of `signal`."""
        self._answer(signal, ACKNOWLEDGED)

    def forget(self) -> None:
        """Begin anew: what has arrived so far counts no more."""
        with self._changed:
            self._seen.clear()
            self.arrivals.clear()

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()
        # Out of our circle it closes its last sockets at once, not when somebody collects.
        self._client.on_connect = self._client.on_message = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connected(self, client: mqtt.Client, *_: Any) -> None:
        client.subscribe([(self._root + "signal", 1), (self._root + "heartbeat", 0)])

    def _arrived(self, _client: mqtt.Client, _data: Any, arrival: mqtt.MQTTMessage) -> None:
        try:
            if arrival.topic.endswith("/heartbeat"):
                beat = open_heartbeat(bytes(arrival.payload), self._beats)
                with self._changed:
                    self._beat = beat
                    self._changed.notify_all()
                if not self.withhold:
                    self._answer(beat, HEARD)
                return
            signal, _ = open_signal(bytes(arrival.payload), self._signer)
        except WireError:
            self.forged += 1
            return
        with self._changed:
            self._seen[(signal.epoch, signal.number)] = signal
            self.arrivals.append(signal)
            self._changed.notify_all()
        if not self.withhold:
            self._answer(signal, STORED)

    def _answer(self, signal: Signal | Heartbeat, state: int) -> None:
        told = Receipt(
            self._device,
            signal.epoch,
            signal.number,
            state,
            ticket=signal.number.to_bytes(16, "big"),
            moment_utc_ms=int(time.time() * 1000),
        )
        self._client.publish(self._root + "receipt", seal_receipt(told, self._receipts), qos=1)

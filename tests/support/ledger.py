"""Independent ledgers for the fault tests: what was promised, noted by whoever was promised it."""

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt

from alarm_wire.frame import WireError, content_of, seal_content
from alarm_wire.outbox import Outbox, Store
from alarm_wire.receipt import HEARD
from alarm_wire.seal import SIGNAL
from alarm_wire.signal import HOLD_UP, STARTED, TAMPER, Moment, Signal
from ended import let_go
from holdfast.brokers import end, free_port

KINDS = (HOLD_UP, TAMPER, STARTED)


def mqtt_client(name, port, on_message=None, topic=None):
    """A paho client that is on its way to 127.0.0.1:`port` and comes back after each loss."""
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    if topic:
        client.on_connect = lambda client, *_: client.subscribe(topic, 1)
    if on_message:
        client.on_message = lambda _c, _d, message: on_message(message.payload)
    client.reconnect_delay_set(1, 1)
    client.max_queued_messages_set(0)
    client.max_inflight_messages_set(200)
    client.connect_async("127.0.0.1", port, keepalive=5)
    client.loop_start()
    return client


class Publisher:
    """Publishes each signal once and takes PUBACK for delivery: the gateway's own promise."""

    def __init__(self, device, port):
        self.device = device
        self.pubacked = set()
        self._mids = {}
        self._lock = threading.Lock()
        self._client = mqtt_client(device.name, port)
        self._client.on_publish = self._published
        self._topic = f"holdfast/1/{device.name}/signal"

    def _published(self, _client, _data, mid, _reason, _properties):
        with self._lock:
            self.pubacked.add(self._mids.get(mid, -mid))

    def press(self, number):
        with self._lock:
            frame = self.device.signal(number, KINDS[number % 3], sent_ms=number)
        info = self._client.publish(self._topic, frame, qos=1)
        with self._lock:
            self._mids[info.mid] = number
            if -info.mid in self.pubacked:
                self.pubacked.discard(-info.mid)
                self.pubacked.add(number)

    def stop(self):
        let_go(self._client)


class MemoryStore(Store):
    """A keypad's ring without the flash: this keypad is never killed."""

    def __init__(self):
        self.contents = {}

    def first(self, count):
        return sorted(self.contents, key=lambda n: (self.contents[n][0], n))[:count]

    def keeps(self, number):
        return number in self.contents

    def read(self, number):
        return self.contents[number][1]

    def drop(self, number):
        del self.contents[number]

    def __len__(self):
        return len(self.contents)


class Keypad:
    """Keeps each signal until a receipt whose seal holds: the promise from end to end."""

    def __init__(self, device, port, wait_ms_max=1000):
        self.device = device
        self.taken = []
        self._store = MemoryStore()
        self._outbox = Outbox(
            self._store, under_way_max=50, wait_ms_min=250, wait_ms_max=wait_ms_max
        )
        self._lock = threading.Condition()
        self._ended = False
        topic = f"holdfast/1/{device.name}/"
        self._topic = topic + "signal"
        self._client = mqtt_client(device.name, port, self._receipt, topic + "receipt")
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def press(self, number):
        signal = Signal(self.device.id, 1, number, KINDS[number % 3], pressed_ms=number)
        with self._lock:
            self._store.contents[number] = (number % 3, content_of(signal))
            self.taken.append(number)
            self._lock.notify()

    def waiting(self):
        with self._lock:
            return len(self._store)

    def _receipt(self, raw):
        try:
            receipt = self.device.opened(raw)
        except WireError:
            return
        if receipt.state != HEARD:
            with self._lock:
                self._outbox.confirm(receipt.epoch, receipt.number)

    def _send(self):
        while not self._ended:
            with self._lock:
                now_ms = time.monotonic_ns() // 1_000_000
                number = self._outbox.due(now_ms, 0.5) if self._client.is_connected() else None
                if number is None:
                    self._lock.wait(0.02)
                    continue
                content = self._outbox.content(number)
            frame = seal_content(content, Moment(1, number + 1), self.device.signers[SIGNAL])
            self._client.publish(self._topic, frame, qos=1)

    def stop(self):
        self._ended = True
        self._thread.join(5)
        let_go(self._client)


class ReceiverProcess:
    """A strict receiver that may be killed; it keeps its port and its file."""

    def __init__(self, path, keys):
        self.path = path
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._keys = keys
        self._process = None

    def start(self):
        import json

        here = Path(__file__).resolve().parent
        self._process = subprocess.Popen(
            [
                sys.executable,
                str(here / "strict_receiver.py"),
                str(self.port),
                str(self.path),
                json.dumps(self._keys),
            ],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(here.parent.parent), "PATH": "/usr/bin:/bin"},
        )
        assert self._process.stdout.readline().startswith("http")
        return self

    def kill(self):
        if self._process is not None:
            end(self._process, 9)
            self._process = None

    stop = kill

    def rows(self):
        """(device, epoch, number) of everything committed."""
        db = sqlite3.connect(self.path, timeout=10)
        try:
            return db.execute("SELECT device, epoch, number FROM signal").fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            db.close()

    def numbers(self, device):
        return [number for name, _, number in self.rows() if name == device.name]

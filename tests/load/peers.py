"""Relays for the same signals over the same broker: ours, a mosquitto bridge, Node-RED.

Each has `broker_port` (where signals come in), `away` and `back` (the far end goes and returns),
`numbers` (what arrived there, with repetitions) and `pid`. The peers are set up to lose nothing as
far as their own settings offer: QoS 1, persistent sessions, MQTT 5 for Node-RED; queues are theirs.
"""

import json
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paho.mqtt.client as mqtt

from cable import Cable
from ended import let_go
from holdfast.brokers import Mosquitto, find_mosquitto, free_port, wait_for_port
from ledger import ReceiverProcess
from premises import KEYPAD, Premises, until
from wirework import Device

NODE_RED = "node-red@4"
CACHE = Path("var/bench/node-red")
TOPICS = f"holdfast/1/{KEYPAD}/signal"


def number_of(frame):
    return int.from_bytes(frame[14:18], "big")


class Ours:
    """The gateway and a receiver that is killed."""

    def __init__(self, folder, zygote):
        self._site = Premises(
            folder, zygote, receivers=0, broker=Mosquitto(folder / "mq", durable=False)
        )
        self.keypad = self._site.keypad
        keys = {one.name: one.key.hex() for one in (self._site.gateway, self.keypad)}
        self._receiver = ReceiverProcess(folder / "receiver.db", keys).start()
        self._site.receivers = [self._receiver]
        self._site.configure()
        self._site.receivers = []
        self._site.start()
        self.broker_port = self._site.broker.port
        self.away = self._receiver.kill
        self.back = self._receiver.start

    @property
    def pid(self):
        return self._site.pid

    def numbers(self):
        """Repetitions by `arrivals`; the tickets of a real receiver would not see them."""
        db = sqlite3.connect(self._receiver.path, timeout=10)
        try:
            rows = db.execute(
                "SELECT number, arrivals FROM signal WHERE device = ?", (KEYPAD,)
            ).fetchall()
        finally:
            db.close()
        return [number for number, arrivals in rows for _ in range(arrivals)]

    def stop(self):
        self._site.stop()
        self._receiver.kill()


class MosquittoBridge:
    """A mosquitto that bridges to another; the way between them is cut."""

    def __init__(self, folder):
        self.keypad = Device(KEYPAD)
        self._got = []
        self._far = Mosquitto(folder / "far", durable=False)
        self._way = Cable(self._far.start())
        self._client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id="far", clean_session=False
        )
        subscribed = threading.Event()
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = lambda _c, _d, message: self._got.append(
            number_of(message.payload)
        )
        self._client.connect("127.0.0.1", self._far.port)
        self._client.loop_start()
        assert subscribed.wait(10)
        self.broker_port = free_port()
        (folder / "near").mkdir()
        conf = folder / "near" / "mosquitto.conf"
        conf.write_text(
            f"listener {self.broker_port} 127.0.0.1\nallow_anonymous true\nuser root\n"
            f"connection site\naddress 127.0.0.1:{self._way.port}\n"
            "topic # out 1\ncleansession false\nrestart_timeout 1\n"
        )
        self._process = subprocess.Popen(
            [find_mosquitto(), "-c", str(conf)], stderr=subprocess.DEVNULL
        )
        wait_for_port(self.broker_port, self._process)
        until(lambda: self._way.connections, "the mosquitto bridge")
        time.sleep(1)
        self.pid = self._process.pid
        self.away = self._way.cut
        self.back = self._way.mend

    def numbers(self):
        return list(self._got)

    def stop(self):
        self._process.kill()
        self._process.wait()
        let_go(self._client)
        self._way.close()
        self._far.kill()


class Sink(BaseHTTPRequestHandler):
    """Counts frames; each is in the ledger before it is answered."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(number_of(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """The ledger is enough."""


class Sinks(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that was cut off is no error."""


def node_red():
    """Node-RED's program, installed by npm when it is not there yet; '' when that fails."""
    program = CACHE.resolve() / "node_modules" / ".bin" / "node-red"
    if program.exists():
        return str(program)
    npm = shutil.which("npm")
    if npm is None:
        return ""
    CACHE.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", NODE_RED]
    done = subprocess.run(command, cwd=CACHE, check=False, capture_output=True, timeout=600)
    return str(program) if done.returncode == 0 and program.exists() else ""


def node_red_flows(broker_port, url):
    """MQTT 5 in with a kept session, QoS 1, straight into an HTTP request."""
    return [
        {"id": "t", "type": "tab", "label": "relay"},
        {
            "id": "b",
            "type": "mqtt-broker",
            "broker": "127.0.0.1",
            "port": str(broker_port),
            "clientid": "node-red",
            "autoConnect": True,
            "protocolVersion": "5",
            "keepalive": "60",
            "cleansession": False,
            "sessionExpiry": "86400",
        },
        {
            "id": "i",
            "type": "mqtt in",
            "z": "t",
            "topic": TOPICS,
            "qos": "1",
            "datatype": "buffer",
            "broker": "b",
            "wires": [["r"]],
        },
        {
            "id": "r",
            "type": "http request",
            "z": "t",
            "method": "POST",
            "ret": "txt",
            "url": f"{url}/raw",
            "wires": [[]],
        },
    ]


class NodeRed:
    """mqtt in -> http request, as its palette offers them; the sink's way is cut."""

    def __init__(self, folder, program):
        self.keypad = Device(KEYPAD)
        self._broker = Mosquitto(folder / "mq", durable=False)
        self.broker_port = self._broker.start()
        self._sink = Sinks(("127.0.0.1", 0), Sink)
        self._sink.got = []
        threading.Thread(target=self._sink.serve_forever, args=(0.05,), daemon=True).start()
        self._way = Cable(self._sink.server_address[1])
        flows = node_red_flows(self.broker_port, self._way.url)
        (folder / "flows.json").write_text(json.dumps(flows))
        port = free_port()
        command = [program, "--userDir", str(folder), "--port", str(port), "flows.json"]
        log = (folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        log.close()
        connected = "Connected to broker"
        until(lambda: connected in (folder / "log").read_text(), "Node-RED", 90)
        self.pid = self._process.pid
        self.away = self._way.cut
        self.back = self._way.mend

    def numbers(self):
        return list(self._sink.got)

    def stop(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._way.close()
        self._sink.shutdown()
        self._sink.server_close()
        self._broker.kill()

"""A site for tests: real mosquitto, the real gateway process, strict receivers, a paho keypad."""

import json
import queue
import signal
import threading
import time

import paho.mqtt.client as mqtt

from ended import let_go
from holdfast.brokers import Mosquitto
from strict_receiver import StrictReceiver
from wirework import Device

GATEWAY = "aa00000000000001"
KEYPAD = "bb00000000000002"


def until(holds, what="the condition", wait_s=20.0):
    """Wait until `holds()` is true; its value."""
    end = time.monotonic() + wait_s
    while True:
        value = holds()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come about in {wait_s} s"
        time.sleep(0.005)


class Premises:
    """Everything of one site below `folder`; `stop` ends all of it."""

    def __init__(self, folder, zygote, receivers=1, broker=None):
        self.folder = folder
        self.zygote = zygote
        self.gateway = Device(GATEWAY)
        self.keypad = Device(KEYPAD)
        keys = {one.name: one.key.hex() for one in (self.gateway, self.keypad)}
        self.receivers = [
            StrictReceiver(folder / f"receiver{n}.db", keys).start() for n in range(receivers)
        ]
        self.broker = broker or Mosquitto(folder / "mosquitto")
        self.broker.start()
        self.log = folder / "gateway.log"
        self.pid = None
        self.config = folder / "gateway.toml"
        self.client = None
        self.configure()

    def configure(self, keypads="late_s = 60\nlost_s = 120", more=""):
        key = self.folder / "key"
        key.write_text(self.gateway.key.hex())
        key.chmod(0o600)
        text = (
            f'[gateway]\ndevice = "{GATEWAY}"\nkey_file = "key"\nfolder = "spool"\n'
            f"heartbeat_s = 0.2\n[broker]\nport = {self.broker.port}\nkeepalive_s = 1\n"
            f'version = "{self.broker.mqtt}"\n[keypads]\n{keypads}\n{more}\n'
        )
        for number, receiver in enumerate(self.receivers):
            text += f'[[receiver]]\nname = "r{number}"\nurl = "{receiver.url}"\n'
        self.config.write_text(text)

    def start(self, bugs=(), *, wait=True):
        ready = self.said("ready")
        self.pid = self.zygote.start(self.config, self.log, bugs)
        if wait:
            until(lambda: len(self.said("ready")) > len(ready), f"ready in {self.log}")
        return self

    def kill(self, how=signal.SIGKILL):
        pid, self.pid = self.pid, None
        return self.zygote.kill(pid, how)

    def connect(self):
        """A keypad's connection; receipts come by `receipts`."""
        self.receipts = queue.Queue()
        subscribed = threading.Event()
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id=KEYPAD)
        client.on_connect = lambda client, *_: client.subscribe(f"holdfast/1/{KEYPAD}/receipt", 1)
        client.on_subscribe = lambda *_: subscribed.set()
        client.on_message = lambda _c, _d, message: self.receipts.put(
            self.keypad.opened(message.payload)
        )
        client.reconnect_delay_set(1, 1)
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        assert subscribed.wait(10)
        self.client = client
        return self

    def publish(self, frame, leaf="signal", **named):
        """Publish a frame of the keypad."""
        return self.client.publish(f"holdfast/1/{KEYPAD}/{leaf}", frame, qos=1, **named)

    def receipt(self, wait_s=20.0):
        """The next receipt that the keypad gets, its seal checked."""
        return self.receipts.get(timeout=wait_s)

    def lines(self):
        """Everything the gateway has logged."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]

    def said(self, what):
        return [line for line in self.lines() if line.get("what") == what]

    def hops(self, device=KEYPAD):
        return [
            (line["hop"], line["number"])
            for line in self.lines()
            if "hop" in line and line["device"] == device
        ]

    def stored(self, receiver=0, device=KEYPAD):
        """(number, kind, arrivals) of what a receiver has of `device`."""
        rows = self.receivers[receiver].store.rows()
        return [
            (number, kind, arrivals) for who, _, number, kind, arrivals in rows if who == device
        ]

    def stop(self):
        if self.client is not None:
            let_go(self.client)
        if self.pid is not None:
            self.kill()
        self.broker.kill()
        for receiver in self.receivers:
            receiver.stop()
            receiver.store.db.close()

"""A real receiver for tests: real SQLite, real uvicorn on a free port; and devices that seal."""

import json
import os
import secrets
import signal as os_signal
import subprocess
import sys
import threading
import time
import uuid
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import update

from alarm_receiver.command import _listen
from alarm_receiver.config import Settings
from alarm_receiver.log import Log
from alarm_receiver.store import people, sealing
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.registry import OWN
from alarm_receiver.store.sealing import open_box
from alarm_receiver.store.tables import operator
from alarm_receiver.web.access import PASSWORDS
from alarm_receiver.web.hurry import hurried
from alarm_receiver.wiring import Receiver
from alarm_wire import batch, frame, receipt, seal
from alarm_wire import signal as wire
from alarm_wire.signal import Heartbeat, Moment, Signal
from holdfast import brokers

PASSWORD = "correct horse battery"
BATCH = {"Content-Type": "application/vnd.holdfast.batch"}


class Keypad:
    """A device with a key, that numbers and seals as the firmware does."""

    def __init__(self, device=None, key=None, epoch=1):
        self.device = device or secrets.token_bytes(8)
        self.key = key or secrets.token_bytes(32)
        self.epoch = epoch
        self.number = 0
        self.beats = 0

    def signal(self, kind=wire.PANIC, *, number=None, **fields):
        if number is None:
            self.number += 1
            number = self.number
        return Signal(self.device, self.epoch, number, kind, **fields)

    def frame(self, said, sent=None):
        sent = sent or Moment(self.epoch, said.pressed_ms + 50)
        signer = seal.Signer(self.key, seal.SIGNAL)
        return frame.seal_content(frame.content_of(said), sent, signer)

    def press(self, kind=wire.PANIC, **fields):
        return self.frame(self.signal(kind, **fields))

    def heartbeat(self, number=None, epoch=None):
        if number is None:
            self.beats += 1
            number = self.beats
        beat = Heartbeat(self.device, epoch or self.epoch, number, uptime_ms=1000 * number)
        return frame.seal_heartbeat(beat, seal.Signer(self.key, seal.HEARTBEAT))

    def read(self, answer):
        return receipt.open_receipt(answer, seal.Signer(self.key, seal.RECEIPT))


class Client:
    """Speaks to one receiver: as gateway (`send`, `receipts`) and as operator (`api`)."""

    def __init__(self, url):
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=20)
        self.token = None

    def close(self):
        self.http.close()

    def set_up(self, token):
        body = {"token": token, "name": "Ada", "password": PASSWORD}
        answer = self.http.post("/v1/setup", json=body)
        assert answer.status_code == 201, answer.text
        self.token = answer.json()["token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"

    def site(self, name="Corner shop", account=None):
        account = account or secrets.token_hex(6)
        answer = self.http.post("/v1/sites", json={"name": name, "account": account})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def register(self, keypad, site, kind="keypad", zone=1, zone_name="Counter"):
        body = {
            "device": keypad.device.hex(),
            "kind": kind,
            "site": site,
            "zone": zone,
            "zone_name": zone_name,
            "key": keypad.key.hex(),
        }
        answer = self.http.post("/v1/devices", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def post(self, frames):
        return self.http.post("/v1/signals", content=batch.pack(frames), headers=BATCH)

    def send(self, *frames):
        answer = self.post(list(frames))
        assert answer.status_code == 200, answer.text
        answers = batch.unpack(answer.content)
        assert len(answers) == len(frames)
        return answers

    def receipts(self, gateway, after=0, wait_s=0):
        answer = self.http.post(
            f"/v1/receipts?after={after}&wait_s={wait_s}",
            content=batch.pack([gateway.heartbeat()]),
            headers=BATCH,
        )
        assert answer.status_code == 200, answer.text
        return batch.unpack(answer.content), int(answer.headers["Holdfast-Sequence"])

    def policy(self, *steps, class_="emergency", acknowledged_s=3600, dispatched_s=3600):
        """Put a policy in force: each step is (seconds it waits, whom it pages ...)."""
        body = {
            "steps": [{"wait_s": wait_s, "targets": targets} for wait_s, *targets in steps],
            "acknowledged_s": acknowledged_s,
            "dispatched_s": dispatched_s,
        }
        answer = self.http.put(f"/v1/policies/{class_}", json=body)
        assert answer.status_code == 200, answer.text

    def tickets(self, **query):
        answer = self.http.get("/v1/tickets", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()["tickets"]

    def ticket(self, id_):
        answer = self.http.get(f"/v1/tickets/{id_}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, id_, act, version, **fields):
        return self.http.post(f"/v1/tickets/{id_}/{act}", json={"version": version, **fields})


class Running:
    """A receiver with its uvicorn in a thread of this process."""

    def __init__(self, data, **settings):
        self.settings = Settings(data=data, **{"port": 0, **settings})
        self.listening = _listen(self.settings)
        self.lines = Lines()
        self.receiver = Receiver(self.settings, Log(self.lines))
        self.token = self.receiver.start()
        self.port = self.listening.getsockname()[1]
        app = self.receiver.app()
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=hurried(self.receiver.context.intake),
            lifespan="on",
            log_config=None,
            date_header=False,
            forwarded_allow_ips=self.settings.trusted_proxies,
            timeout_graceful_shutdown=2,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.listening]}, daemon=True
        )
        self.thread.start()
        wait_for(lambda: self.server.started)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.receiver.context.stopping.set()
        self.receiver.context.feed.release()
        self.receiver.context.pieces.release()
        self.server.should_exit = True
        self.thread.join(20)
        self.receiver.stop()
        self.receiver.context.reader.dispose()
        self.receiver.context.steady.dispose()
        self.receiver.writer._engine.dispose()
        self.listening.close()


class Lines:
    """Where the log of a receiver in this process goes."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def named(self, what):
        return [one for one in map(json.loads, self.text.splitlines()) if one.get("what") == what]

    def hops(self):
        return [one for one in map(json.loads, self.text.splitlines()) if "hop" in one]


def prepared(url, data):
    """The writing engine of a new store for a receiver with the data folder `data`."""
    box = open_box(url, Path(data) / "receiver.key")
    upgrade(url, box)
    engine = open_writer(url).execution_options(box=box)
    with engine.begin() as connection:
        sealing.note(connection, box, 0)
    return engine


@contextmanager
def running(data, **settings):
    """A receiver with an operator's client, already set up."""
    receiver = Running(data, **settings)
    client = Client(receiver.url)
    try:
        if receiver.token:
            client.set_up(receiver.token)
        yield receiver, client
    finally:
        client.close()
        receiver.stop()


class Process:
    """A receiver as its own process, as users start it."""

    def __init__(self, data, port=0, *, part="all", **env):
        serve = ["serve", "--part", part] + ([] if port is None else ["--port", str(port)])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "alarm_receiver"]
            + (["engine"] if part == "engine" else serve)
            + ([] if data is None else ["--data", data]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **env},
        )
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line)

    def said(self, what):
        for line in list(self.lines):
            if line.startswith("{"):
                one = json.loads(line)
                if one.get("what") == what:
                    return one
        return None

    def url(self):
        wait_for(lambda: self.said("listening") or self.process.poll() is not None)
        return self.said("listening")["url"]

    def end(self, sig=os_signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        code = self.process.wait(20)
        self.reader.join(5)
        self.process.stderr.close()
        return code


def account(receiver, name, role, password="x" * 12):
    """An account that no administrator made alone: as many as a test needs, of whatever role."""
    id_, hashed = str(uuid.uuid4()), PASSWORDS.hash(password)
    receiver.receiver.writer.do(
        lambda connection: people.make_operator(
            connection,
            id_,
            agency_id=OWN,
            name=name,
            password=hashed,
            role=role,
            now_ms=0,
        )
    )
    return id_


def settle(receiver, name, days=8):
    """Let so many days have gone by since the account `name` was made."""
    older = operator.c.made_ms - days * 86_400_000
    change = update(operator).where(operator.c.name == name).values(made_ms=older)
    receiver.receiver.writer.do(lambda connection: connection.execute(change).rowcount)


def wait_for(condition, timeout_s=15.0):
    """Wait until `condition` gives something true, and give that."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"did not come true within {timeout_s} s")


def free_port():
    """A port that stays free while whoever listens there is dead: see `holdfast.brokers.PORTS`."""
    return brokers.free_port()

"""An image over the whole line: parts die on the way, nothing begins anew, no press is lost."""

import contextlib
import json
import sqlite3
import subprocess
import threading
import time

import paho.mqtt.client as paho
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from alarm_wire.signal import FETCHING, PANIC
from ended import let_go
from holdfast.line import Line, LineError
from holdfast.release import image
from needs import needs
from receiving import wait_for
from sending import HOLDFAST, NEW, built, pack, send

ENDED = {"taken", "refused", "taken_back", "called_off"}
LONG_S = 400.0
NUMBER = image.version_number(NEW)


@pytest.fixture(scope="module")
def maker():
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


@pytest.fixture(scope="module")
def files():
    return built()


@pytest.fixture(scope="module")
def whole(maker, files):
    return pack(files, maker)


@pytest.fixture
def line(tmp_path, maker):
    needs("mosquitto")
    nvs = {"heartbeat_s": 1, "retry_ms_min": 200, "retry_ms_max": 1000}
    nvs["maker"] = image.modulus(maker)
    with Line(tmp_path, broker="mosquitto", nvs=nvs, compiled=True) as one:
        (tmp_path / "receiver" / "maker.pub").write_text(image.modulus(maker).hex() + "\n")
        yield one


def put(line, content):
    return line.api.post("/v1/images", content=content)


def order(line, version=NUMBER):
    path = f"/v1/devices/{line.device.hex()}/image"
    return line.call("POST", path, {"version": version})


def standing(line):
    try:
        return line.call("GET", f"/v1/orders?device={line.device.hex()}")[0]
    except LineError:
        return None


def until(line, holds):
    return wait_for(lambda: (s := standing(line)) and holds(s) and s, LONG_S)


class Presses:
    """Presses on and on until told to stop, and knows which were taken."""

    def __init__(self, line):
        self.line = line
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.count = 0

    def run(self):
        while not self.ending.is_set():
            self.line.press()
            time.sleep(0.1)
            self.line.board.release()
            self.count += 1
            self.ending.wait(0.5)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()


@contextlib.contextmanager
def pieces_seen(line):
    """With which QoS pieces go; every one written to a broker's disk would hold up a press."""
    seen = set()
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.on_connect = lambda *_: client.subscribe("holdfast/1/+/config", 1)
    client.on_message = lambda _client, _userdata, message: seen.add(message.qos)
    client.connect("127.0.0.1", line.broker.port)
    client.loop_start()
    try:
        yield seen
    finally:
        let_go(client)


def books(line, kind):
    """The zones of all signals of a kind, in the order in which the keypad made them."""
    path = line.folder / "receiver" / "receiver.sqlite3"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        rows = database.execute(
            "SELECT zone FROM signal WHERE kind = ? ORDER BY epoch, number", (kind,)
        )
        return [row[0] for row in rows]


def taken_and_stored(line):
    mine = [one for one in line.hops.journeys.values() if one.device == line.device.hex()]
    taken = {(one.epoch, one.number) for one in mine if "taken" in one.at}
    stored = {(one.epoch, one.number) for one in mine if "committed" in one.at}
    return taken, stored


@pytest.mark.timeout(1_200)  # minutes on a machine that is busy with other things
def test_an_update_goes_on_where_it_was_cut_and_no_press_is_lost(line, whole):
    assert put(line, whole).status_code == 200
    places = []
    with pieces_seen(line) as qos, Presses(line) as presses:
        order(line)
        pieces = until(line, lambda one: one["place"] >= 64)["pieces"]
        line.gateway.kill()
        places.append(standing(line)["place"])
        line.start_gateway(wait=False)
        cut = until(line, lambda one: one["place"] >= places[0] + 64)["place"]
        line.board.cut_power()
        line.board.start()
        after = until(line, lambda one: one["place"] > cut or one["state"] in ENDED)
        assert after["place"] > cut
        line.receiver.kill()
        line.start_receiver()
        assert until(line, lambda one: one["state"] in ENDED)["state"] == "taken"
    assert qos == {0}
    assert pieces > 300
    wait_for(lambda: (s := taken_and_stored(line))[0] <= s[1], LONG_S)
    taken = taken_and_stored(line)[0]
    assert len(taken) > 3
    assert len(books(line, PANIC)) >= len(taken)
    assert presses.count >= len(taken)
    asked = books(line, FETCHING)
    assert asked == sorted(asked)  # it never began anew, whoever died
    assert asked[-1] == pieces
    nvs = json.loads((line.board.folder / "flash.nvs.holdfast").read_text())
    assert (nvs["image"], nvs["release"]) == (1, NUMBER)


@pytest.mark.prove  # the whole image goes over the line for each
@pytest.mark.parametrize(
    ("case", "told"), [("signature", "has not signed it"), ("micropython", "another MicroPython")]
)
def test_what_the_keypad_itself_refuses_is_shown_with_its_reason(line, files, maker, case, told):
    """The receiver's own check is stepped round, as somebody who broke into it would."""
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    if case == "signature":
        (line.folder / "receiver" / "maker.pub").write_text(image.modulus(stranger).hex() + "\n")
        content = pack(files, stranger)
    else:
        content = image.pack(files, NEW, 77, maker)
    assert put(line, content).status_code == 200
    said = send(line, "update", "--version", "0.2.0", "--site", "1000", code=3)
    assert told in said
    assert "0 of 1 have taken it, 1 failed" in said
    line.press()
    line.board.wait_lamp("stored", 60)
    line.board.release()


@pytest.mark.prove  # the commands of a maker and an administrator, one after the other
def test_a_maker_builds_signs_and_an_administrator_sends_it(line, maker):
    key = line.folder / "maker.key"
    key.write_bytes(
        maker.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    release(line, "build", "--version", "0.2.0", "--out", "unsigned.img")
    assert "was cut or is not signed" in send(line, "image", "unsigned.img", code=1)
    release(line, "sign", "unsigned.img", "--key", "maker.key", "--out", "signed.img")
    assert "version 0.2.0 for esp32_s3" in send(line, "image", "signed.img")
    assert "1 of 1 have taken it" in send(line, "update", "--version", "0.2.0", "--site", "1000")
    assert "taken" in send(line, "state", "--site", "1000")
    release(line, "build", "--version", "0.1.9", "--key", "maker.key", "--out", "old.img")
    send(line, "image", "old.img")
    said = send(line, "update", "--version", "0.1.9", "--device", line.device.hex(), code=3)
    assert "has 0.2.0: a keypad takes only what is newer" in said


def release(line, *words):
    done = subprocess.run(
        [HOLDFAST, "release", *words], cwd=line.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr

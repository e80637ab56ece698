"""The generated mosquitto set-up under attack: one keypad's key opens one keypad's topics."""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from gateway.errors import ConfigError
from gateway.mosquitto import Setup, faults, hashed, read_keys, write
from gateway_zygote import Zygote
from holdfast.brokers import end, free_port, wait_for_port
from needs import needs
from premises import Premises, until
from raw_mqtt import Mqtt, Tcp, Tunnel, packet, text
from wirework import Device

GOOD = Device("bb00000000000002")
EVIL = Device("bb00000000000003")
USER = "holdfast-gateway"
PASSWORD = "made up"
MINE = f"holdfast/1/{GOOD.name}"
EVILS = f"holdfast/1/{EVIL.name}"


@pytest.fixture(scope="module")
def broker():
    program = needs("mosquitto")
    needs("openssl")
    root = Path(tempfile.mkdtemp(prefix="holdfast-"))
    root.chmod(0o755)  # mosquitto gives root up and must still get at its files
    setup = Setup(root / "mq", "127.0.0.1", free_port(), free_port(), USER, (GOOD.id, EVIL.id))
    assert write(setup, PASSWORD) == [GOOD.name, EVIL.name]
    log = (root / "log").open("wb")
    process = subprocess.Popen(
        [program, "-c", str(setup.folder / "mosquitto.conf")], stderr=log, stdout=log
    )
    log.close()
    wait_for_port(setup.own_port, process)
    yield SimpleNamespace(
        setup=setup, keys=read_keys(setup.folder / "keypads.psk"), log=root / "log"
    )
    end(process, 15)
    shutil.rmtree(root)


@pytest.fixture
def clients(broker):
    opened = []

    def connected(device, client_id=None, key=None, **named):
        client = Mqtt(Tunnel(broker.setup.port, device.name, key or broker.keys[device.name]))
        opened.append(client)
        return client, client.connect(client_id or device.name, **named)

    def gateway(user=USER, password=PASSWORD):
        client = Mqtt(Tcp(broker.setup.own_port))
        opened.append(client)
        return client, client.connect("any", user, password)

    yield SimpleNamespace(keypad=connected, gateway=gateway, opened=opened)
    for client in opened:
        client.close()


@pytest.fixture
def listening(clients):
    """The gateway, subscribed to all that it may hear."""
    client, code = clients.gateway()
    assert code == 0
    client.subscribe("holdfast/1/+/signal", "holdfast/1/+/heartbeat", "holdfast/1/+/presence")
    return client


def test_a_keypad_reaches_the_gateway_and_gets_its_receipt(clients, listening):
    keypad, code = clients.keypad(GOOD)
    assert code == 0
    keypad.subscribe(f"{MINE}/receipt")
    assert keypad.publish(f"{MINE}/signal", GOOD.signal(1))
    assert listening.got(5) == (f"{MINE}/signal", GOOD.signal(1))
    assert listening.publish(f"{MINE}/receipt", GOOD.receipt(1))
    assert keypad.got(5) == (f"{MINE}/receipt", GOOD.receipt(1))


def test_nobody_gets_in_without_the_right_key_or_password(broker, clients):
    assert clients.keypad(GOOD, key="00" * 32)[1] is None
    stranger = Device("bb000000000000ff")
    assert clients.keypad(stranger, key=broker.keys[GOOD.name])[1] is None
    assert clients.gateway(None, None)[1] == 5
    assert clients.gateway(USER, "wrong")[1] == 5
    assert clients.gateway(GOOD.name, PASSWORD)[1] == 5
    assert clients.gateway(USER, "")[1] in {4, 5}
    plain = Mqtt(Tcp(broker.setup.port))
    clients.opened.append(plain)
    assert plain.connect(GOOD.name) is None


@pytest.mark.parametrize(
    "topic",
    [
        f"{MINE}/signal",
        f"{MINE}/heartbeat",
        f"{MINE}/presence",
        f"{MINE}/receipt",
        f"{EVILS}/receipt",
        f"{EVILS}/signal/x",
        "holdfast/1/+/signal",
        "$SYS/broker/uptime",
        "other",
    ],
)
def test_a_keypad_cannot_publish_but_to_its_own_topics(clients, listening, topic):
    good, _ = clients.keypad(GOOD)
    good.subscribe(f"{MINE}/receipt")
    evil, code = clients.keypad(EVIL, user=GOOD.name)
    assert code == 0
    evil.publish(topic, b"forged")
    fresh, _ = clients.keypad(EVIL)
    assert fresh.publish(f"{EVILS}/signal", b"end")
    assert listening.got(5) == (f"{EVILS}/signal", b"end")
    assert good.got(0.2) is None


def test_a_keypad_hears_nothing_but_its_own_receipts(clients):
    gateway, _ = clients.gateway()
    good, _ = clients.keypad(GOOD)
    evil, _ = clients.keypad(EVIL)
    evil.subscribe("#", "holdfast/#", f"{MINE}/receipt", "holdfast/1/+/signal", "$SYS/#")
    assert good.publish(f"{MINE}/signal", GOOD.signal(1))
    assert gateway.publish(f"{MINE}/receipt", GOOD.receipt(1))
    assert gateway.publish(f"{EVILS}/receipt", EVIL.receipt(1))
    assert evil.got(5) == (f"{EVILS}/receipt", EVIL.receipt(1))
    assert evil.got(0.3) is None


def test_a_keypad_cannot_take_anothers_connection_over(clients):
    gateway, _ = clients.gateway()
    good, _ = clients.keypad(GOOD)
    good.subscribe(f"{MINE}/receipt")
    for name in (GOOD.name, USER):
        _, code = clients.keypad(EVIL, client_id=name, user=GOOD.name)
        assert code == 0
    assert gateway.publish(f"{MINE}/receipt", GOOD.receipt(7))
    assert good.got(5) == (f"{MINE}/receipt", GOOD.receipt(7))


def test_a_retained_frame_or_a_will_reaches_nobody_elses_topic(clients, listening):
    evil, _ = clients.keypad(EVIL, will=(f"{MINE}/signal", b"poison"))
    evil.publish(f"{MINE}/presence", b"0", retain=True)
    evil.close()
    clients.opened.remove(evil)
    later, _ = clients.gateway()
    later.subscribe("holdfast/1/+/signal", "holdfast/1/+/presence")
    assert later.got(0.5) is None
    assert listening.got(0.1) is None


def test_an_oversize_input_is_not_passed_on(clients, listening):
    evil, _ = clients.keypad(EVIL)
    evil.publish(f"{EVILS}/signal", bytes(513))
    evil.publish(f"{EVILS}/signal", bytes(60_000))
    fresh, _ = clients.keypad(EVIL)
    assert fresh.publish(f"{EVILS}/signal", b"end")
    assert listening.got(5) == (f"{EVILS}/signal", b"end")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x30\xff\xff\xff\xff\x7f",
        b"\x30\x80\x80\x80\x80\x01x",
        packet(0x32, text("t" * 65_535) + b"\x00\x01x"),
        packet(0x32, text(f"{EVILS}/+") + b"\x00\x01x"),
        packet(0x32, text(b"\xff\xfe\x00") + b"\x00\x01x"),
        packet(0x32, b"\xff\xffshort"),
        packet(0x34, text(f"{EVILS}/signal") + b"\x00\x09half"),
        packet(0x62, b"\x00\x63"),
        packet(0x36, text(f"{EVILS}/signal") + b"\x00\x01both"),
        packet(0x82, b"\x00\x01" + text("#") + b"\x07"),
        packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c" + text("again")),
        b"\x00\x00",
        b"\xf0\x00",
        bytes(3000),
    ],
    ids=["length of five bytes", "length beyond its own", "topic of 64 KiB", "wildcard",
         "topic that is no text", "topic cut short", "QoS 2, first half only", "PUBREL of nothing",
         "QoS 3", "subscription of QoS 7", "CONNECT twice", "kind 0", "kind 15", "zeros"],
)  # fmt: skip
def test_attack_12_bytes_that_are_no_mqtt(clients, listening, raw):
    evil, code = clients.keypad(EVIL)
    assert code == 0
    with contextlib.suppress(OSError):
        evil._way.send(raw)
    good, code = clients.keypad(GOOD)
    assert code == 0, "others are unaffected"
    assert good.publish(f"{MINE}/signal", GOOD.signal(1))
    heard = listening.got(10)
    while heard and heard[0] != f"{MINE}/signal":
        assert heard[0] == f"{EVILS}/signal", "nothing gets beyond its own topics"
        heard = listening.got(10)
    assert heard == (f"{MINE}/signal", GOOD.signal(1))


class Guarded:
    """The generated set-up as a site's broker."""

    mqtt = "5"

    def __init__(self, broker):
        self.port = broker.setup.own_port

    def start(self):
        return self.port

    def kill(self):
        """The module's fixture ends it."""


def test_a_gateway_and_a_keypad_with_its_key_meet_through_it(broker, clients, tmp_path):
    zygote = Zygote()
    site = Premises(tmp_path, zygote, broker=Guarded(broker))
    keypad = Device(GOOD.name, site.keypad.key)
    site.receivers[0].store.signers[GOOD.id] = keypad.signers
    (tmp_path / "password").write_text(PASSWORD)
    text = site.config.read_text()
    login = f'[broker]\nusername = "{USER}"\npassword_file = "password"\n'
    site.config.write_text(text.replace("[broker]\n", login))
    try:
        site.start()
        there, code = clients.keypad(GOOD)
        assert code == 0
        there.subscribe(f"{MINE}/receipt")
        assert there.publish(f"{MINE}/signal", keypad.signal(1))
        topic, receipt = there.got(10)
        assert topic == f"{MINE}/receipt"
        assert keypad.opened(receipt).number == 1
        site.kill()
        assert there.publish(f"{MINE}/signal", keypad.signal(2))  # kept for the gateway's session
        site.start()
        until(lambda: keypad.opened(there.got(10)[1]).number == 2)
    finally:
        site.stop()
        zygote.stop()


def test_a_second_setup_keeps_the_keys_and_adds_the_new_keypad(tmp_path):
    first = Setup(tmp_path / "mq", "192.0.2.1", 8883, 1883, USER, (GOOD.id,))
    write(first, PASSWORD)
    keys = read_keys(tmp_path / "mq" / "keypads.psk")
    second = Setup(tmp_path / "mq", "192.0.2.1", 8883, 1883, USER, (GOOD.id, EVIL.id))
    (missing,) = faults(second)
    assert f"mq/keypads.psk: no key for {EVIL.name}; run `holdfast gateway setup`" in missing
    assert write(second, PASSWORD) == [EVIL.name]
    again = read_keys(tmp_path / "mq" / "keypads.psk")
    assert again[GOOD.name] == keys[GOOD.name]
    assert faults(second) == []


def test_what_was_changed_by_hand_is_named(tmp_path):
    setup = Setup(tmp_path / "mq", "192.0.2.1", 8883, 1883, USER, (GOOD.id,))
    write(setup, PASSWORD)
    (tmp_path / "mq" / "keypads.acl").write_text("topic readwrite #\n")
    (tmp_path / "mq" / "gateway.acl").unlink()
    (tmp_path / "mq" / "keypads.psk").chmod(0o644)
    found = faults(setup)
    assert len(found) == 3
    for what in ("keypads.acl: is not what was written", "gateway.acl: No such", "chmod 600"):
        assert any(what in one for one in found), what


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="choose a folder"):
        write(Setup(tmp_path / "file" / "mq", "", 1, 2, USER, ()), PASSWORD)


def test_passwords_are_salted():
    assert hashed("x") != hashed("x")

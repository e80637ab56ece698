"""One suite, two worlds: PORT and RIG name a real keypad and its rig; without them both are
emulated, behind the same kind of port, and run the same program."""

import getpass
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast.flash import build, files
from holdfast.hil.bench import Bench
from holdfast.hil.loom import Loom
from holdfast.hil.report import Measured, write
from holdfast.hil.rig import Rig
from holdfast.provision import broker as broker_keys
from holdfast.provision import keypad as provisioning
from holdfast.serial_board import Board
from needs import needs
from receiving import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
REAL = bool(os.environ.get("PORT"))
PORT, RIG = os.environ.get("PORT"), os.environ.get("RIG")
REPORT = Path(os.environ.get("HIL_REPORT") or ROOT / "var" / "hil" / "report.html")
MEASURED = Measured(on=f"keypad at {PORT}, rig at {RIG}" if PORT else "the emulated board")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    result = outcome.get_result()
    if "hil" in item.path.parts and (result.when == "call" or result.outcome != "passed"):
        words = ""
        if result.outcome == "skipped" and isinstance(result.longrepr, tuple):
            words = result.longrepr[2].removeprefix("Skipped: ")
        elif result.failed:
            words = str(call.excinfo.value)[:200]
        MEASURED.tests.append((item.name, result.outcome, result.duration, words))


def pytest_sessionfinish():
    if MEASURED.tests:
        write(MEASURED, REPORT)


@pytest.fixture(scope="session")
def measured():
    return MEASURED


@pytest.fixture(scope="session")
def ports(tmp_path_factory):
    """(keypad's port, rig's port); emulated boards are wired together when none are named."""
    if PORT and RIG:
        yield PORT, RIG
        return
    if PORT or RIG:
        pytest.fail("name both PORT (keypad) and RIG (Pico), or neither for the emulated board")
    folder = tmp_path_factory.mktemp("hil")
    keypad = TerminalBoard(folder / "keypad", folder / "keypad.port")
    rig = TerminalBoard(folder / "rig", folder / "rig.port")
    with keypad.start(), rig.start():
        Loom(rig, keypad)
        yield keypad.port, rig.port


class Premises:
    """mosquitto as at a site: TLS-PSK for keypads, plain on loopback for the bench.

    On the emulated board the tests use the plain port, but for one; a real keypad uses TLS always.
    """

    CONF = """\
user {user}
per_listener_settings true
listener {tls} {address}
psk_hint holdfast
psk_file {keys}
use_identity_as_username true
tls_version tlsv1.2
ciphers ECDHE-PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384:PSK-AES128-GCM-SHA256
listener {plain} 127.0.0.1
allow_anonymous true
"""

    def __init__(self, folder, host):
        self.host, self.plain, self.tls = host, free_port(), free_port()
        self.keys = folder / "keypads.psk"
        self.keys.touch(0o600)
        conf = folder / "mosquitto.conf"
        address = "127.0.0.1" if host == "127.0.0.1" else "0.0.0.0"  # noqa: S104  # the LAN
        values = {"tls": self.tls, "plain": self.plain, "keys": self.keys, "address": address}
        values["user"] = getpass.getuser()
        conf.write_text(self.CONF.format(**values))
        self.process = subprocess.Popen(
            [needs("mosquitto"), "-c", str(conf)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_for(self._answers)

    def _answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.plain), 1).close()
        except OSError:
            return False
        return True

    def know(self, identity):
        """Let the keypad in: its derived key, and have mosquitto read it."""
        broker_keys.add(self.keys, identity)
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """The broker; HOST is the address of this machine under which a real keypad reaches it."""
    host = os.environ.get("HOST") or "127.0.0.1"
    if PORT and host == "127.0.0.1":
        pytest.fail("name this machine's address as the keypad sees it: HOST=192.168.1.2")
    premises = Premises(tmp_path_factory.mktemp("broker"), host)
    yield premises
    premises.stop()


@pytest.fixture(scope="session")
def rig(ports):
    with Rig(ports[1]) as rig:
        yield rig


class Keypad:
    """The keypad under test: what an installer does to it."""

    def __init__(self, port, broker):
        self.port, self.broker = port, broker
        self.identity = None
        self.wanted = build.build(ROOT, build.compiler())

    def flash(self):
        with Board(self.port, patience_s=60) as board:
            steps = files.plan(self.wanted, files.hashes(board))
            files.put_right(board, self.wanted, steps, lambda *_: None)
            files.verify(board, self.wanted)

    def provision(self, **settings):
        """A new identity and these settings, then a fresh start."""
        self.identity = provisioning.make_identity()
        self.broker.know(self.identity)
        secured = REAL or settings.get("tls") == "psk"
        plain = {
            "host": self.broker.host,
            "port": self.broker.tls if secured else self.broker.plain,
            "zone": 7,
            "trace": True,
            "retry_ms_min": 200,
            "retry_ms_max": 2000,  # however slow the rig, a receipt is asked for again soon
        }
        if REAL:
            plain["wifi_ssid"] = os.environ["WIFI_SSID"]
            plain["wifi_password"] = os.environ.get("WIFI_PASSWORD", "")
        with Board(self.port, patience_s=60) as board:
            provisioning.check_settings(board, plain | settings)
            provisioning.clean(board)
            provisioning.write(board, self.identity, plain | settings)
            board.finish()


@pytest.fixture(scope="session")
def flashed(ports, rig, broker):  # noqa: ARG001  # the rig gives it power
    keypad = Keypad(ports[0], broker)
    keypad.flash()
    return keypad


@pytest.fixture
def started(flashed, rig, broker):
    """Start the keypad with settings; the bench that hears it, once it has said that it started."""
    benches = []

    def start(**settings):
        rig.quiet()
        flashed.provision(**settings)
        identity = flashed.identity
        bench = Bench("127.0.0.1", broker.plain, identity.device, identity.key)
        benches.append(bench)
        bench.wait(lambda one: one.kind == 96, 40)
        return bench

    yield start
    for bench in benches:
        bench.close()
    rig.quiet()

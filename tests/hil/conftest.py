"""One suite, two worlds: PORT and RIG name a real keypad and its rig; without them both are
emulated, behind the same kind of port, and run the same program."""

import os
from pathlib import Path

import pytest

from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast.brokers import Mosquitto
from holdfast.flash import build, files
from holdfast.hil.bench import Bench
from holdfast.hil.loom import Loom
from holdfast.hil.report import Measured, write
from holdfast.hil.rig import Rig
from holdfast.provision import keypad as provisioning
from holdfast.serial_board import Board
from needs import needs

ROOT = Path(__file__).resolve().parents[2]
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


@pytest.fixture(scope="session")
def broker(tmp_path_factory):
    """(host, port) that the keypad can reach: BROKER=host:port, or one started here."""
    if os.environ.get("BROKER"):
        host, _, port = os.environ["BROKER"].partition(":")
        yield host, int(port or 1883)
        return
    if PORT:
        pytest.fail("name a broker that the keypad can reach over Wi-Fi: BROKER=host:port")
    needs("mosquitto")
    started = Mosquitto(tmp_path_factory.mktemp("broker"))
    yield "127.0.0.1", started.start()
    started.stop()


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
        with Board(self.port, patience_s=20) as board:
            steps = files.plan(self.wanted, files.hashes(board))
            files.put_right(board, self.wanted, steps, lambda *_: None)
            files.verify(board, self.wanted)

    def provision(self, **settings):
        """A new identity and these settings, then a fresh start."""
        plain = {
            "host": self.broker[0],
            "port": self.broker[1],
            "zone": 7,
            "trace": True,
            "retry_ms_min": 200,
        }
        if PORT:
            plain["wifi_ssid"] = os.environ["WIFI_SSID"]
            plain["wifi_password"] = os.environ.get("WIFI_PASSWORD", "")
        self.identity = provisioning.make_identity()
        with Board(self.port, patience_s=20) as board:
            provisioning.check_settings(board, plain | settings)
            provisioning.clean(board)
            provisioning.write(board, self.identity, plain | settings)
            board.reset()


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
        bench = Bench(*broker, identity.device, identity.key)
        benches.append(bench)
        bench.wait(lambda one: one.kind == 96, 40)
        return bench

    yield start
    for bench in benches:
        bench.close()
    rig.quiet()

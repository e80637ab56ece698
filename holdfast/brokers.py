"""MQTT brokers that a demo, a test or a benchmark starts on loopback and may kill.

It promises one face for each: `start` returns the port once connections are taken, `stop` ends it
cleanly, `kill` ends it as a crash would; a broker started again keeps its port. None of these is
set up for a network: they take anyone's word for his name and listen on 127.0.0.1 alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

START_S = 20.0
STOP_S = 5.0
FREE_TRIES = 5
LOOPBACK = "127.0.0.1"
PORTS = range(20_000, 32_768)
"""Below those that Linux gives to whoever names none: who was killed finds his port free."""
PORTS_TRIED = 20

MOSQUITTO_CONF = """\
listener {port} 127.0.0.1
allow_anonymous true
# The default of 1000 drops silently when a gateway is away: measured, 2,471 of 6,000.
max_queued_messages 100000
max_inflight_messages 1000
message_size_limit 512
set_tcp_nodelay true
log_type error
log_type warning
log_dest stderr
"""
MOSQUITTO_KEEPS = """\
persistence true
persistence_location {folder}/
# Without these two a killed mosquitto forgets what it has answered with PUBACK: measured, 1,800 of
# 1,800 lost with the defaults, none or one of 550 with them. They cost throughput.
autosave_on_changes true
autosave_interval 1
"""


class BrokerError(Exception):
    """A broker did not start: which, why, and what to do."""


class Broker(Protocol):
    """One broker: `mqtt` is the newest protocol version that it speaks ("5" or "3.1.1")."""

    mqtt: str
    port: int

    def start(self) -> int:
        """Start, wait until connections are taken, return the port. Raises BrokerError."""
        ...

    def stop(self) -> None:
        """End it cleanly; nothing happens when it is not running."""
        ...

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        ...


class Embedded:
    """amqtt in a process of its own: pure Python, no system package, keeps nothing on disk."""

    mqtt = "3.1.1"

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> int:
        """Start it; port 0 lets the kernel choose."""
        command = [sys.executable, "-m", "holdfast.embedded_broker", str(self.port)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line.strip().isdigit():
            self.kill()
            raise BrokerError(
                f"embedded broker: did not start on port {self.port or '(any)'}; "
                "is the port taken? Choose another, or use mosquitto"
            )
        self.port = int(line)
        wait_for_port(self.port, self._process)
        return self.port

    def stop(self) -> None:
        """Close its stdin, which ends it; kill it when it takes too long."""
        end(self._process, signal.SIGTERM)
        self._process = None

    def kill(self) -> None:
        """SIGKILL."""
        end(self._process, signal.SIGKILL)
        self._process = None


class Mosquitto:
    """mosquitto with its store in `folder`, saved at each change so that SIGKILL loses nothing.

    Not `durable` it keeps everything in memory: for benchmarks of what stands behind it.
    """

    mqtt = "5"

    def __init__(
        self, folder: Path, port: int = 0, extra: str = "", *, durable: bool = True
    ) -> None:
        self.port = port
        self._folder = folder
        self._durable = durable
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> int:
        """Write its configuration and start it; port 0 lets the kernel choose."""
        program = find_mosquitto()
        if program is None:
            raise BrokerError(
                "mosquitto: not installed (looked on PATH and in /usr/sbin); "
                "apt-get install mosquitto, or use the embedded broker"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        tries = 1 if self.port else FREE_TRIES
        for nth in range(1, tries + 1):
            port = free_port(self.port)
            try:
                self._serve(program, port)
            except BrokerError:
                if nth == tries:  # somebody else was quicker with a free port: take another
                    raise
            else:
                self.port = port
                break
        return self.port

    def _serve(self, program: str, port: int) -> None:
        conf = self._folder / "mosquitto.conf"
        text = MOSQUITTO_CONF.format(port=port) + self._extra
        if self._durable:
            text += MOSQUITTO_KEEPS.format(folder=self._folder)
        if os.geteuid() == 0:
            text += "user root\n"  # or it gives up its rights and cannot write its own store
        conf.write_text(text, "utf-8")
        log = (self._folder / "mosquitto.log").open("ab")
        with log:
            self._process = subprocess.Popen(
                [program, "-c", str(conf)], stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        wait_for_port(port, self._process)

    def stop(self) -> None:
        """SIGTERM: it saves its store and ends."""
        end(self._process, signal.SIGTERM)
        self._process = None

    def kill(self) -> None:
        """SIGKILL."""
        end(self._process, signal.SIGKILL)
        self._process = None


def find_mosquitto() -> str | None:
    """The path of mosquitto; Debian keeps it where a user's PATH does not look."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def free_port(wanted: int = 0) -> int:
    """`wanted`, or any of PORTS on 127.0.0.1, free a moment ago. BrokerError when it is taken."""
    for port in [wanted] if wanted else secrets.SystemRandom().sample(PORTS, PORTS_TRIED):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError as error:
                taken = error
            else:
                return port
    raise BrokerError(
        f"broker: port {port} of {LOOPBACK} is taken ({taken.strerror}); "
        "end what holds it, or choose another"
    ) from taken


def wait_for_port(port: int, process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """Return once 127.0.0.1:`port` takes connections. Raises BrokerError when it never does."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise BrokerError(
                f"broker: ended with code {process.returncode} before it took connections on "
                f"{LOOPBACK}:{port}; is the port taken, the folder writable?"
            )
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.01)
    end(process, signal.SIGKILL)
    raise BrokerError(f"broker: took no connections on {LOOPBACK}:{port} within {START_S:.0f} s")


def end(
    process: subprocess.Popen[str] | subprocess.Popen[bytes] | None, how: signal.Signals
) -> None:
    """Send `how` and wait; SIGKILL for one that does not listen. None is fine."""
    if process is None:
        return
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()

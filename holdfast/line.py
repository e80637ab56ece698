"""The whole line on this machine: broker, receiver, gateway and an emulated keypad, real parts all.

Demo, benchmarks and kill tests start it, each part on a free port of loopback, everything it keeps
in one folder. It promises to set up the receiver as an installer would (over its API, with the
one-time setup link), to follow every signal over its hops, and to leave no process behind.
"""

from __future__ import annotations

import secrets
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Self

import httpx

from hardware.emulated_board.board import BoardEvent, EmulatedBoard
from holdfast.brokers import Broker, Embedded, Mosquitto
from holdfast.child import Child, launch
from holdfast.hops import Hops, Journey

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

API_S = 15.0
START_S = 60.0
ZONE = 1
HEARTBEAT_S = 10
LIVE = ("open", "acknowledged", "dispatched")


class LineError(Exception):
    """The line could not be set up: which step, and what the part answered."""


class Line:
    """Start with `start`, press with `press`, end with `stop`.

    folder   everything the parts keep; empty at the first start
    broker   `embedded` (no system package) or `mosquitto`
    heard    called with (hop, journey) for each new hop, in a thread of the line
    launcher how a program is started; kill tests fork instead
    nvs      more settings of the keypad, over those that make it work here
    """

    def __init__(
        self,
        folder: Path,
        *,
        broker: str = "embedded",
        heard: Callable[[str, Journey], None] | None = None,
        launcher: Callable[..., Any] = launch,
        nvs: dict[str, Any] | None = None,
        compiled: bool = False,
        heap_kb: int | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.hops = Hops()
        self.changed = threading.Condition()
        self._heard = heard
        self._launcher = launcher
        self._nvs = nvs or {}
        self.broker: Broker = (
            Embedded() if broker == "embedded" else Mosquitto(folder / "mosquitto")
        )
        self.board = EmulatedBoard(folder / "keypad", compiled=compiled, heap_kb=heap_kb)
        self.board.watch(self._board_event)
        self.device = secrets.token_bytes(8)
        self.gateway_device = secrets.token_bytes(8)
        self.receiver: Child | None = None
        self.gateway: Child | None = None
        self.receiver_port = 0
        self.operator = "demo"
        self.password = secrets.token_urlsafe(12)
        self.setup_link = ""
        self.api = httpx.Client(timeout=API_S)

    # ***** life *****

    def start(self, told: Callable[[str], None] = lambda _step: None) -> Self:
        """Start everything and set it up; `told` hears each step. Stops all when one fails."""
        try:
            told("broker")
            self.broker.start()
            told("receiver")
            self.start_receiver()
            told("site, gateway and keypad at the receiver")
            self._set_up()
            told("gateway")
            self.start_gateway()
            told("keypad")
            self.board.start()
            self.wait_up()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End all parts, the youngest first. Safe to call twice, and half-way through a start."""
        self.board.stop()
        for child in (self.gateway, self.receiver):
            if child is not None:
                child.stop()
        self.broker.stop()
        self.api.close()

    def start_receiver(self) -> None:
        """Start the receiver, on the same port as before if there was one."""
        port = str(self.receiver_port)
        data = str(self.folder / "receiver")
        command = ["receiver", "serve", "--data", data, "--host", "127.0.0.1", "--port", port]
        self.receiver = self._child("receiver", command)
        self.receiver_port = int(self.receiver.wait_for("listening", START_S)["port"])
        self.api.base_url = httpx.URL(f"http://127.0.0.1:{self.receiver_port}")

    def start_gateway(self, *, wait: bool = True) -> None:
        """Start the gateway with the configuration that `_set_up` wrote."""
        config = str(self.folder / "gateway.toml")
        self.gateway = self._child("gateway", ["gateway", "run", "--config", config])
        if wait:
            self.gateway.wait_for("ready", START_S)

    def wait_up(self) -> None:
        """Wait until the keypad is through: a signal of this boot has its receipt.

        A covert keypad prints nothing; then the gateway says that it passed the receipt on.
        """
        since = time.time()
        device = self.device.hex()
        hop = "receipted" if self._nvs.get("covert") else "stored"

        def through(journey: Journey) -> bool:
            return journey.device == device and journey.at.get(hop, 0) >= since

        if self.wait_journey(through, START_S) is None:
            said = "\n    ".join(self.board.said()[-5:])
            raise LineError(f"the keypad got no receipt in {START_S:.0f} s. It said:\n    {said}")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ***** use *****

    def press(self) -> float:
        """Close the panic button's contact; the moment of it. The caller releases."""
        at = self.board.press()
        self.hops.pressed(self.device.hex(), at)
        return at

    def wait_journey(
        self, wanted: Callable[[Journey], bool], timeout_s: float = 30.0
    ) -> Journey | None:
        """The first journey that is `wanted`, or None when none is within `timeout_s`."""

        def found() -> Journey | None:
            return next((one for one in list(self.hops.journeys.values()) if wanted(one)), None)

        with self.changed:
            return self.changed.wait_for(found, timeout_s)

    def call(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the receiver's API, as the demo's operator. LineError when it refuses."""
        try:
            answer = self.api.request(verb, path, json=body)
        except httpx.HTTPError as error:
            raise LineError(f"{verb} {path}: the receiver does not answer ({error!r})") from error
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise LineError(f"{verb} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def tickets(self, *, live: bool = False) -> list[dict[str, Any]]:
        """Tickets as the API shows them, newest first; all or only the live ones."""
        states = "&".join(f"state={state}" for state in LIVE) if live else ""
        found: list[dict[str, Any]] = self.call("GET", f"/v1/tickets?{states}")["tickets"]
        return found

    @property
    def console(self) -> str:
        """Address of the operator's page."""
        return f"http://127.0.0.1:{self.receiver_port}/"

    # ***** inside *****

    def _child(self, name: str, arguments: list[str]) -> Child:
        command = [sys.executable, "-m", "holdfast", *arguments]
        return Child(name, command, self._log_line, self._launcher)

    def _set_up(self) -> None:
        """What an installer does: first operator, site, gateway, keypad, their keys."""
        if self.receiver is None:
            raise LineError("the receiver has to run before anything can be set up")
        self.setup_link = str(self.receiver.wait_for("setup")["link"])
        token = self.setup_link.rsplit("/", 1)[-1]
        first = {"token": token, "name": self.operator, "password": self.password}
        bearer = self.call("POST", "/v1/setup", first)["token"]
        self.api.headers["authorization"] = f"Bearer {bearer}"
        site = self.call("POST", "/v1/sites", {"name": "Demo shop", "account": "1000"})["id"]
        keys = {"keypad": secrets.token_bytes(32), "gateway": secrets.token_bytes(32)}
        for kind, device in (("gateway", self.gateway_device), ("keypad", self.device)):
            registration = {
                "device": device.hex(),
                "kind": kind,
                "site": site,
                "zone": ZONE if kind == "keypad" else 0,
                "zone_name": "Entrance" if kind == "keypad" else "Back office",
                "key": keys[kind].hex(),
            }
            self.call("POST", "/v1/devices", registration)
        self._write_gateway(keys["gateway"])
        self.board.provision(
            device=self.device,
            key=keys["keypad"],
            host="127.0.0.1",
            port=self.broker.port,
            **{"zone": ZONE, "heartbeat_s": HEARTBEAT_S, "trace": True, **self._nvs},
        )

    def _write_gateway(self, key: bytes) -> None:
        key_file = self.folder / "gateway.key"
        key_file.touch(0o600)
        key_file.write_text(key.hex(), "ascii")
        lines = [
            "[gateway]",
            f'device = "{self.gateway_device.hex()}"',
            'key_file = "gateway.key"',
            'folder = "gateway"',
            f"heartbeat_s = {HEARTBEAT_S}",
            "[broker]",
            f"port = {self.broker.port}",
            f'version = "{self.broker.mqtt}"',
            "[keypads]",
            f"late_s = {HEARTBEAT_S * 3}",
            f"lost_s = {HEARTBEAT_S * 9}",
            f'devices = ["{self.device.hex()}"]',
            "[[receiver]]",
            'name = "demo"',
            f'url = "http://127.0.0.1:{self.receiver_port}"',
        ]
        (self.folder / "gateway.toml").write_text("\n".join(lines) + "\n", "utf-8")

    def _board_event(self, event: BoardEvent) -> None:
        if event.kind == "hop":
            self._note(event.data)

    def _log_line(self, line: dict[str, Any]) -> None:
        if "hop" in line:
            self._note(line)

    def _note(self, line: dict[str, Any]) -> None:
        hop = str(line["hop"])
        with self.changed:
            journey = self.hops.note(
                hop, str(line["device"]), int(line["epoch"]), int(line["number"]), float(line["at"])
            )
            self.changed.notify_all()
        if self._heard is not None:
            self._heard(hop, journey)

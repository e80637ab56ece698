"""Looks for what is wrong before it matters: configuration, broker, receivers, disk, clock.

It changes nothing at a site and sends nothing that a receiver would keep: only heartbeats, and none
while the gateway runs. A receiver hears no heartbeat of an earlier start than the newest, so one of
ours with a later epoch would silence the gateway: beside a running one we ask that one. Each
finding says what was looked at, whether it is well, and what to do when it is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import sqlite3
import struct
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alarm_wire.batch import pack, unpack
from alarm_wire.frame import HEAD_BYTES, RECEIPT_FRAME, WireError
from alarm_wire.receipt import RECEIPT_BYTES
from gateway.answers import is_stale
from gateway.body import FREE_BYTES_MIN, SKEW_MS_MAX
from gateway.client import Client
from gateway.errors import GatewayError
from gateway.own import Own
from gateway.spool import FILE
from gateway.start import paths_of
from gateway.status import refused
from gateway.window import state_of

if TYPE_CHECKING:
    from gateway.config import Config, Receiver, Way
    from gateway.status import PathState

ANSWER_S = 5.0
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
REFUSED = (4, 5)
"""CONNACK codes for a bad name or password, and for not being allowed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    well: bool
    text: str


def examine(config: Config) -> list[Finding]:
    """Everything that can be looked at while the gateway runs or before it ever did."""
    return [_disk(config), *_broker(config), *_open_ways(config), *_receivers(config)]


def _disk(config: Config) -> Finding:
    where = config.folder
    while not where.exists():
        where = where.parent
    try:
        free = shutil.disk_usage(where).free
    except OSError as error:
        return Finding("disk", False, f"{where}: {error.strerror}")
    text = f"{free // 1_000_000} MB free below {where}"
    return Finding("disk", free >= FREE_BYTES_MIN, text)


def _broker(config: Config) -> list[Finding]:
    broker = config.broker
    where = f"{broker.host}:{broker.port}"
    password = ""
    if broker.password_file:
        password = Path(broker.password_file).read_text("utf-8").strip()
    named = _connack(broker.host, broker.port, broker.username, password)
    if named is None:
        return [Finding("broker", False, f"no MQTT broker answers at {where}; start it")]
    found = [
        Finding("broker", named == 0, f"{where} takes us in")
        if named == 0
        else Finding("broker", False, f"{where} refuses our name or password (code {named})")
    ]
    anonymous = _connack(broker.host, broker.port, "", "")
    local = broker.host in LOOPBACK
    text = f"{where} takes in anyone without a name; run `holdfast gateway setup`"
    closed = anonymous in REFUSED or anonymous is None
    good = f"{where} refuses whoever gives no name"
    found.append(Finding("anonymous", closed, good if closed else text))
    if not local:
        text = f"{where} is not this machine, and the way there is not encrypted"
        found.append(Finding("way to the broker", False, text))
    return found


def _connack(host: str, port: int, user: str, password: str) -> int | None:
    """The code with which a broker answers a connection; None when it does not."""
    head = b"\x00\x04MQTT\x04" + bytes([0xC2 if user else 0x02]) + struct.pack("!H", 30)
    words = [f"holdfast-doctor-{time.time_ns() % 10**9}"] + ([user, password] if user else [])
    body = head + b"".join(struct.pack("!H", len(w.encode())) + w.encode() for w in words)
    try:
        with socket.create_connection((host, port), timeout=ANSWER_S) as connection:
            connection.sendall(b"\x10" + bytes([len(body)]) + body)
            answer = connection.recv(4)
    except OSError:
        return None
    return answer[3] if len(answer) == 4 and answer[0] == 0x20 else None  # noqa: PLR2004 - CONNACK


def _receivers(config: Config) -> list[Finding]:
    """As the running gateway sees them over its own connections; asked by us when none runs."""
    try:
        state = state_of(config.folder)
    except (OSError, ValueError):
        return asyncio.run(_asked(config))
    paths = {path["name"]: path for path in state["paths"]}
    names = iter(paths_of(config))
    found = []
    for receiver in config.receivers:
        for way in receiver.ways:
            path = paths.get(next(names).name)
            found.append(_polled(_what(receiver, way), way, path))
    return found + [Finding("refused", False, refused(one)) for one in state["refused"]]


def _polled(what: str, way: Way, path: PathState | None) -> Finding:
    if path is None:
        return Finding(what, False, "the running gateway does not know it yet; restart the gateway")
    if path["standing"] != "stands":
        return Finding(what, False, f"{path['standing']}: {path['text']}")
    return _heard(what, way, path["skew_ms"], "hears the running gateway under our key")


async def _asked(config: Config) -> list[Finding]:
    beat = int(time.time()) & 0x7FFFFFFF  # higher than any of that start, and than at the last look
    own = Own(config.device, config.key, last_epoch(config.folder), 0, beat=beat)
    return [
        await _receiver(_what(receiver, way), way, own)
        for receiver in config.receivers
        for way in receiver.ways
    ]


def last_epoch(folder: Path) -> int:
    """The epoch of the last start as the spool remembers it; 1 without one. Never a later one."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{folder / FILE}?mode=ro", uri=True)) as db:
            row = db.execute("SELECT value FROM counter WHERE name = 'epoch'").fetchone()
    except sqlite3.Error:
        return 1
    return int(row[0]) if row else 1


def _what(receiver: Receiver, way: Way) -> str:
    return f"receiver {receiver.name}" + (f" over {way.interface}" if way.interface else "")


def _open_ways(config: Config) -> list[Finding]:
    """Frames are sealed, not hidden: on a way in the clear anybody sees who pressed, and when."""
    remedy = "is not encrypted: whoever is on the way sees each press, silent ones too; use https"
    return [
        Finding(f"way to {receiver.name}", False, f"{way.url} {remedy}")
        for receiver in config.receivers
        for way in receiver.ways
        if way.url.startswith("http:") and urlsplit(way.url).hostname not in LOOPBACK
    ]


async def _receiver(what: str, way: Way, own: Own) -> Finding:
    client = Client(way, 1)
    asked = own.heartbeat(pending=0, trouble=0).bytes
    try:
        answer = await client.post("/v1/signals", pack([asked]), ANSWER_S)
        (receipt,) = unpack(answer.body)
    except (GatewayError, WireError, ValueError) as error:
        return Finding(what, False, str(error))
    finally:
        await client.close()
    if is_stale(receipt, asked):
        return Finding(what, True, f"{way.url} knows our key; it has heard a later start of ours")
    if receipt[1:2] != bytes([RECEIPT_FRAME]) or receipt[2:HEAD_BYTES] != asked[2:HEAD_BYTES]:
        return Finding(what, False, f"{way.url} refuses this gateway; register its device and key")
    if not own.holds(receipt):
        return Finding(what, False, f"{way.url}: the seal does not hold; the keys differ")
    utc_ms = int.from_bytes(receipt[RECEIPT_BYTES - 24 : RECEIPT_BYTES - 16], "big")
    skew_ms = time.time_ns() // 1_000_000 - utc_ms
    return _heard(what, way, skew_ms, "hears us under our key")


def _heard(what: str, way: Way, skew_ms: int, text: str) -> Finding:
    if abs(skew_ms) > SKEW_MS_MAX:
        return Finding(
            what, False, f"our clock is {skew_ms / 1000:.0f} s from its clock; keep time"
        )
    return Finding(what, True, f"{way.url} {text}")

"""The line: the receiver over the network, its database and disk, the gateway with its spool."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sqlite3
import ssl
import time
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from gateway import doctor
from gateway.config import load
from gateway.errors import GatewayError
from gateway.spool import FILE
from gateway.trust import distrust, is_url, trusting
from gateway.window import state_of
from holdfast.doctor import Finding

if TYPE_CHECKING:
    from pathlib import Path

ANSWER_S = 5.0
FREE_BYTES_MIN = 200_000_000
CERTIFICATE_DAYS_MIN = 21
DEVICE_DAYS_MIN = 30
"""As the console says it: an installer comes by appointment."""
NAMED_MAX = 5
SKEW_S_MAX = 30.0
_DAY_S = 86_400


def receiver(url: str, token: str, ca_file: Path | None = None) -> list[Finding]:
    """Reachable, ready, its certificate, its clock, and whether it takes the token."""
    if not is_url(url):
        return [Finding("receiver", False, f"{url} is no address; write https://HOST")]
    try:
        verify = trusting(ca_file)
    except ValueError as error:
        return [Finding("certificate", False, str(error))]
    try:
        with httpx.Client(base_url=url, timeout=ANSWER_S, verify=verify) as http:
            before_s = time.time()
            answer = http.get("/ready")
            skew = _skew(answer, (before_s + time.time()) / 2)
            found = [_ready(url, answer), skew]
            if token:
                header = {"Authorization": f"Bearer {token}"}
                taken = http.get("/v1/sites", params={"limit": 1}, headers=header).is_success
                remedy = "takes the token" if taken else "refuses the token; ask for a new one"
                found.append(Finding("receiver", taken, f"{url} {remedy}"))
                if taken:
                    found.append(_device_certificates(http, header))
    except httpx.TransportError as error:
        remedy = "check address and network; is it started? holdfast receiver serve"
        what = distrust(error) or f"{type(error).__name__}; {remedy}"
        return [Finding("receiver", False, f"{url}: {what}")]
    if urlsplit(url).scheme == "https":
        found.append(_certificate(url, ca_file))
    return found


def _ready(url: str, answer: httpx.Response) -> Finding:
    if answer.is_success:
        return Finding("receiver", True, f"{url} commits signals and watches deadlines")
    with contextlib.suppress(ValueError, KeyError):
        return Finding("receiver", False, f"{url}: {answer.json()['detail']}")
    return Finding("receiver", False, f"{url} answers {answer.status_code}; is it a receiver?")


def _skew(answer: httpx.Response, now_s: float) -> Finding:
    told = answer.headers.get("date")
    if not told:
        remedy = "is something in between that takes the header Date away? Ask the receiver itself"
        return Finding("clock", None, f"no time came with the answer; {remedy}")
    skew_s = now_s - parsedate_to_datetime(told).timestamp()
    good = abs(skew_s) <= SKEW_S_MAX
    remedy = "" if good else "; set this machine's clock (NTP)"
    return Finding("clock", good, f"{skew_s:+.0f} s against the receiver{remedy}")


def _certificate(url: str, ca_file: Path | None) -> Finding:
    parts = urlsplit(url)
    context = trusting(ca_file)
    address = (parts.hostname or "", parts.port or 443)
    with (
        socket.create_connection(address, ANSWER_S) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secured,
    ):
        certificate = secured.getpeercert() or {}
    ends_s = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = int((ends_s - time.time()) // _DAY_S)
    good = days >= CERTIFICATE_DAYS_MIN
    return Finding("certificate", good, f"{days} days left{'' if good else '; renew it now'}")


def _device_certificates(http: httpx.Client, header: dict[str, str]) -> Finding:
    """Which devices have told of a certificate that ends soon."""
    what = "device certificates"
    ends: list[tuple[float, dict[str, str]]] = []
    where = "/v1/devices"
    while where:
        answer = http.get(where, headers=header)
        if not answer.is_success:
            why = f"the token may not read devices (answer {answer.status_code})"
            return Finding(what, None, why)
        ends += [
            (datetime.fromisoformat(one["certificate_ends_at"]).timestamp(), one)
            for one in answer.json()
            if one["certificate_ends_at"] and not one["revoked"]
        ]
        where = answer.links.get("next", {}).get("url", "")
    ends.sort(key=lambda pair: pair[0])
    soon = [
        f"{one['device']} ({one['certificate']}) in {int((ends_s - time.time()) // _DAY_S)} days"
        for ends_s, one in ends
        if (ends_s - time.time()) // _DAY_S <= DEVICE_DAYS_MIN
    ]
    if soon:
        more = f" and {len(soon) - NAMED_MAX} more" if len(soon) > NAMED_MAX else ""
        named = ", ".join(soon[:NAMED_MAX])
        return Finding(what, False, f"end soon: {named}{more}; renew them")
    return Finding(what, True, f"{len(ends)} known, none ends within {DEVICE_DAYS_MIN} days")


def data(folder: Path) -> list[Finding]:
    """The receiver's folder: its database whole, its disk not full."""
    if not folder.is_dir():
        return [Finding("database", False, f"there is no folder {folder}; give the receiver's")]
    path = folder / "receiver.sqlite3"
    return [database("database", path), disk(folder)]


def disk(folder: Path) -> Finding:
    """Whether there is room below `folder`."""
    free = shutil.disk_usage(folder).free
    good = free >= FREE_BYTES_MIN
    remedy = "" if good else "; free some space: a full disk stops receipts"
    return Finding("disk", good, f"{free // 1_000_000} MB free below {folder}{remedy}")


def database(what: str, path: Path) -> Finding:
    """Whether an SQLite file is whole, read only."""
    if not path.exists():
        return Finding(what, None, f"no {path} yet")
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            answer = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname == "SQLITE_BUSY":
            return Finding(what, None, f"{path} is in use; stop its owner to have it looked at")
        answer = str(error)
    if answer == "ok":
        return Finding(what, True, f"{path} is whole")
    return Finding(what, False, f"{path}: {answer}; stop its owner and restore it from the copy")


def gateway(config: Path) -> list[Finding]:
    """The gateway's own doctor (broker, receivers, clock, disk), and its spool."""
    try:
        loaded = load(config)
    except (GatewayError, OSError) as error:
        return [Finding("gateway", False, str(error))]
    found = [Finding(one.what, one.well, one.text) for one in doctor.examine(loaded)]
    return [*found, spool(loaded.folder)]


def spool(folder: Path) -> Finding:
    """The gateway's spool: as the running gateway says, who alone may read it; else read only."""
    try:
        told = state_of(folder)["spool"]
    except (OSError, ValueError):
        return database("spool", folder / FILE)
    text = f"{told['waiting']} of {told['places']} signals wait"
    return Finding("spool", not told["trouble"], told["trouble"] or f"{text}; its gateway runs")

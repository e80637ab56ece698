"""Advisories from files, served on loopback as the OSV service does: for want of a network.

It promises the answers of OSV's POST /v1/query for one package and version, worked out as the OSV
schema says (`versions`, and `ranges` of type ECOSYSTEM). A record that cannot be read ends it: a
hole must not hide behind a broken file.
"""

from __future__ import annotations

import json
import re
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Record = dict[str, Any]
BODY_MAX = 10_000


class UnreadableError(Exception):
    """A file that should hold advisories does not; the text says which and why."""


def read(place: Path) -> dict[str, list[Record]]:
    """Records by package: from OSV's JSON files, in a folder or in a zip as OSV publishes it."""
    found: dict[str, list[Record]] = {}
    count = 0
    for name, text in _files(place):
        try:
            record = json.loads(text)
            packages = {_name(one["package"]["name"]) for one in _pypi(record)}
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableError(f"{name} is no OSV record: {error!r}") from error
        count += 1
        for package in packages:
            found.setdefault(package, []).append(record)
    if not count:
        raise UnreadableError(f"{place} holds no OSV records (*.json)")
    return found


def touching(records: list[Record], package: str, version: str) -> list[Record]:
    """Those of `records` that say this version of the package is affected."""
    return [
        record
        for record in records
        if any(
            _name(one["package"]["name"]) == _name(package) and _affects(one, version)
            for one in _pypi(record)
        )
    ]


@contextmanager
def served(place: Path) -> Iterator[str]:
    """The URL of a query service over the advisories in `place`, as long as the block runs."""
    records = read(place)

    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Answer one query."""
            length = int(self.headers.get("Content-Length", 0))
            asked = json.loads(self.rfile.read(min(length, BODY_MAX)))
            package, version = asked["package"]["name"], asked["version"]
            found = touching(records.get(_name(package), []), package, version)
            body = json.dumps({"vulns": found} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing of requests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    finally:
        server.shutdown()
        server.server_close()


def _files(place: Path) -> Iterator[tuple[str, bytes]]:
    if place.is_dir():
        for path in sorted(place.glob("*.json")):
            yield path.name, path.read_bytes()
        return
    try:
        with zipfile.ZipFile(place) as archive:
            for name in archive.namelist():
                if name.endswith(".json"):
                    yield name, archive.read(name)
    except (OSError, zipfile.BadZipFile) as error:
        raise UnreadableError(f"{place} is neither a folder nor a zip file: {error}") from error


def _name(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def _pypi(record: Record) -> list[Record]:
    affected = record.get("affected", [])
    return [one for one in affected if one.get("package", {}).get("ecosystem") == "PyPI"]


def _affects(affected: Record, version: str) -> bool:
    if version in affected.get("versions", []):
        return True
    wanted = Version(version)
    return any(
        _within(one["events"], wanted)
        for one in affected.get("ranges", [])
        if one["type"] == "ECOSYSTEM"
    )


def _within(events: list[dict[str, str]], wanted: Version) -> bool:
    """The schema's own evaluation: the events in order, each turning it on or off."""
    steps: list[tuple[Version, int, bool]] = []
    for event in events:
        ((what, text),) = event.items()
        if what not in {"introduced", "fixed", "last_affected"}:
            continue
        try:
            at = Version(text)
        except InvalidVersion as error:
            raise UnreadableError(f"{what} {text!r} is no version") from error
        steps.append((at, 1 if what == "last_affected" else 0, what == "introduced"))
    affected = False
    for at, after, on in sorted(steps):
        if wanted > at or (wanted == at and not after):
            affected = on
    return affected

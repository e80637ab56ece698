"""Looks known holes of all locked packages up, by pip-audit, and never takes silence for an answer.

    python tools/audit.py                       asks OSV (or what PIP_AUDIT_OSV_URL names)
    python tools/audit.py --advisories PLACE    asks OSV records in a folder or zip, offline

Exit code 0: every pin was looked up, and nothing is known of it. 1: holes, each with its remedy.
2: not looked up, with the reason; that is no pass. pip-audit alone ends with 0 when each package
was skipped (a proxy that answers 404), and with 1 both for holes and for a service that is away;
so its report is counted against the lock files, pins for other systems than this one included.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import advisories

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
ACCEPTED = ROOT / "requirements" / "accepted.toml"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
TIMEOUT_S = 10

CLEAN, HOLES, NOT_LOOKED_UP = 0, 1, 2


class NotLookedUpError(Exception):
    """Nothing can be said of these packages; the text says why."""


@dataclass
class Found:
    """What the service knows of the pins of one lock file."""

    pins: int = 0
    holes: list[str] = field(default_factory=list)


def pins(lock: Path) -> list[dict[str, str]]:
    """Packages of a lock file with their versions, whatever system they are for.

    Some have another version on other systems: it stands in a second set, for pip-audit takes one.
    """
    found: list[dict[str, str]] = [{}]
    for line in lock.read_text("utf-8").splitlines():
        if pin := PIN.match(line):
            name, version = plain(pin[1]), pin[2]
            for some in found:
                if some.setdefault(name, version) == version:
                    break
            else:
                found.append({name: version})
    return found


def plain(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def look_up(lock: Path, url: str, accepted: frozenset[str]) -> Found:
    """Look up one lock file. Raises NotLookedUpError unless each pin got an answer."""
    found = Found()
    for wanted in pins(lock):
        found.pins += len(wanted)
        found.holes += _ask(lock.name, wanted, url, accepted)
    return found


def _ask(name: str, wanted: dict[str, str], url: str, accepted: frozenset[str]) -> list[str]:
    """Run pip-audit over these pins of the lock file `name`; the holes."""
    with tempfile.TemporaryDirectory() as folder:
        bare, report = Path(folder) / "pins.txt", Path(folder) / "report.json"
        # Without hashes and markers: those are set-up's to check, and all systems count here.
        bare.write_text("".join(f"{one}=={at}\n" for one, at in wanted.items()), "utf-8")
        command = [
            *(sys.executable, "-m", "pip_audit", "--requirement", str(bare)),
            *("--disable-pip", "--no-deps", "--strict", "--progress-spinner", "off"),
            *("--vulnerability-service", "osv", "--osv-url", url, "--timeout", str(TIMEOUT_S)),
            *("--cache-dir", folder, "--format", "json", "--output", str(report)),
        ]
        command += [word for one in sorted(accepted) for word in ("--ignore-vuln", one)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if not report.is_file():
            said = (ran.stderr.strip().splitlines() or ["no word"])[-1]
            raise NotLookedUpError(f"{name}: pip-audit ended with {ran.returncode}: {said[:400]}")
        told: list[dict[str, Any]] = json.loads(report.read_text("utf-8"))["dependencies"]
    answered = {(plain(one["name"]), one["version"]) for one in told if "vulns" in one}
    if missing := sorted(set(wanted.items()) - answered):
        some = ", ".join(f"{one} {at}" for one, at in missing[:5])
        raise NotLookedUpError(f"{name}: no answer for {len(missing)}: {some}")
    holes = [_said(one, hole) for one in told for hole in one["vulns"]]
    if bool(holes) != bool(ran.returncode):
        raise NotLookedUpError(f"{name}: pip-audit ended with {ran.returncode} and {holes}")
    return holes


def _said(one: dict[str, Any], hole: dict[str, Any]) -> str:
    mended = ", ".join(hole["fix_versions"])
    names = " ".join([hole["id"], *hole["aliases"]])
    remedy = f"mended in {mended}" if mended else "not mended yet"
    return f"{one['name']} {one['version']}: {names}, {remedy}: {hole['description'][:200]}"


def read_accepted(path: Path, today: dt.date) -> frozenset[str]:
    """Holes that somebody has judged: each with a `reason`, and `until` when. Over is over."""
    if not path.is_file():
        return frozenset()
    entries: dict[str, dict[str, Any]] = tomllib.loads(path.read_text("utf-8"))
    for id_, one in entries.items():
        if not one.get("reason") or not isinstance(one.get("until"), dt.date):
            raise SystemExit(f"{path}: {id_} needs a reason and a date until when")
    return frozenset(id_ for id_, one in entries.items() if today <= one["until"])


def main(arguments: list[str]) -> int:
    """Look up every lock file, say what was found, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--advisories", type=Path, help="folder or zip of OSV records (*.json)")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED)
    parser.add_argument("locks", nargs="*", type=Path, default=LOCKS)
    asked = parser.parse_args(arguments)
    accepted = read_accepted(asked.accepted, dt.datetime.now(dt.UTC).date())
    default = "https://api.osv.dev/v1/query"
    online = nullcontext(os.environ.get("PIP_AUDIT_OSV_URL", default))
    try:
        with advisories.served(asked.advisories) if asked.advisories else online as url:
            found = [look_up(lock, url, accepted) for lock in asked.locks]
    except (NotLookedUpError, advisories.UnreadableError) as error:
        print(f"NOT LOOKED UP: {error}\nWhether these packages have known holes is not known.")
        if not asked.advisories:
            print(
                "Without a network: make audit ARGS='--advisories PyPI.zip' (docs/dependencies.md)"
            )
        return NOT_LOOKED_UP
    holes = sorted({hole for one in found for hole in one.holes})
    for hole in holes:
        print(f"HOLE  {hole}")
    looked = zip(found, asked.locks, strict=True)
    told = ", ".join(f"{one.pins} of {lock.name}" for one, lock in looked)
    print(f"looked up: {told}; known holes: {len(holes)}, accepted: {len(accepted)}")
    return HOLES if holes else CLEAN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

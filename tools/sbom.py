"""Writes the list of what Holdfast is shipped with, as a CycloneDX SBOM, and checks it.

    python tools/sbom.py [FILE]     var/sbom/holdfast.cdx.json, when no file is named

It promises that each package of requirements/run.txt is in it with its version and with every hash
that set-up would accept; the same lock file makes the same bytes. It ends with 1 otherwise.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from audit import PIN, plain

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "run.txt"
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")

Parts = dict[tuple[str, str], frozenset[str]]


def locked(lock: Path) -> Parts:
    """(name, version) of each locked package, with its hashes."""
    found: dict[tuple[str, str], set[str]] = {}
    hashes: set[str] = set()
    for line in lock.read_text("utf-8").splitlines():
        if pin := PIN.match(line):
            hashes = found.setdefault((plain(pin[1]), pin[2]), set())
        hashes.update(HASH.findall(line))
    return {part: frozenset(some) for part, some in found.items()}


def listed(sbom: Path) -> Parts:
    """The same, as the SBOM has it."""
    return {
        (plain(one["name"]), one["version"]): frozenset(
            some["content"]
            for where in one.get("externalReferences", [])
            for some in where.get("hashes", [])
            if some["alg"] == "SHA-256"
        )
        for one in json.loads(sbom.read_text("utf-8"))["components"]
    }


def missing(lock: Path, sbom: Path) -> list[str]:
    """What the lock file has and the SBOM has not, or otherwise."""
    wanted, found = locked(lock), listed(sbom)
    return [
        f"{name} {version}: {'other hashes' if (name, version) in found else 'missing'}"
        for (name, version), hashes in sorted(wanted.items())
        if found.get((name, version)) != hashes
    ] + [f"{name} {version}: not locked" for name, version in sorted(set(found) - set(wanted))]


def write(lock: Path, sbom: Path) -> None:
    """Let cyclonedx-bom write it; it checks the schema itself."""
    sbom.parent.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements", str(lock)),
        *("--pyproject", str(ROOT / "pyproject.toml"), "--output-reproducible"),
        *("--short-PURLs", "--output-file", str(sbom)),
    ]
    subprocess.run(command, check=True)


def main(arguments: list[str]) -> int:
    """Write and check it."""
    sbom = Path(arguments[0]) if arguments else ROOT / "var" / "sbom" / "holdfast.cdx.json"
    write(LOCK, sbom)
    wrong = missing(LOCK, sbom)
    print("\n".join(wrong) or f"{sbom}: {len(locked(LOCK))} packages, each with its hashes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

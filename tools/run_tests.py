"""Everything that must hold before a change lands: lint, types, contracts, house rules, tests.

    python tools/run_tests.py [--lint] [pytest arguments]

Each step says how long it took; the end lists what was skipped and why. Exit code 0 only when all
steps held. Arguments go to pytest, for one file or test at a time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

LINT: list[tuple[str, list[str]]] = [
    ("ruff", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("types", ["mypy"]),
    ("board types", ["python", "tools/firmware_types.py"]),
    ("contracts", ["lint-imports", "--no-cache"]),
    ("house rules", ["python", "tools/tidy.py"]),
]

AUDIT = [str(BIN / "python"), "tools/audit.py"]
NOT_LOOKED_UP = 2

PARTS = [["--ignore=tests/browser"], ["tests/browser"]]
"""Playwright keeps an event loop running in its process, where no other test could start one."""


def run(name: str, command: list[str]) -> bool:
    """Run one step from the project's folder; quiet when it holds, its whole output when not."""
    started = time.monotonic()
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    word = "holds" if done.returncode == 0 else "FAILED"
    print(f"{name:<12} {word} ({time.monotonic() - started:.0f} s)", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def known_holes() -> bool:
    """Whether no locked package has a known hole; that nobody could be asked is said, no more."""
    started = time.monotonic()
    done = subprocess.run(AUDIT, cwd=ROOT, capture_output=True, text=True, check=False)
    words = {0: "none", NOT_LOOKED_UP: "NOT LOOKED UP"}
    word = words.get(done.returncode, "FAILED")
    print(f"known holes  {word} ({time.monotonic() - started:.0f} s)", flush=True)
    print(done.stdout + done.stderr, flush=True)
    return done.returncode in words


def main(arguments: list[str]) -> int:
    """Lint first, then all tests, also when lint failed: a person wants to see everything."""
    lint_only = "--lint" in arguments
    rest = [argument for argument in arguments if argument != "--lint"]
    good = True
    if not rest:
        held = [run(name, command) for name, command in LINT]
        good = all(held)
    if lint_only:
        return 0 if good else 1
    if not rest:
        good = known_holes() and good
    command = [str(BIN / "python"), "-m", "pytest", "-q", "-rs", "--durations=15"]
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ.get('PATH', '')}"}
    for part in [rest] if rest else PARTS:
        tests = subprocess.run([*command, *part], cwd=ROOT, env=environment, check=False)
        good = good and tests.returncode == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Everything that must hold before a change lands: lint, types, contracts, house rules, tests.

    python tools/run_tests.py [--lint] [pytest arguments]

Each step says how long it took; each part of the tests is told when it has ended, with its slowest
tests; the end lists what was skipped and why, and what failed. Exit code 0 only when all steps
held. Arguments go to pytest, for one file or test at a time. LANES=1 runs one part after the other.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
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

ALONE = ("receiver", "faults", "browser", "emulated", "installer")
"""Folders of tests that are a part each, the longest first; all others are the last part.

Most tests wait for real programs, so two parts side by side take little more than half the time.
The browser's must stay apart in any case: Playwright keeps an event loop running in its process,
where no other test could start one.
"""
LANES = int(os.environ.get("LANES") or min(2, len(os.sched_getaffinity(0))))
REPORTS = ROOT / "var" / "tests"


def surroundings() -> dict[str, str]:
    """The environment of every step: our own programs first on the path."""
    return {**os.environ, "PATH": f"{BIN}:{os.environ.get('PATH', '')}"}


def run(name: str, command: list[str]) -> bool:
    """Run one step from the project's folder; quiet when it holds, its whole output when not."""
    started = time.monotonic()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        env=surroundings(),
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


def pytest(*arguments: str) -> list[str]:
    """The command that runs tests."""
    return [str(BIN / "python"), "-m", "pytest", "-q", "-rsfE", "--durations=15", *arguments]


def parts() -> dict[str, list[str]]:
    """All tests: what each part is called, and its arguments."""
    found = {name: [f"tests/{name}"] for name in ALONE}
    return found | {"all others": [f"--ignore=tests/{name}" for name in ALONE]}


def part(name: str, arguments: list[str]) -> tuple[bool, str]:
    """Run one part; whether it held, and what it said, which is told in one piece.

    It can be followed in var/tests/, where JUnit with the time of each test is left as well.
    """
    started = time.monotonic()
    report = REPORTS / name.replace(" ", "_")
    with report.with_suffix(".log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            pytest(f"--junitxml={report}.xml", *arguments),
            cwd=ROOT,
            env=surroundings(),
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    said = report.with_suffix(".log").read_text("utf-8")
    word = "hold" if done.returncode == 0 else "FAILED"
    head = f"tests: {name} {word} ({time.monotonic() - started:.0f} s)"
    print(f"\n{head}\n{said}", flush=True)
    return done.returncode == 0, said


def all_tests() -> bool:
    """Run every part, LANES at a time; end with what was skipped, what failed, and the sum."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    print(f"tests: {', '.join(parts())}; {LANES} at a time, follow them in var/tests/", flush=True)
    with ThreadPoolExecutor(LANES) as lanes:
        ended = list(lanes.map(part, parts(), parts().values()))
    sums: Counter[str] = Counter()
    for _, said in ended:
        for line in said.splitlines():
            if line.startswith(("SKIPPED ", "FAILED ", "ERROR ")):
                print(line, flush=True)
        last = said.strip().rpartition("\n")[2]
        for count, word in re.findall(r"(\d+) (passed|failed|skipped|error)", last):
            sums["failed" if word == "error" else word] += int(count)
    print(
        f"{sums['passed']} passed, {sums['failed']} failed, {sums['skipped']} skipped", flush=True
    )
    return all(held for held, _ in ended)


def main(arguments: list[str]) -> int:
    """Lint first, then all tests, also when lint failed: a person wants to see everything."""
    lint_only = "--lint" in arguments
    rest = [argument for argument in arguments if argument != "--lint"]
    if rest and not lint_only:
        return subprocess.run(pytest(*rest), cwd=ROOT, env=surroundings(), check=False).returncode
    held = [run(name, command) for name, command in LINT]
    if not lint_only:
        held += [known_holes(), all_tests()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

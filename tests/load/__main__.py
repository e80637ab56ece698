"""Runs the benchmarks: all of them, or those whose names are given.

    make bench                       everything
    make bench ARGS="press_to_ticket --presses 50"

Each file tests/load/bench_NAME.py has a function main(arguments: list[str]) -> dict, prints its own
table, and returns the figures, which end up in var/bench/NAME.json.
"""

import importlib
import json
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
RESULTS = Path("var/bench")


def main(arguments):
    known = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    wanted = [name for name in arguments if name in known]
    options = [word for word in arguments if word not in known]
    if options and not wanted:
        sys.exit(f"Name a benchmark before its options. There are: {', '.join(known)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    for name in wanted or known:
        print(f"\n== {name}", flush=True)
        started = time.monotonic()
        figures = importlib.import_module(f"tests.load.bench_{name}").main(options)
        (RESULTS / f"{name}.json").write_text(json.dumps(figures, indent=1), "utf-8")
        print(f"({time.monotonic() - started:.0f} s; figures in {RESULTS / name}.json)")


if __name__ == "__main__":
    main(sys.argv[1:])

"""Contact closed to ticket committed, and to the keypad's lamp: real processes, emulated keypad.

The parts of the way stand beside the whole, from one run: debounce and flash (taken), MQTT and the
gateway's fsync (spooled), HTTP and the receiver's COMMIT (committed), the way back (stored).
"""

import argparse
import random
import tempfile
import time
from pathlib import Path

from holdfast.line import Line

HOPS = ("taken", "published", "spooled", "committed", "stored")


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def presses(line, count, rng):
    """Press `count` times, each at a random moment after the last was stored; yields journeys."""
    for done in range(count):
        known = len(line.hops.journeys)
        line.press()
        journey = line.wait_journey(
            lambda one, known=known: (
                one.complete("stored")
                and "pressed" in one.at
                and list(line.hops.journeys.values()).index(one) >= known
            ),
            30,
        )
        line.board.release()
        if journey is None:
            raise SystemExit(f"press {done + 1} was not stored within 30 s")
        yield journey
        time.sleep(rng.uniform(0.15, 0.4))


def main(arguments):
    options = argparse.ArgumentParser()
    options.add_argument("--presses", type=int, default=300)
    options.add_argument("--broker", default="embedded", choices=["embedded", "mosquitto"])
    chosen = options.parse_args(arguments)
    rng = random.Random(1)
    with (
        tempfile.TemporaryDirectory() as folder,
        Line(Path(folder), broker=chosen.broker) as line,
    ):
        journeys = list(presses(line, chosen.presses, rng))
    figures = {}
    print(f"{chosen.presses} presses, broker {chosen.broker}; ms since the contact closed")
    print(f"{'hop':<14}{'p50':>8}{'p95':>8}{'p99':>8}{'max':>8}")
    for hop in HOPS:
        ms = [journey.ms(hop) for journey in journeys if journey.ms(hop) is not None]
        row = [percentile(ms, 0.5), percentile(ms, 0.95), percentile(ms, 0.99), max(ms)]
        figures[hop] = dict(zip(("p50", "p95", "p99", "max"), row, strict=True))
        print(f"{hop:<14}" + "".join(f"{value:8.1f}" for value in row))
    return figures

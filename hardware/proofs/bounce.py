"""Contact bounce through RC and Schmitt buffer: one press is two edges, whatever the tolerances.

Model: contacts that open and close at random for `bounce_ms` on press and release, seeded; ngspice
integrates the RC with small, nominal and large parts and worst input leakage both ways; the
buffer's thresholds are the corners of its data sheet. Wrong parts chatter, and the proof shows that
too (`control`).
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from hardware.proofs import Claim, Proof, spice

if TYPE_CHECKING:
    import array

    from hardware.books import Books

TRAIN_S = 0.140
PRESS_S = 0.005
HELD_S = 0.060
BATCH = 25
EDGE_S = 1e-6
# Name of a corner: sign of resistors and capacitor, sign of the leakage (down pulls the node low).
CORNERS = {
    "small parts, leak up": (-1, -1),
    "small parts, leak down": (-1, 1),
    "nominal": (0, 0),
    "large parts, leak up": (1, -1),
    "large parts, leak down": (1, 1),
}


class Run(NamedTuple):
    """One press at one corner: edges at the pin, delay of the first, first to last."""

    corner: str
    edges: int
    delay_s: float
    pressed_s: float


def contacts(seed: int, bounce_s: float, gap_s: tuple[float, float]) -> list[tuple[float, int]]:
    """Moments (s) and states of one press and release, 1 closed; ends open."""
    chance = random.Random(seed)  # noqa: S311 - seeds must replay; nothing secret
    moments: list[tuple[float, int]] = []
    for start, final in ((PRESS_S, 1), (PRESS_S + HELD_S, 0)):
        moment, state = start, final
        while moment < start + bounce_s:
            moments.append((moment, state))
            moment += chance.uniform(*gap_s)
            state = 1 - state
        moments.append((start + bounce_s, final))
    return moments


def _control(trains: list[list[tuple[float, int]]]) -> str:
    """The contacts of several trains, one after the other, as a piecewise linear source."""
    points, level = ["0 0"], 0
    for place, train in enumerate(trains):
        for moment, state in train:
            at = place * TRAIN_S + moment
            if state != level:
                points += [f"{at - EDGE_S:.8f} {level}", f"{at:.8f} {state}"]
                level = state
    return " ".join(points)


def deck(books: Books, trains: list[list[tuple[float, int]]]) -> str:
    """One copy of the input for each corner of its parts, behind the same contact."""
    values = books.values
    button = values["button"]
    drift = values["environment"]["drift_per_k"] * 35
    pull_up = books.ohms("keypad", button["pull_up"])
    series = books.ohms("keypad", button["series"])
    farad = books.ohms("keypad", button["capacitor"])
    leak = books.fact("buffer_leak_a")
    end = len(trains) * TRAIN_S
    lines = [
        "* contact bounce",
        f"VB ctl 0 PWL({_control(trains)})",
        ".model CON SW(VT=0.5 VH=0.01 RON=0.2 ROFF=100Meg)",
    ]
    for place, (sign, leak_sign) in enumerate(CORNERS.values()):
        spread = 1 + sign * (books.tolerance("keypad", button["series"]) + drift)
        size = 1 + sign * button["capacitor_spread"]
        rail = values["rail"]["volt"] * (1 + sign * values["rail"]["tolerance"])
        lines += [
            f"V{place} v{place} 0 {rail}",
            f"RU{place} v{place} b{place} {pull_up * spread}",
            f"S{place} b{place} 0 ctl 0 CON",
            f"RS{place} b{place} p{place} {series * spread}",
            f"C{place} p{place} 0 {farad * size} IC={rail}",
            f"I{place} p{place} 0 {leak * leak_sign}",
        ]
    lines.append(f".tran 50u {end} 0 100u uic")
    return "\n".join(lines)


def edges(
    time: array.array[float], volts: array.array[float], up: float, down: float
) -> list[tuple[float, int]]:
    """Moments and directions of the buffer's output, which starts high."""
    found = []
    level = 1
    for moment, volt in zip(time, volts, strict=True):
        if level and volt < down:
            level = 0
            found.append((moment, 0))
        elif not level and volt > up:
            level = 1
            found.append((moment, 1))
    return found


def _batch(books: Books, seeds: range) -> list[Run]:
    """Every train at every corner of parts and thresholds."""
    button = books.values["button"]
    gap_s = (button["bounce_gap_us"][0] * 1e-6, button["bounce_gap_us"][1] * 1e-6)
    trains = [contacts(seed, button["bounce_ms"] * 1e-3, gap_s) for seed in seeds]
    nodes = {name: f"v(p{place})" for place, name in enumerate(CORNERS)}
    waves = spice.waveforms(deck(books, trains), ["time", *nodes.values()])
    runs = []
    for part, node in nodes.items():
        for corner, (up, down) in button["threshold_corners"].items():
            per_train: list[list[float]] = [[] for _ in trains]
            for moment, _ in edges(waves["time"], waves[node], up, down):
                place = min(int(moment / TRAIN_S), len(trains) - 1)
                per_train[place].append(moment - place * TRAIN_S)
            for found in per_train:
                first, last = (found[0], found[-1]) if found else (TRAIN_S, 0.0)
                runs.append(Run(f"{part}, {corner}", len(found), first - PRESS_S, last - first))
    return runs


def prove(books: Books, seeds: int | None = None) -> Proof:
    """Two edges for every seed and corner, soon enough and for long enough."""
    button = books.values["button"]
    count = seeds or button["seeds"]
    batches = [range(first, min(first + BATCH, count)) for first in range(0, count, BATCH)]
    with ThreadPoolExecutor(2) as pool:
        runs = [run for some in pool.map(lambda few: _batch(books, few), batches) for run in some]
    clean = sum(1 for run in runs if run.edges == button["edges_per_press"])
    slowest = max(run.delay_s for run in runs) * 1e3
    shortest = min(run.pressed_s for run in runs) * 1e3
    delays: dict[str, list[float]] = {}
    for run in runs:
        delays.setdefault(run.corner, []).append(run.delay_s * 1e3)
    held = f"shortest time at the pin of a {HELD_S * 1e3:.0f} ms press"
    return Proof(
        "bounce",
        [
            Claim("presses x corners with exactly two edges", clean, len(runs), "of all"),
            Claim(
                "slowest press at the pin", slowest, button["delay_ms_max"], "ms", at_least=False
            ),
            Claim(held, shortest, button["stable_ms"], "ms"),
        ],
        {"delays_ms": delays, "presses": count, "runs": len(runs)},
    )

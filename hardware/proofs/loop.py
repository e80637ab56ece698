"""Windows of the supervised loop over every corner of parts, cable, leak, supply and ADC.

Every corner is evaluated in closed form (worst case, no sampling: sampling hides the worst);
ngspice recomputes the extreme corner of each state as referee. The reading is a ratio to half the
rail, as the firmware takes it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hardware.proofs import Claim, Proof, spice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hardware.books import Books

STATES = ("short", "normal", "alarm", "open")
OPEN_OHM = 1e9
DRY_OHM = 1e9
REFEREE_V = 1e-4
SIGNS = (-1, 1)
SIGN_COUNT = 10


@dataclass(frozen=True)
class Corner:
    """One corner: the rail, ohms of every part, line and leak, errors of the ADC."""

    rail_v: float
    ripple_v: float
    pull_up: float
    pull_down: float
    loop: float
    leak: float
    gain: float
    offset_v: float
    rail_offset_v: float

    def volt(self) -> float:
        """Voltage at the loop's terminal."""
        down = 1 / (1 / self.loop + 1 / self.leak + 1 / self.pull_down)
        return (self.rail_v + self.ripple_v) * down / (down + self.pull_up)

    def reading(self) -> float:
        """What the firmware sees: loop over twice the half rail, both through the ADC."""
        seen = self.volt() * self.gain + self.offset_v
        half = self.rail_v / 2 * self.gain + self.rail_offset_v
        return seen / (2 * half)


def corners(books: Books, state: str, tolerance: float, leak_ohm: float) -> Iterator[Corner]:
    """All corners of one state."""
    values = books.values
    loop, rail = values["loop"], values["rail"]
    heat = max(
        abs(t - values["environment"]["reference_c"])
        for t in values["environment"]["temperature_c"]
    )
    drift = values["environment"]["drift_per_k"] * heat
    up, down = (books.ohms("keypad", loop[name]) for name in ("pull_up", "pull_down"))
    up_share = books.tolerance("keypad", loop["pull_up"]) + drift
    down_share = books.tolerance("keypad", loop["pull_down"]) + drift
    cable = (
        2 * loop["cable_m_max"] * books.fact("cable_ohm_per_m") * 1.15 + loop["contacts_ohm_max"]
    )
    error = books.fact("adc_error_v")
    share = loop["adc_gain_share"]
    top = books.fact("adc_top_v")
    for signs in itertools.product(SIGNS, repeat=SIGN_COUNT):
        rail_s, ripple_s, up_s, down_s, end_s, contact_s = signs[:6]
        line_s, leak_s, gain_s, offset_s = signs[6:]
        part = tolerance + drift
        end = loop["end_of_line_ohm"] * (1 + part * end_s)
        contact = loop["contact_ohm"] * (1 + part * contact_s)
        line = cable if line_s > 0 else 0.0
        ohms = {"short": 1e-6, "normal": end, "alarm": end + contact, "open": OPEN_OHM}[
            state
        ] + line
        for rail_offset_s in SIGNS:
            yield Corner(
                rail["volt"] * (1 + rail["tolerance"] * rail_s),
                rail["ripple_v"] * ripple_s,
                up * (1 + up_share * up_s),
                down * (1 + down_share * down_s),
                ohms,
                leak_ohm if leak_s > 0 else DRY_OHM,
                1 + error / top * share * gain_s,
                error * (1 - share) * offset_s,
                error * (1 - share) * rail_offset_s,
            )


def windows(books: Books, tolerance: float, leak_ohm: float) -> dict[str, tuple[Corner, Corner]]:
    """Lowest and highest corner of every state."""
    found = {}
    for state in STATES:
        every = list(corners(books, state, tolerance, leak_ohm))
        found[state] = (min(every, key=Corner.reading), max(every, key=Corner.reading))
    return found


def referee(some: list[Corner]) -> float:
    """Largest difference in volts between the closed form and ngspice."""
    lines = ["* loop corners"]
    for place, corner in enumerate(some):
        lines += [
            f"V{place} v{place} 0 {corner.rail_v + corner.ripple_v!r}",
            f"RU{place} v{place} p{place} {corner.pull_up!r}",
            f"RD{place} p{place} 0 {corner.pull_down!r}",
            f"RL{place} p{place} 0 {corner.loop!r}",
            f"RK{place} p{place} 0 {corner.leak!r}",
        ]
    volts = spice.operating_points("\n".join(lines), [f"p{place}" for place in range(len(some))])
    return max(abs(volt - corner.volt()) for volt, corner in zip(volts, some, strict=True))


def prove(books: Books) -> Proof:
    """States apart, inside their windows, inside the ADC's range."""
    loop = books.values["loop"]
    rail = books.values["rail"]["volt"]
    proof = Proof("loop", data={"rows": []})
    extremes: list[Corner] = []
    for tolerance in loop["end_of_line_tolerances"]:
        for leak_name, gap_name in (("leak_ohm_good", "gap_v_good"), ("leak_ohm_bad", "gap_v_bad")):
            leak = loop[leak_name]
            found = windows(books, tolerance, leak)
            extremes += [corner for pair in found.values() for corner in pair]
            ranges = {
                state: (low.reading(), high.reading()) for state, (low, high) in found.items()
            }
            gaps = [
                (ranges[above][0] - ranges[below][1]) * rail
                for below, above in itertools.pairwise(STATES)
            ]
            name = f"{tolerance:.0%} resistors, leak {leak / 1e3:.0f} k"
            proof.claims.append(Claim(f"smallest gap, {name}", min(gaps), loop[gap_name], "V"))
            proof.claims += _inside(loop["windows_permille"], ranges, name)
            proof.data["rows"].append((tolerance, leak, ranges, gaps))
    dry = corners(books, "open", loop["end_of_line_tolerances"][0], DRY_OHM)
    top = max(corner.volt() for corner in dry)
    proof.claims.append(
        Claim(
            "open loop inside the ADC's calibrated range",
            top,
            books.fact("adc_top_v"),
            "V",
            at_least=False,
        )
    )
    wrong = referee(extremes)
    proof.claims.append(Claim("closed form against ngspice", wrong, REFEREE_V, "V", at_least=False))
    proof.data["corners"] = len(extremes) // 2 * 2 ** (SIGN_COUNT + 1)
    return proof


def _inside(
    limits: dict[str, Any], ranges: dict[str, tuple[float, float]], name: str
) -> list[Claim]:
    """Each state's readings lie in its window."""
    claims = []
    for state, (low, high) in ranges.items():
        lower, upper = (limit / 1000 for limit in limits[state])
        spare = min(low - lower, upper - high)
        claims.append(Claim(f"'{state}' inside its window, {name}", spare, 0.0, "of the rail"))
    return claims

"""An electrostatic discharge into a terminal stays within the pin's rating behind clamp and filter.

Model: the standard's network into the terminal, clamp with its resistance and the inductance of its
way to ground, then the input's series resistor and capacitor. Without the clamp the same circuit
must fail: the proof shows that too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hardware.proofs import Claim, Proof, spice

if TYPE_CHECKING:
    from hardware.books import Books

END_S = 2e-6
QUIET_V = {"loop": 0.9, "button": 0.0}


def peak(books: Books, name: str, volt: float, *, clamp: bool = True) -> tuple[float, float]:
    """Lowest and highest voltage (V) at the pin of the input `name` after a discharge of `volt`."""
    group = books.values[name]
    esd = books.values["esd"]
    parts = ("filter_resistor", "filter_capacitor") if name == "loop" else ("series", "capacitor")
    series, farad = (books.ohms("keypad", group[part]) for part in parts)
    if name == "button":
        farad *= 1 - group["capacitor_spread"]
    rail = books.values["rail"]["volt"]
    low, hard = books.fact("tvs_breakdown_v"), books.fact("tvs_resistance_ohm")
    lines = [
        "* discharge",
        f"C1 s 0 {books.fact('esd_source_f')} IC={volt}",
        f"R1 s t {books.fact('esd_source_ohm')}",
        f"L1 t j {esd['line_henry']} IC=0",
        "CJ j 0 10p IC=0",
        f"RS j pin {series}",
        f"CP pin 0 {farad} IC={QUIET_V[name]}",
        f"RU j v {books.ohms('keypad', group['pull_up'])}",
        f"VV v 0 {rail}",
        f".tran 0.1n {END_S} 0 0.2n uic",
    ]
    if clamp:
        lines += [
            f"L2 j k {esd['clamp_henry']} IC=0",
            f"BC k 0 I=(max(v(k)-{low},0)-max(-v(k)-{low},0))/{hard}",
        ]
    waves = spice.waveforms("\n".join(lines), ["time", "v(pin)"])
    return min(waves["v(pin)"]), max(waves["v(pin)"])


def prove(books: Books) -> Proof:
    """Both polarities on both kinds of input."""
    volt = books.fact("esd_contact_v")
    ceiling = books.values["rail"]["volt"] + books.fact("pin_above_rail_v")
    floor = -books.fact("pin_below_ground_v")
    data: dict[str, Any] = {}
    proof = Proof("discharge", data=data)
    for name in ("loop", "button"):
        lowest = min(peak(books, name, -volt)[0], peak(books, name, volt)[0])
        highest = max(peak(books, name, -volt)[1], peak(books, name, volt)[1])
        data[name] = (lowest, highest)
        proof.claims.append(
            Claim(
                f"{name}: highest pin voltage at {volt / 1e3:.0f} kV",
                highest,
                ceiling,
                "V",
                at_least=False,
            )
        )
        proof.claims.append(
            Claim(f"{name}: lowest pin voltage at -{volt / 1e3:.0f} kV", lowest, floor, "V")
        )
    return proof

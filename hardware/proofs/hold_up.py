"""After mains and cell are gone: does the last press reach flash?

ngspice discharges the hold-up capacitor (low end of its tolerance, its series resistance, the
diode) into the converter's constant power, with the radio's bursts, until the converter gives up.
The write it must outlast is the flash's worst erase and pages, from its data sheet; measuring it on
a board remains to be done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.proofs import Claim, Proof, spice

if TYPE_CHECKING:
    from hardware.books import Books

END_S = 12.0
STEP_S = 2e-3


def discharge(books: Books, start_v: float) -> tuple[list[float], list[float]]:
    """Time (s) and converter input (V) from the moment both supplies are gone."""
    hold = books.values["hold_up"]
    farad = books.ohms("keypad", hold["capacitor"]) * (1 - books.fact("supercap_low"))
    stop = books.fact("boost_input_min_v")
    watts = f"{books.values['rail']['volt'] / books.fact('boost_efficiency')}"
    period, share = hold["burst_period_s"], hold["burst_share"]
    deck = "\n".join(
        [
            "* hold-up",
            f"C1 a 0 {farad} IC={start_v}",
            f"R1 a b {books.fact('supercap_esr_ohm')}",
            f"VD b in DC {hold['diode_drop_v']}",
            f"C2 in 0 20u IC={start_v - hold['diode_drop_v']}",
            f"VP p 0 PULSE(0 1 0 1m 1m {period * share} {period})",
            f"BL in 0 I=({hold['load_a']}+{hold['burst_a']}*v(p))*{watts}/max(v(in),{stop / 2})",
            f".tran {STEP_S} {END_S} 0 {STEP_S} uic",
        ]
    )
    waves = spice.waveforms(deck, ["time", "v(in)"])
    return list(waves["time"]), list(waves["v(in)"])


def alive_s(time: list[float], volts: list[float], stop_v: float) -> float:
    """How long the converter's input stays above its lock-out."""
    for moment, volt in zip(time, volts, strict=True):
        if volt < stop_v:
            return moment
    return time[-1]


def write_s(books: Books) -> float:
    """The longest that keeping one signal may take the flash."""
    hold = books.values["hold_up"]
    erases = hold["erases_per_write"] * float(books.fact("flash_erase_max_s"))
    return float(erases + hold["pages_per_write"] * float(books.fact("flash_program_max_s")))


def prove(books: Books) -> Proof:
    """Alive several times as long as the write, from mains and from a nearly empty cell."""
    hold = books.values["hold_up"]
    need = write_s(books) * hold["factor_min"]
    proof = Proof("hold-up", data={"curves": {}, "write_s": write_s(books), "need_s": need})
    for name in ("start_v_mains", "start_v_cell"):
        time, volts = discharge(books, hold[name])
        alive = alive_s(time, volts, books.fact("boost_input_min_v"))
        text = f"alive after total loss from {hold[name]} V"
        proof.claims.append(Claim(text, alive, need, "s"))
        step = max(1, len(time) // 300)
        proof.data["curves"][hold[name]] = list(zip(time[::step], volts[::step], strict=True))
    return proof

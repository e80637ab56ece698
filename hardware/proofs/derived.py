"""Numbers that follow from fitted parts: charger, timers, thresholds, dividers. Arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.books import number
from hardware.proofs import Claim, Proof

if TYPE_CHECKING:
    from hardware.books import Books


def _divided(books: Books, board: str, up: str, low: str) -> float:
    """The share that a divider hands on."""
    top, bottom = books.ohms(board, up), books.ohms(board, low)
    return bottom / (top + bottom)


def prove(books: Books) -> Proof:
    """Keypad first, then gateway and rig."""
    return Proof("derived", _keypad(books) + _gateway(books) + _rig(books))


def _surge(books: Books, board: str, clamp: str, regulator: str) -> Claim:
    """What the input clamp lets through, against what the regulator stands."""
    parts = books.parts(board)
    through = float(books.fact("clamp_v")[parts[clamp].value])
    stands = float(books.fact("regulator_input_max_v")[parts[regulator].value])
    return Claim(f"{board}'s surge clamp lets through", through, stands, "V", at_least=False)


def _keypad(books: Books) -> list[Claim]:
    power, supply = books.values["power"], books.values["supply"]
    least, most = (k / books.ohms("keypad", "R302") for k in books.fact("charger_set_a_ohm"))
    limit_a = books.fact("charger_limit_a_ohm") / books.ohms("keypad", "R303")
    timer_h = min(books.fact("charger_timer_s_per_ohm")) * books.ohms("keypad", "R304") / 3600
    need_h = power["cell_ah"] / least * power["charge_reserve"]
    top = books.fact("adc_top_v")
    mains = supply["input_v"][1] * _divided(books, "keypad", "R307", "R308")
    cell = 4.25 * _divided(books, "keypad", "R305", "R306")
    five = books.fact("regulator_reference_v") / _divided(books, "keypad", "R311", "R312")
    off, most_off = abs(five / 5 - 1), supply["regulator_tolerance"]
    gives = books.fact("converter_max_a")
    return [
        _surge(books, "keypad", "D301", "U301"),
        Claim("keypad's 5 V off by", off, most_off, "of 5 V", at_least=False),
        Claim("input limit stays below the converter", limit_a, gives, "A", at_least=False),
        Claim(
            "longest time to charge the cell", need_h, power["charge_h_max"], "h", at_least=False
        ),
        Claim("charger's shortest timer outlasts it", timer_h, need_h, "h"),
        Claim("input limit feeds board and cell", limit_a, most + power["wifi_a"], "A"),
        Claim("mains sense at the highest input", mains, top, "V", at_least=False),
        Claim("cell sense at a full cell", cell, top, "V", at_least=False),
    ]


def _gateway(books: Books) -> list[Claim]:
    supply = books.values["supply"]
    volts = books.fact("regulator_reference_v") / _divided(books, "gateway", "R101", "R102")
    off = abs(volts / 5.0 - 1)
    warn = books.fact("power_fail_sense_v") / _divided(books, "gateway", "R103", "R104")
    a, b, c = books.fact("watchdog_coefficients")
    hundred = books.ohms("gateway", "R301") / 100
    interval = (a * hundred**2 + b * hundred + c) / 100
    low_v, high_v = supply["power_fail_v"]
    low_s, high_s = supply["watchdog_s"]
    return [
        _surge(books, "gateway", "D101", "U101"),
        Claim("gateway's 5 V off by", off, supply["regulator_tolerance"], "of 5 V", at_least=False),
        Claim("power failure is told below", warn, high_v, "V", at_least=False),
        Claim("and above the regulator's needs", warn, low_v, "V"),
        Claim("watchdog leaves time to start", interval, low_s, "s"),
        Claim("watchdog restarts within", interval, high_s, "s", at_least=False),
    ]


def _rig(books: Books) -> list[Claim]:
    loop = books.values["loop"]
    parts = books.parts("hil_rig")
    end = abs(number(parts["R215"].value) - loop["end_of_line_ohm"])
    contact = abs(number(parts["R216"].value) - loop["contact_ohm"])
    on = books.fact("photomos_on_ohm")
    return [
        Claim("rig's end of line differs from the loop's", end, 0, "ohm", at_least=False),
        Claim("rig's contact resistor differs from the loop's", contact, 0, "ohm", at_least=False),
        Claim(
            "rig's contact closes better than old terminals",
            on,
            loop["contacts_ohm_max"],
            "ohm",
            at_least=False,
        ),
    ]

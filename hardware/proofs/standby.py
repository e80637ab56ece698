"""Hours without mains, against the grades of EN 50131-6. Arithmetic on assumed currents.

The currents are assumptions until a board has been measured (values.toml says so); a table of hours
is not a certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hardware.proofs import Claim, Proof

if TYPE_CHECKING:
    from hardware.books import Books


def hours(books: Books, amps: float, cells: int = 1) -> float:
    """Hours from `cells` cells at `amps` on the 3.3 V rail."""
    power = books.values["power"]
    watt_hours = cells * power["cell_ah"] * power["cell_volt"] * power["cell_share"]
    return float(watt_hours * power["converter_efficiency"] / (books.values["rail"]["volt"] * amps))


def loads(books: Books) -> dict[str, float]:
    """Average amps at 3.3 V by way of working."""
    power = books.values["power"]
    return {
        "Wi-Fi, modem sleep": power["wifi_sleep_a"] + power["lamps_a"],
        "Wi-Fi, always on": power["wifi_a"] + power["lamps_a"],
        "Wi-Fi and Ethernet": power["wifi_a"] + power["ethernet_a"] + power["lamps_a"],
    }


def grades(books: Books) -> dict[str, float]:
    """Hours that each grade asks of a type A supply."""
    return {
        "grades 1-2": books.fact("standby_grade2_h"),
        "grades 3-4, mains fault reported": books.fact("standby_grade3_reported_h"),
        "grades 3-4": books.fact("standby_grade3_h"),
    }


def prove(books: Books) -> Proof:
    """What one cell carries on Wi-Fi is claimed; the other rows are only told."""
    table = {
        name: {cells: hours(books, amps, cells) for cells in (1, 2, 3)}
        for name, amps in loads(books).items()
    }
    grade2 = books.fact("standby_grade2_h")
    reported = books.fact("standby_grade3_reported_h")
    claims = [
        Claim("one cell, Wi-Fi always on: grades 1-2", table["Wi-Fi, always on"][1], grade2, "h"),
        Claim(
            "one cell, modem sleep: grades 3-4 reported",
            table["Wi-Fi, modem sleep"][1],
            reported,
            "h",
        ),
    ]
    return Proof("standby", claims, {"table": table, "grades": grades(books)})

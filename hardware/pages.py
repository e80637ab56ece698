"""The tables of docs/hardware.md, written from the same sources that the checks read.

`fill` replaces what stands between `<!-- NAME -->` and `<!-- /NAME -->`; prose is left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hardware.boards import BOARDS, ROOT
from hardware.fault_list import FAULTS
from hardware.proofs import bounce, derived, discharge, hold_up, loop, standby

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hardware.books import Books
    from hardware.proofs import Proof

PAGE = ROOT / "docs/hardware.md"
PROOFS = (bounce, loop, hold_up, discharge, derived, standby)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def pins(books: Books, board: str) -> str:
    """A board's pins."""
    rows = (
        (
            pin.name,
            str(pin.gpio),
            f"`{pin.net}`",
            pin.way,
            pin.active or "-",
            pin.pull or "-",
            pin.why,
        )
        for pin in books.pins(board).pins.values()
    )
    return _table(("name", "GPIO", "net", "way", "active", "pull", "what for"), rows)


def windows(books: Books) -> str:
    """The loop's windows in thousandths of the rail."""
    limits = books.values["loop"]["windows_permille"]
    means = {
        "short": "tamper: the cable is shorted",
        "normal": "all is well",
        "alarm": "the button is pressed",
        "open": "tamper: the cable is cut",
    }
    rows = ((state, str(low), str(high), means[state]) for state, (low, high) in limits.items())
    return _table(("state", "from", "to", "means"), rows)


def figures(proofs: Iterable[Proof]) -> str:
    """What the proofs found; many claims of one kind are told by their worst."""
    rows = []
    for proof in proofs:
        worst: dict[tuple[str, float], tuple[float, tuple[str, ...]]] = {}
        for claim in proof.claims:
            parts = claim.text.split(", ")
            if proof.name != "loop":
                text = claim.text
            else:
                text = f"{parts[0]}, {parts[-1]}" if parts[0] == "smallest gap" else parts[0]
            spare = (claim.value - claim.limit) * (1 if claim.at_least else -1)
            sign = "at least" if claim.at_least else "at most"
            limit = f"{sign} {claim.limit:.4g} {claim.unit}"
            row = (proof.name, text, f"{claim.value:.4g} {claim.unit}", limit)
            kind = (text, claim.limit)
            if kind not in worst or spare < worst[kind][0]:
                worst[kind] = (spare, row)
        rows += [row for _, row in worst.values()]
    return _table(("proof", "claim", "found", "must be"), rows)


def unread(books: Books) -> str:
    """Facts that nobody has held against the paper yet."""
    rows = (
        (f"`{name}`", str(fact["value"]), fact["source"])
        for name, fact in books.fact_sources.items()
        if not fact["read"]
    )
    return _table(("fact", "value", "to be read in"), rows)


def faults() -> str:
    """The seeded faults, as a list."""
    return "\n".join(f"- {fault.name}" for fault in FAULTS)


def steady(books: Books) -> dict[str, str]:
    """The tables that follow from the lists alone."""
    made = {f"pins {board}": pins(books, board) for board in BOARDS}
    return made | {"windows": windows(books), "unread": unread(books), "faults": faults()}


def fill(text: str, tables: dict[str, str]) -> str:
    """`text` with the tables in place."""
    for name, table in tables.items():
        mark = re.compile(
            rf"(<!-- {re.escape(name)} -->\n).*?(<!-- /{re.escape(name)} -->)", re.DOTALL
        )
        text = mark.sub(lambda found, new=table: f"{found[1]}\n{new}\n\n{found[2]}", text)  # type: ignore[misc]
    return text


def write(books: Books) -> None:
    """Fill docs/hardware.md, proofs included."""
    tables = steady(books) | {"figures": figures(proof.prove(books) for proof in PROOFS)}
    PAGE.write_text(fill(PAGE.read_text("utf-8"), tables), "utf-8")

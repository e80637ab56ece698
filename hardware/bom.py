"""Bill of materials: one CSV a board, written from the lists of parts and compared with them.

A price stands only when somebody has an offer: the column is empty until then, never guessed.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware.books import Books, Part

HEAD = (
    "references",
    "quantity",
    "value",
    "maker",
    "mpn",
    "alternates",
    "footprint",
    "option",
    "price_eur",
)


def _order(ref: str) -> tuple[str, int]:
    match = re.fullmatch(r"([A-Z]+)(\d+)", ref)
    return (match[1], int(match[2])) if match else (ref, 0)


def table(books: Books, board: str) -> str:
    """The bill of `board` as CSV, one line for one thing to buy."""
    groups: dict[tuple[str, str, str, str], list[Part]] = {}
    for part in books.parts(board).values():
        groups.setdefault((part.mpn, part.maker, part.footprint, part.option), []).append(part)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    for parts in sorted(groups.values(), key=lambda some: _order(some[0].ref)):
        refs = sorted((part.ref for part in parts), key=_order)
        one = parts[0]
        values = " / ".join(dict.fromkeys(part.value for part in parts))
        price = books.kinds[one.key].get("price_eur", "")
        writer.writerow(
            [
                " ".join(refs),
                len(parts),
                values,
                one.maker,
                one.mpn,
                "; ".join(one.alternates),
                one.footprint,
                one.option,
                price,
            ]
        )
    return out.getvalue()

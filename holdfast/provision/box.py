"""A box of keypads: one line of a CSV each, and a second CSV of those that are done.

The second file holds public fields only (it is what labels are made from), is written after each
keypad, and is what a second run goes on from.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.labels import LabelError
from holdfast.labels.command import COLUMNS, read_csv
from holdfast.provision import ProvisionError

if TYPE_CHECKING:
    from pathlib import Path

    from holdfast.labels.layout import Keypad

KEYPADS_MAX = 500
ZONE_MAX = 65535
_COLUMNS = {"zone", "zone_name", "port"}


@dataclass(frozen=True)
class Place:
    """Where one keypad goes. `port` is empty when the installer plugs them in one by one."""

    zone: int
    zone_name: str
    port: str = ""


def read(path: Path) -> list[Place]:
    """The places of a box. ProvisionError with the line that is wrong; none is begun then."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ProvisionError(f"{path} cannot be read ({error}); give a CSV file in UTF-8") from None
    unknown = set(reader.fieldnames or ()) - _COLUMNS
    if unknown or "zone" not in (reader.fieldnames or ()):
        raise ProvisionError(
            f"{path}: the first line must name the columns zone, zone_name and, if boards are "
            f"plugged in together, port; it has {', '.join(reader.fieldnames or ['nothing'])}"
        )
    if not 0 < len(rows) <= KEYPADS_MAX:
        raise ProvisionError(f"{path} has {len(rows)} keypads; 1 to {KEYPADS_MAX} go at once")
    places: list[Place] = []
    for number, row in enumerate(rows, 2):
        text = (row["zone"] or "").strip()
        if not (text.isascii() and text.isdigit() and int(text) <= ZONE_MAX):
            raise ProvisionError(f"{path} line {number}: zone '{text}' is not 0 to {ZONE_MAX}")
        place = Place(int(text), (row.get("zone_name") or "").strip(), row.get("port") or "")
        for other in places:
            if other.zone == place.zone or (place.port and other.port == place.port):
                raise ProvisionError(
                    f"{path} line {number}: zone {place.zone} or port {place.port or '-'} stands "
                    "there twice; each keypad has its own"
                )
        places.append(place)
    return places


def done(path: Path) -> list[Keypad]:
    """Those that are done already, as labels want them."""
    if not path.exists():
        return []
    try:
        return read_csv(path)
    except LabelError as error:
        raise ProvisionError(f"{error}; move the file away to begin anew") from None


def note(path: Path, keypad: Keypad, before: str = "") -> None:
    """Add one that is done, and forget `before` whose place it takes; durably, all or nothing.

    A second run must not make it again, and no sheet may show an identity that is revoked.
    """
    there = [one for one in done(path) if one.device != before]
    fresh = path.with_name(path.name + ".new")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in (*there, keypad):
            writer.writerow([getattr(one, name) for name in COLUMNS])
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)

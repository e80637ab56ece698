"""The audit: every entry, signal and deed in one hash chain. Never commits.

It promises that whoever changes, removes or inserts a row is found, and that the first bad row is
named. Rows are linked a moment after their COMMIT, off the alarm path; whoever keeps an exported
head finds a chain that was cut or written anew as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from alarm_receiver.domain.chain import GENESIS, digest, link
from alarm_receiver.store.desk import audit, deed
from alarm_receiver.store.hot import Hot
from alarm_receiver.store.tables import entry, signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

SETTLE_MS = 2_000
"""Rows younger than this may still be committed out of order by another writer."""
AT_ONCE = 500
SOURCES: dict[str, tuple[Any, Any]] = {
    "entry": (entry, entry.c.at_ms),
    "signal": (signal, signal.c.received_ms),
    "deed": (deed, deed.c.at_ms),
}
_COUNTED = {"arrivals"}
"""Columns that may change: the count of duplicates."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last link: what to export, sign and keep elsewhere."""

    seq: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Links:
    """Links to be appended after a head: seq, source, row, digest of the row, hash."""

    after: Head
    rows: list[tuple[int, str, int, bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong: which link, which row, what."""

    seq: int
    source: str
    row: int
    what: str

    def __str__(self) -> str:
        return f"link {self.seq}: {self.source} {self.row}: {self.what}"


def head(connection: Connection) -> Head:
    """The last link; seq 0 of an empty chain."""
    row = connection.execute(
        select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
    ).one_or_none()
    return Head(0, GENESIS) if row is None else Head(row[0], bytes(row[1]))


def seal(connection: Connection, now_ms: int) -> int:
    """Link rows that have settled, at most AT_ONCE of each source; how many."""
    return append(connection, prepare(connection, now_ms))


def prepare(connection: Connection, now_ms: int) -> Links:
    """What `append` is to write; reads only, and takes nobody's turn."""
    last = head(connection)
    seq, before, rows = last.seq, last.hash, []
    for source, (table, moment) in SOURCES.items():
        known = connection.execute(
            select(func.max(audit.c.row)).where(audit.c.source == source)
        ).scalar()
        query = (
            select(*_columns(table))
            .where(table.c.seq > (known or 0), moment <= now_ms - SETTLE_MS)
            .order_by(table.c.seq)
            .limit(AT_ONCE)
        )
        for row in connection.execute(query):
            seq += 1
            row_digest = digest(row)
            before = link(before, seq, source, row[0], row_digest)
            rows.append((seq, source, row[0], row_digest, before))
    return Links(last, rows)


def append(connection: Connection, links: Links) -> int:
    """Write prepared links; how many. None when another process was quicker: prepare anew."""
    if not links.rows or head(connection) != links.after:
        return 0
    hot = Hot.of(connection)
    try:
        hot.write_links(links.rows)
    finally:
        hot.close()
    return len(links.rows)


def verify(connection: Connection, kept: Head | None = None) -> Fault | None:
    """The first fault of the chain, or None. `kept` is a head that was exported before."""
    rows = {source: _rows(connection, source) for source in SOURCES}
    expected, before = 0, GENESIS
    for one in connection.execute(select(audit).order_by(audit.c.seq)):
        expected += 1
        if one.seq != expected:
            return Fault(expected, "audit", expected, "the link is missing")
        fault = _row_fault(one, next(rows[one.source], None))
        if fault is not None:
            return fault
        before = link(before, one.seq, one.source, one.row, bytes(one.digest))
        if before != bytes(one.hash):
            return Fault(one.seq, one.source, one.row, "the link was changed")
        if kept is not None and one.seq == kept.seq and before != kept.hash:
            return Fault(one.seq, one.source, one.row, "the chain was written anew")
    if kept is not None and kept.seq > expected:
        return Fault(kept.seq, "audit", kept.seq, "the chain was cut short")
    return None


def _row_fault(one: Any, found: tuple[Any, ...] | None) -> Fault | None:
    """What is wrong with the row that the link `one` speaks of."""
    if found is None or found[0] > one.row:
        return Fault(one.seq, one.source, one.row, "the row is missing")
    if found[0] < one.row:
        return Fault(one.seq, one.source, found[0], "the row was never linked")
    if digest(found) != bytes(one.digest):
        return Fault(one.seq, one.source, one.row, "the row was changed")
    return None


def _rows(connection: Connection, source: str) -> Iterator[tuple[Any, ...]]:
    table, _ = SOURCES[source]
    start = 0
    while True:
        query = select(*_columns(table)).where(table.c.seq > start).order_by(table.c.seq)
        some = [tuple(row) for row in connection.execute(query.limit(AT_ONCE))]
        if not some:
            return
        yield from some
        start = some[-1][0]


def _columns(table: Any) -> list[Any]:
    return [column for column in table.columns if column.name not in _COUNTED]

"""The audit: every entry, signal and deed in one hash chain. Never commits.

It promises that whoever changes, removes or inserts a row is found, and that the first bad row is
named. A row that is gone is no fault where a linked deed of erasing names it, and nowhere else.
Rows are linked a moment after their COMMIT, off the alarm path; whoever keeps an exported head
finds a chain that was cut or written anew as well.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from alarm_receiver.domain.chain import GENESIS, digest, link
from alarm_receiver.domain.retention import without
from alarm_receiver.store.desk import audit, deed
from alarm_receiver.store.hot import Hot
from alarm_receiver.store.tables import entry, signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from alarm_receiver.domain.retention import Run

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
        for row in connection.execute(query).all():  # one by one they cost twice as much
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


def verify(
    connection: Connection,
    kept: Head | None = None,
    *,
    tell: Callable[[int], object] = lambda _: None,
) -> Fault | None:
    """The first fault of the chain, or None. `kept` is a head that was exported before.

    `tell` hears now and then how many links were looked at. A chain of any length takes the same
    memory.
    """
    rows = {source: _Rows(connection, source) for source in SOURCES}
    gaps = _gaps(connection)
    expected, before = 0, GENESIS
    for one in _chain(connection):
        expected += 1
        if not expected % AT_ONCE:
            tell(expected)
        if one.seq != expected:
            return Fault(expected, "audit", expected, "the link is missing")
        found = rows[one.source].next_to(one.row)
        if found is None and not _erased(gaps, one):
            gaps = _gaps(connection)  # somebody may erase while we read
        fault = None if found is None and _erased(gaps, one) else _row_fault(one, found)
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


def _chain(connection: Connection) -> Iterator[Any]:
    """All links in order, read in parts: PostgreSQL's driver keeps all that one query finds."""
    after = 0
    while True:
        query = select(audit).where(audit.c.seq > after).order_by(audit.c.seq).limit(AT_ONCE)
        some = connection.execute(query).all()
        yield from some
        if len(some) < AT_ONCE:
            return
        after = some[-1].seq


def _gaps(connection: Connection) -> dict[str, list[Run]]:
    """The rows that linked deeds of erasing name, by source, in order.

    The deeds themselves are checked like every row; one that was changed is a fault of its own.
    """
    query = (
        select(deed.c.seq, deed.c.what, deed.c.detail)
        .join(audit, (audit.c.source == "deed") & (audit.c.row == deed.c.seq))
        .where(deed.c.what.in_(("erase", "erased")))
        .order_by(deed.c.seq)
    )
    named: dict[int, dict[str, list[Run]]] = {}
    for row in connection.execute(query):
        if row.what == "erase":
            some = row.detail.get("ranges", {})
            named[row.seq] = {name: [(one[0], one[1]) for one in some[name]] for name in some}
            continue
        mine = named.get(row.detail.get("erasing"), {})
        for name, kept in row.detail.get("kept", {}).items():
            stayed = (number for one in kept for number in range(one[0], one[1] + 1))
            mine[name] = without(mine.get(name, []), stayed)
    found: dict[str, list[Run]] = {}
    for some in named.values():
        for name, ranges in some.items():
            found.setdefault(name, []).extend(ranges)
    return {name: sorted(ranges) for name, ranges in found.items()}


def _erased(gaps: dict[str, list[Run]], one: Any) -> bool:
    """Whether a deed of erasing names the row of this link."""
    ranges = gaps.get(one.source, [])
    place = bisect_right(ranges, (one.row, 2**63))
    return any(first <= one.row <= last for first, last in reversed(ranges[:place]))


def _row_fault(one: Any, found: tuple[Any, ...] | None) -> Fault | None:
    """What is wrong with the row that the link `one` speaks of."""
    if found is None:
        return Fault(one.seq, one.source, one.row, "the row is missing")
    if found[0] < one.row:
        return Fault(one.seq, one.source, found[0], "the row was never linked")
    if digest(found) != bytes(one.digest):
        return Fault(one.seq, one.source, one.row, "the row was changed")
    return None


class _Rows:
    """The rows of one source in order, as the chain goes through them."""

    def __init__(self, connection: Connection, source: str) -> None:
        self._table, _ = SOURCES[source]
        self._connection = connection
        self._some: deque[tuple[Any, ...]] = deque()
        self._start = 0

    def next_to(self, row: int) -> tuple[Any, ...] | None:
        """The next row, if it is `row` or one before it; None when `row` is gone."""
        if not self._some:
            seq = self._table.c.seq
            query = select(*_columns(self._table)).where(seq > self._start).order_by(seq)
            some = self._connection.execute(query.limit(AT_ONCE))
            self._some.extend(tuple(one) for one in some)
            if self._some:
                self._start = self._some[-1][0]
        if self._some and self._some[0][0] <= row:
            return self._some.popleft()
        return None


def _columns(table: Any) -> list[Any]:
    return [column for column in table.columns if column.name not in _COUNTED]

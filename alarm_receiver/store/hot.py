"""The statements of the intake's hot path, as SQL for the driver itself.

A group costs the same few statements whatever its size, and no statement is built while an alarm
waits: through SQLAlchemy's expression layer one signal cost 3 to 6 times the CPU of this. The
tables are those of `store.tables`; the two dialects differ in how a list is handed over, and in
nothing else. It reads and writes on the connection's open transaction and never commits.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec

from alarm_receiver.domain.chain import DIGEST_BYTES
from alarm_receiver.domain.intake import LATE_MS, Stored
from alarm_receiver.domain.ticket import Stale, State, Ticket, TicketClass
from alarm_receiver.store.arrays import columns
from alarm_wire.frame import CONTENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from alarm_receiver.domain.intake import Arrival, Identity
    from alarm_receiver.domain.ticket import Entry

_TICKET = (
    "id, agency, site, class, number, state, version, round, opened_ms, due_ms, closed_ms, "
    "holder, outcome, kind, silent, confirmed, transfers"
)
_MOVED = (
    "state, version, round, due_ms, closed_ms, holder, outcome, kind, silent, confirmed, transfers"
)
SIGNAL = (
    "device, epoch, number, site, kind, flags, zone, frame, received_ms, age_ms, age_exact, late, "
    "ticket, arrivals"
)
JOINED = "version, kind, silent, confirmed"
"""What evidence changes on a live ticket; no index holds any of it."""
_FOUND = "s.device, s.epoch, s.number, s.frame, s.ticket, r.seq"
_TOLD = "LEFT JOIN receipt r ON r.device = s.device AND r.epoch = s.epoch AND r.number = s.number"
_OPENER = "(SELECT e.actor FROM entry e WHERE e.ticket = t.id AND e.version = 1)"
_LIVE = (
    f"SELECT {_TICKET}, CASE WHEN class = 'emergency' AND NOT confirmed THEN {_OPENER} END "
    "FROM ticket t WHERE state <> 'closed' AND "
)


def _places(columns: str) -> str:
    return ", ".join("?" for _ in columns.split(","))


def _assign(columns: str) -> str:
    return ", ".join(f"{name.strip()} = ?" for name in columns.split(","))


_BOTH = {
    "one": f"SELECT {_FOUND} FROM signal s {_TOLD} "
    "WHERE s.device = ? AND s.epoch = ? AND s.number = ?",
    "live_one": _LIVE + "site = ?",
    "ticket": f"INSERT INTO ticket ({_TICKET}) VALUES ({_places(_TICKET)})",
    "move": f"UPDATE ticket SET {_assign(_MOVED)} WHERE id = ? AND version = ?",
    "entry": "INSERT INTO entry (ticket, version, at_ms, actor, act, due_ms, detail) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)",
    "signal": f"INSERT INTO signal ({SIGNAL}) VALUES ({_places(SIGNAL)}) "
    "ON CONFLICT (device, epoch, number) DO UPDATE SET arrivals = signal.arrivals + 1",
    "fresh": f"INSERT INTO signal ({SIGNAL}) VALUES ({_places(SIGNAL)})",
    "join": f"UPDATE ticket SET {_assign(JOINED)} WHERE id = ? AND version = ?",
    "receipt": "INSERT INTO receipt (device, epoch, number, site, ticket, made_ms) "
    "VALUES (?, ?, ?, ?, ?, ?)",
    "link": "INSERT INTO audit (seq, source, row, digest, hash) VALUES (?, ?, ?, ?, ?)",
    "counter": "SELECT next_number FROM agency WHERE id = ?",
    "count": "UPDATE agency SET next_number = ? WHERE id = ?",
}
_SQLITE = _BOTH | {
    "many": f"SELECT {_FOUND} FROM json_each(?) j JOIN signal s ON s.device = j.value ->> 0 AND "
    f"s.epoch = j.value ->> 1 AND s.number = j.value ->> 2 {_TOLD}",
    "live_many": _LIVE + "site IN (SELECT value FROM json_each(?))",
    "counter_locked": _BOTH["counter"],
}
_POSTGRESQL = {
    name: text.replace("?", "%s")
    for name, text in (
        _BOTH
        | {
            "many": f"SELECT {_FOUND} FROM unnest(?::text[], ?::bigint[], ?::bigint[]) AS "
            "w (device, epoch, number) JOIN signal s ON s.device = w.device AND "
            f"s.epoch = w.epoch AND s.number = w.number {_TOLD}",
            "live_many": _LIVE + "site = ANY(?)",
            "counter_locked": _BOTH["counter"] + " FOR UPDATE",
        }
    ).items()
}


_IDENTITY = ("text", "bigint", "bigint")
_TYPES = {
    "link": ("bigint", "text", "bigint"),
    "entry": ("text", "int", "bigint", "text", "text", "bigint", "json"),
    "signal": (
        *("text", "bigint", "bigint", "text", "int", "int", "int", "bytea", "bigint", "bigint"),
        *("boolean", "boolean", "text", "int"),
    ),
    "move": (
        *("text", "int", "int", "bigint", "bigint", "text", "text", "text", "boolean", "boolean"),
        *("int", "text", "int"),
    ),
}


def _arrays(name: str) -> str:
    return "unnest(" + ", ".join(f"%s::{one}[]" for one in _TYPES[name]) + ")"


_MOVES = [one.strip() for one in _MOVED.split(",")]
_ARRAYS = {
    "entry": "INSERT INTO entry (ticket, version, at_ms, actor, act, due_ms, detail) "
    f"SELECT * FROM {_arrays('entry')}",
    "signal": f"INSERT INTO signal ({SIGNAL}) SELECT * FROM {_arrays('signal')} "
    "ON CONFLICT (device, epoch, number) DO UPDATE SET arrivals = signal.arrivals + 1",
    "move": "UPDATE ticket t SET "
    + ", ".join(f"{one} = w.{one}" for one in _MOVES)
    + f" FROM {_arrays('move')} AS w ({_MOVED}, id, old) "
    "WHERE t.id = w.id AND t.version = w.old",
}
"""On PostgreSQL a group's rows go over as arrays: one statement instead of one a row."""
_DIGEST = f"substring(%b::bytea, ({DIGEST_BYTES} * (place - 1) + 1)::int, {DIGEST_BYTES})"
_LINKS = (
    f"INSERT INTO audit (seq, source, row, digest, hash) SELECT seq, source, row, {_DIGEST}, "
    f"{_DIGEST} FROM {_arrays('link')} WITH ORDINALITY AS w (seq, source, row, place)"
)
"""Digests, all of one length, go over end to end."""


_AT_ONCE = 100


@cache
def _links(rows: int) -> str:
    """So many links in one statement of SQLite.

    A thread that writes them one by one waits for the interpreter lock after each, beside a flood,
    while the flood waits for its turn. Signals and entries do not gain by it: decision 38.
    """
    head, _, values = _SQLITE["link"].partition("VALUES ")
    return f"{head}VALUES {', '.join([values] * rows)}"


class Hot:
    """The hot path's statements on one connection's open transaction."""

    def __init__(self, cursor: Any, *, sqlite: bool) -> None:
        self._sqlite = sqlite
        self._sql = _SQLITE if sqlite else _POSTGRESQL
        self._cursor = cursor

    @staticmethod
    def of(connection: Connection) -> Hot:
        """The statements on a cursor of `connection`."""
        sqlite = connection.dialect.name == "sqlite"
        return Hot(connection.connection.cursor(), sqlite=sqlite)

    def stored(self, identities: Sequence[Identity]) -> dict[Identity, Stored]:
        """What is stored of `identities`."""
        if len(identities) == 1:
            self._cursor.execute(self._sql["one"], identities[0])
        elif self._sqlite:
            self._cursor.execute(self._sql["many"], (json.dumps(identities),))
        else:
            self._cursor.execute(self._sql["many"], columns(identities, _IDENTITY))
        return {
            (row[0], row[1], row[2]): Stored(
                bytes(row[3][:CONTENT_BYTES]), row[4], row[5] is not None
            )
            for row in self._cursor.fetchall()
        }

    def live(self, sites: Sequence[str]) -> tuple[list[Ticket], dict[str, str]]:
        """The live tickets of `sites`, and the opening device of unconfirmed emergencies."""
        if len(sites) == 1:
            self._cursor.execute(self._sql["live_one"], sites)
        else:
            self._cursor.execute(
                self._sql["live_many"], (json.dumps(sites) if self._sqlite else list(sites),)
            )
        rows = self._cursor.fetchall()
        openers = {row[0]: row[17].removeprefix("device:") for row in rows if row[17]}
        return [_ticket(row) for row in rows], openers

    def counter(self, agency: str, *, locked: bool) -> int:
        """The next ticket number of an agency; locked until COMMIT where there are row locks."""
        self._cursor.execute(self._sql["counter_locked" if locked else "counter"], (agency,))
        row = self._cursor.fetchone()
        return int(row[0])

    def count(self, agency: str, number: int) -> None:
        """Set the next ticket number."""
        self._cursor.execute(self._sql["count"], (number, agency))

    def open_tickets(self, tickets: Iterable[Ticket]) -> None:
        """Insert new tickets."""
        rows = [
            (one.id, one.agency, one.site, one.class_, one.number, *_moved(one, opened=True))
            for one in tickets
        ]
        self._many("ticket", rows)

    def move_tickets(self, tickets: Iterable[tuple[Ticket, int]]) -> None:
        """Write tickets that were at the version beside them; Stale when one is not any more."""
        rows = [(*_moved(one, opened=False), one.id, version) for one, version in tickets]
        self._move("move", rows)

    def join_tickets(self, tickets: Iterable[tuple[Ticket, int]]) -> None:
        """Write what evidence changed on tickets at the version beside them; Stale as above."""
        rows = [
            (one.version, one.kind, one.silent, one.confirmed, one.id, version)
            for one, version in tickets
        ]
        self._move("join", rows)

    def _move(self, name: str, rows: list[Any]) -> None:
        self._many(name, rows)
        if rows and self._cursor.rowcount != len(rows):
            raise Stale(rows[0][-1], [])

    def write_entries(self, entries: Iterable[Entry]) -> None:
        """Append entries."""
        rows = [
            (
                one.ticket,
                one.version,
                one.at_ms,
                one.actor,
                str(one.act),
                one.due_ms,
                detail_text(one),
            )
            for one in entries
        ]
        self._many("entry", rows)

    def write_signals(self, arrivals: Iterable[tuple[Arrival, str | None]]) -> None:
        """Store new signals on their tickets; each identity once."""
        self._many("signal", [signal_row(one, ticket) for one, ticket in arrivals])

    def write_fresh(self, arrivals: Iterable[tuple[Arrival, str | None]]) -> None:
        """Store signals that nobody looked for; the driver's IntegrityError if one is stored."""
        self._many("fresh", [signal_row(one, ticket) for one, ticket in arrivals])

    def count_duplicates(self, arrivals: Iterable[tuple[Arrival, str | None]]) -> None:
        """Count an arrival more of signals that are stored; the same one may come twice."""
        for one, ticket in arrivals:
            self._many("signal", [signal_row(one, ticket)])

    def write_receipts(self, receipts: Iterable[tuple[Arrival, str]], now_ms: int) -> None:
        """Queue "acknowledged" for signals that joined a ticket in work."""
        rows = [
            (one.device, one.signal.epoch, one.signal.number, one.site, ticket, now_ms)
            for one, ticket in receipts
        ]
        self._many("receipt", rows)

    def write_links(self, rows: list[tuple[int, str, int, bytes, bytes]]) -> None:
        """Append to the audit's chain: seq, source, row, digest, hash."""
        if self._sqlite:
            for place in range(0, len(rows), _AT_ONCE):
                some = rows[place : place + _AT_ONCE]
                self._cursor.execute(_links(len(some)), tuple(chain.from_iterable(some)))
            return
        if not rows:
            return
        seq, source, row, digests, hashes = zip(*rows, strict=True)
        texts = columns(list(zip(seq, source, row, strict=True)), _TYPES["link"])
        self._cursor.execute(_LINKS, (b"".join(digests), b"".join(hashes), *texts))

    def close(self) -> None:
        """Give the cursor back."""
        self._cursor.close()

    def _many(self, name: str, rows: list[Any]) -> None:
        if len(rows) == 1:
            self._cursor.execute(self._sql[name], rows[0])
        elif rows and name in _ARRAYS and not self._sqlite:
            self._cursor.execute(_ARRAYS[name], columns(rows, _TYPES[name]))
        elif rows:
            self._cursor.executemany(self._sql[name], rows)


def _ticket(row: Any) -> Ticket:
    return Ticket(
        row[0],
        row[1],
        row[2],
        TicketClass(row[3]),
        row[4],
        State(row[5]),
        row[6],
        row[7],
        row[8],
        due_ms=row[9],
        closed_ms=row[10],
        holder=row[11],
        outcome=row[12],
        kind=row[13],
        silent=bool(row[14]),
        confirmed=bool(row[15]),
        transfers=row[16],
    )


def _moved(one: Ticket, *, opened: bool) -> tuple[Any, ...]:
    """The columns that change, in the order of _MOVED; in that of _TICKET when `opened`."""
    head = (str(one.state), one.version, one.round)
    tail = (one.due_ms, one.closed_ms, one.holder, one.outcome, one.kind)
    flags = (one.silent, one.confirmed, one.transfers)
    return (*head, one.opened_ms, *tail, *flags) if opened else (*head, *tail, *flags)


def detail_text(one: Entry) -> str:
    """The detail of an entry as the JSON that the column keeps: one line, no spaces."""
    return msgspec.json.encode(one.detail).decode()


def signal_row(one: Arrival, ticket: str | None) -> tuple[Any, ...]:
    """The row of a signal, in the order of SIGNAL."""
    said, age = one.signal, one.age
    # A device may claim any uptime; the column has 63 bits.
    age_ms = min(age.ms, 0x7FFF_FFFF_FFFF_FFFF)
    return (
        one.device,
        said.epoch,
        said.number,
        one.site,
        said.kind,
        said.flags,
        said.zone,
        one.frame,
        one.received_ms,
        age_ms,
        age.exact,
        age.ms > LATE_MS,
        ticket,
        1,
    )

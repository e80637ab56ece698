"""The short way into the store: new signals on tickets that were not read, in one round trip.

It promises that either all of a group's work is committed or nothing is, and that nothing wrong is
ever written however old the memory behind it: a ticket that has moved on already has an entry of
the next version, a duplicate already has its identity, and both are keys. The group that met one
of them takes the long way, which reads first. It writes no other rows than `store.hot` would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from psycopg import OperationalError
from psycopg.pq import ConnStatus, ExecStatus

from alarm_receiver.store.arrays import array, columns
from alarm_receiver.store.database import NOT_COMMITTED, StoreError
from alarm_receiver.store.hot import JOINED, SIGNAL, detail_text, signal_row
from alarm_receiver.store.waiting import GROUP_MAX
from alarm_wire.frame import SIGNAL_BYTES

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence

    from psycopg import Connection
    from psycopg.pq.abc import PGconn
    from sqlalchemy import Engine
    from sqlalchemy.pool import PoolProxiedConnection

    from alarm_receiver.domain.intake import Work


class Express(Protocol):
    """One connection for signals on tickets that were not read, one group at a time.

    It belongs to one event loop. What is sent ends by `tell` and `receive`, or `send` raises.
    """

    most: int
    """Signals in one group."""

    @property
    def ready(self) -> bool:
        """Whether something can be sent."""
        ...

    def open(self) -> None:
        """Connect; may block. Raises StoreError or the driver's error."""
        ...

    def mine(self, call: Callable[[], object]) -> bool:
        """Whether a group may be sent now; where not, `call` comes from a thread when it may."""
        ...

    def write(self, work: Work) -> Any:
        """All of `work`, which `joins_only`, as `send` takes it."""
        ...

    def send(
        self, written: Any, loop: asyncio.AbstractEventLoop, tell: Callable[[], object]
    ) -> None:
        """Send it; `tell` is called in `loop` whenever `receive` may know more. Raises likewise."""
        ...

    def receive(self) -> bool | None:
        """Whether what was sent is committed; None: not known yet, or nothing was sent.

        Raises StoreError when it was not, the driver's OperationalError when that is not known.
        """
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


_STATEMENT = f"""
WITH moved AS (
    UPDATE ticket t SET {", ".join(f"{one} = m.{one}" for one in JOINED.split(", "))}
    FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::boolean[], $6::boolean[])
        AS m (id, old, {JOINED})
    WHERE t.id = m.id AND t.version = m.old RETURNING 1
), stored AS (
    INSERT INTO signal ({SIGNAL})
    SELECT device, epoch, number, site, kind, flags, zone,
        substring($21::bytea, (({SIGNAL_BYTES} * (place - 1)) + 1)::int, {SIGNAL_BYTES}),
        received_ms, age_ms, age_exact, late, ticket, 1
    FROM unnest(
        $14::text[], $15::bigint[], $16::bigint[], $17::text[], $18::int[], $19::int[], $20::int[],
        $22::bigint[], $23::bigint[], $24::boolean[], $25::boolean[], $26::text[]
    ) WITH ORDINALITY AS w (device, epoch, number, site, kind, flags, zone,
        received_ms, age_ms, age_exact, late, ticket, place)
    WHERE (SELECT 1 / (count(*) = cardinality($1::text[]))::int FROM moved) = 1
    RETURNING 1
), entered AS (
    INSERT INTO entry (ticket, version, at_ms, actor, act, due_ms, detail)
    SELECT e.* FROM unnest(
        $7::text[], $8::int[], $9::bigint[], $10::text[], $11::text[], $12::bigint[],
        string_to_array($13, E'\n')::json[]) AS e
    WHERE (SELECT count(*) FROM stored) > 0
    RETURNING 1
)
SELECT count(*) FROM entered
"""  # noqa: S608 - our own names
"""Refused by the division when a ticket is not as it was, or by a key; in this order, so that what
is refused has taken no number of an entry, for which those who follow would have to wait."""
_LONE_STATEMENT = f"""
WITH moved AS (
    UPDATE ticket SET version = $3::int, kind = $4, silent = $5::boolean, confirmed = $6::boolean
    WHERE id = $1 AND version = $2::int RETURNING id
), stored AS (
    INSERT INTO signal ({SIGNAL})
    SELECT $7, $8::bigint, $9::bigint, $10, $11::int, $12::int, $13::int, $14::bytea,
        $15::bigint, $16::bigint, $17::boolean, $18::boolean, id, 1 FROM moved
    RETURNING ticket
), entered AS (
    INSERT INTO entry (ticket, version, at_ms, actor, act, due_ms, detail)
    SELECT ticket, $3::int, $19::bigint, $20, $21, $22::bigint, $23::json FROM stored RETURNING 1
)
SELECT count(*) FROM entered
"""  # noqa: S608 - our own names
"""The same for one signal, as nearly all come: a third less time than with arrays of one. Where the
ticket is not as it was nothing is written, and the count says so."""
_NAME, _LONE = b"express", b"lone"
_SETTINGS = (
    "SET plan_cache_mode = force_generic_plan",
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
)
"""One plan, for arrays of any length and tables of any size: by the keys. Without it the plan that
was made while a table was small reads all of it."""
_FORMATS = [0] * 20 + [1] + [0] * 5
_LONE_FORMATS = [0] * 13 + [1] + [0] * 9
"""All parameters are text but the frames."""
_FRAME = 7


@dataclass(frozen=True, slots=True)
class Written:
    """A group as PostgreSQL gets it: the statement's name, its parameters and their formats."""

    name: bytes
    parameters: Sequence[bytes | None]
    formats: Sequence[int]
    least: bytes
    """The least count of entries that the statement must tell."""


class OnPostgresql:
    """An `Express`: on its own connection, one prepared statement that is its own transaction.

    Straight through libpq and without waiting: what is sent is looked after by whoever watches the
    socket (`store.direct`). psycopg's own execute costs three times the CPU.
    """

    most = GROUP_MAX

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: PoolProxiedConnection | None = None
        self._pgconn: PGconn | None = None
        self._refused = False
        self._fine: bool | None = None
        self._least = b"0"
        self._watched: tuple[asyncio.AbstractEventLoop, int] | None = None

    @property
    def ready(self) -> bool:
        """Whether something can be sent."""
        return self._held is not None

    def open(self) -> None:
        """Connect; blocks. Raises StoreError or the driver's error; the long way is left."""
        if self._refused or self._held is not None:
            return
        held = self._engine.raw_connection()
        driver = self._driver(held)
        driver.autocommit = True
        for setting in _SETTINGS:
            driver.execute(setting)
        for name, statement in ((_NAME, _STATEMENT), (_LONE, _LONE_STATEMENT)):
            result = driver.pgconn.prepare(name, statement.encode())
            if result.status != ExecStatus.COMMAND_OK:
                held.invalidate()
                self._refused = True  # another engine than PostgreSQL; the long way asks less
                raise StoreError(f"the intake's statement is refused: {result.error_message!r}")
        driver.pgconn.nonblocking = 1
        self._held, self._pgconn = held, driver.pgconn

    @staticmethod
    def write(work: Work) -> Written:
        """All of `work`, which `joins_only`, as it will be sent."""
        lone = _lone(work)
        if lone is not None:
            return Written(_LONE, lone, _LONE_FORMATS, b"1")
        return Written(_NAME, _parameters(work), _FORMATS, b"0")

    @staticmethod
    def mine(_call: Callable[[], object]) -> bool:
        """As Express: always; other writers have connections of their own."""
        return True

    def send(
        self, written: Written, loop: asyncio.AbstractEventLoop, tell: Callable[[], object]
    ) -> None:
        """As Express. Raises psycopg's OperationalError when the connection is gone."""
        libpq = self._libpq()
        self._least = written.least
        libpq.send_query_prepared(written.name, written.parameters, written.formats)
        if self._watched is None:
            loop.add_reader(libpq.socket, tell)
            self._watched = (loop, libpq.socket)
        if libpq.flush():
            loop.add_writer(libpq.socket, self._flush, tell)

    def _flush(self, tell: Callable[[], object]) -> None:
        """Send more of it, now that there is room."""
        try:
            if self._libpq().flush() == 0 and self._watched is not None:
                self._watched[0].remove_writer(self._watched[1])
        except OperationalError:
            tell()  # receive says what is the matter

    def fileno(self) -> int:
        """The connection's socket."""
        return self._libpq().socket

    def receive(self) -> bool | None:
        """Whether what was sent is committed; None: no answer yet, or nothing was sent.

        Raises StoreError when PostgreSQL did not wait for its standby, OperationalError when the
        connection is gone: it may have been committed then.
        """
        libpq = self._libpq()
        libpq.consume_input()
        while not libpq.is_busy():
            result = libpq.get_result()
            if result is not None:
                fine = result.status == ExecStatus.TUPLES_OK
                fine = fine and (result.get_value(0, 0) or b"") >= self._least
                self._fine = self._fine is not False and fine
                continue
            # Only now is the transaction over; what the statement said before was no COMMIT.
            committed, self._fine = self._fine, None
            if committed is not None and libpq.status != ConnStatus.OK:
                raise OperationalError("the connection was lost before the answer")
            if self._held is not None and self._held.info.pop(NOT_COMMITTED, False):
                raise StoreError("the wait for the standby was cancelled: not committed")
            return committed
        return None

    def close(self) -> None:
        """Give the connection back."""
        self._fine = None
        if self._watched is not None:
            (loop, number), self._watched = self._watched, None
            if not loop.is_closed():
                loop.remove_reader(number)
                loop.remove_writer(number)
        if self._held is not None:
            self._held.invalidate()
            self._held = self._pgconn = None

    def _libpq(self) -> PGconn:
        if self._pgconn is None:
            raise OperationalError("there is no connection")
        return self._pgconn

    @staticmethod
    def _driver(held: PoolProxiedConnection) -> Connection[Any]:
        driver: Any = held.driver_connection
        return driver  # type: ignore[no-any-return]  # psycopg's; the pool knows no types


def _lone(work: Work) -> list[bytes | None] | None:
    """The parameters of one signal that makes one entry on its ticket; None for anything else."""
    if len(work.arrivals) != 1 or len(work.entries) != 1:
        return None
    ((ticket, old),) = work.moved
    ((arrival, to),) = work.arrivals
    (entry,) = work.entries
    row = signal_row(arrival, to)
    joined = (ticket.id, old, ticket.version, ticket.kind, ticket.silent, ticket.confirmed)
    entered = (entry.at_ms, entry.actor, entry.act, entry.due_ms, detail_text(entry))
    values = (*joined, *row[:_FRAME], None, *row[_FRAME + 1 : _FRAME + 5], *entered)
    parameters = [None if one is None else str(one).encode() for one in values]
    parameters[len(joined) + _FRAME] = row[_FRAME]
    return parameters


def _parameters(work: Work) -> list[bytes]:
    """Columns as array text; the frames, all of one length, end to end."""
    moved = [
        (one.id, old, one.version, one.kind, one.silent, one.confirmed) for one, old in work.moved
    ]
    entries = [
        (one.ticket, one.version, one.at_ms, one.actor, one.act, one.due_ms) for one in work.entries
    ]
    signals = list(zip(*(signal_row(one, to) for one, to in work.arrivals), strict=True))
    frames = signals.pop(_FRAME)
    stored = map(array, signals, _STORED)  # without the last, the arrivals: always 1
    texts = [
        *columns(moved, _MOVED),
        *columns(entries, _ENTERED),
        "\n".join(map(detail_text, work.entries)),
        *stored,
    ]
    parameters = [one.encode() for one in texts]
    parameters.insert(_FRAMES, b"".join(frames))
    return parameters


_MOVED = ("text", "int", "int", "text", "boolean", "boolean")
_ENTERED = ("text", "int", "bigint", "text", "text", "bigint")
_STORED = (
    *("text", "bigint", "bigint", "text", "int", "int", "int"),
    *("bigint", "bigint", "boolean", "boolean", "text"),
)
_FRAMES = 20

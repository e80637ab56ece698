"""Opens the database as the promises need it, or refuses to start.

It promises that a COMMIT on the writing engine is durable: SQLite in WAL with synchronous=FULL,
PostgreSQL with fsync, full_page_writes and synchronous_commit, asserted on every connection; and
that a commit which PostgreSQL reports as done although its wait for the standby was cancelled
counts as not committed. Reading never waits for writing.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Guard = Callable[[Engine], None]


class StoreError(Exception):
    """The store cannot be used; the text says what, where and what to do."""


class Unfit(StoreError):
    """The store is not set up as the promises need. The process must not go on."""


READERS = (8, 2)
"""Connections of people's requests: kept, and more when there are many."""
STEADY = (4, 6)
"""Those of what no person may hold up: engines, streams, receipts, figures."""
BUSY_MS = 10_000
LOCK_MS = 10_000
ASSERTED = (
    ("fsync", ("on",), "set it and restart PostgreSQL"),
    ("full_page_writes", ("on",), "set it and reload PostgreSQL"),
    ("synchronous_commit", ("on", "remote_apply"), "set it and reload PostgreSQL"),
    ("session_replication_role", ("origin",), "triggers guard what is written; see who set it"),
    ("server_encoding", ("UTF8",), "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0"),
)
"""What PostgreSQL must have, and what to do where it has something else."""
WRITING = (
    "-c synchronous_commit=on -c jit=off -c client_min_messages=warning "
    "-c default_transaction_isolation=read\\ committed"
)
"""Of who writes, whatever the user's or database's own settings are: warnings are heard (see
WAITS_FOR_STANDBY), and a statement sees what was committed before it."""
ENCODING = "client_encoding"
NOT_COMMITTED = "the wait for the standby was cancelled"
"""Key in a connection's `info`: PostgreSQL warned that a commit of it did not wait."""
WAITS_FOR_STANDBY = "SyncRepWaitForLSN"
"""The function of PostgreSQL that warns of it (syncrep.c), told with each warning. The text is in
the language of the server, `lc_messages`, which only its owner may set."""
NO_URL = (
    "HOLDFAST_RECEIVER_DATABASE is no database URL; use postgresql://USER@HOST:PORT/NAME, in which "
    "@ : / ? and # of a password are written as %40 %3A %2F %3F and %23"
)
BUSY_POLL_S = 0.005
"""How often a transaction of SQLite tries again while another process writes."""


def sqlite_url(path: Path) -> str:
    """The URL of the SQLite file at `path`."""
    return f"sqlite:///{path}"


def engine_url(url: str) -> str:
    """`url` as SQLAlchemy takes it, with our driver. Raises Unfit for what we do not know."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:  # what was written may hold a password
        raise Unfit(NO_URL) from error
    if "@" in (parsed.host or ""):
        raise Unfit(NO_URL)
    if parsed.get_backend_name() == "sqlite":
        return url
    if parsed.get_backend_name() != "postgresql":
        raise Unfit(
            f"HOLDFAST_RECEIVER_DATABASE: {parsed.get_backend_name()}:// is not supported; use "
            "postgresql://USER@HOST/NAME, PostgreSQL 15 or newer"
        )
    query = {**parsed.query, ENCODING: "utf8"}  # whatever the server's user or database is set to
    driven = parsed.set(drivername="postgresql+psycopg", query=query)
    return driven.render_as_string(hide_password=False)


def open_writer(url: str, guard: Guard = lambda _: None) -> Engine:
    """The one writing engine of this process, under `guard` (store.fence). Raises Unfit."""
    url = engine_url(url)
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            poolclass=StaticPool,
            pool_reset_on_return=None,  # one connection, and who gives it back may not have begun
            connect_args={"check_same_thread": False, "cached_statements": 512},
        )
        _prepare_sqlite(engine, "BEGIN IMMEDIATE", busy_ms=0)
    else:
        engine = create_engine(
            url,
            poolclass=QueuePool,
            pool_size=2,  # one for transactions, one held by store.express
            max_overflow=0,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5, "options": WRITING},
        )
        _prepare_postgresql(engine)
    guard(engine)
    try:
        with engine.connect() as connection:
            assert_durable(connection, where_is(url))
    except SQLAlchemyError as error:
        engine.dispose()
        raise Unfit(
            f"{where_is(url)} cannot be opened: {str(error.__cause__ or error).strip()}; see that "
            "it is there and that this user may open it"
        ) from error
    except Unfit:
        engine.dispose()
        raise
    return engine


def open_reader(
    url: str, guard: Guard = lambda _: None, *, connections: tuple[int, int] = READERS
) -> Engine:
    """An engine for reading the same store, so many connections wide."""
    url = engine_url(url)
    wide = {"pool_size": connections[0], "max_overflow": connections[1]}
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            poolclass=QueuePool,
            connect_args={"check_same_thread": False},
            **wide,
        )
        _prepare_sqlite(engine, "BEGIN")
        return engine
    engine = create_engine(
        url,
        **wide,
        pool_pre_ping=True,
        isolation_level="AUTOCOMMIT",  # what one reads counts per statement either way
        connect_args={"connect_timeout": 5, "options": "-c jit=off"},
    )
    guard(engine)
    return engine


def assert_durable(connection: Connection, where: str) -> None:
    """Raise Unfit unless a commit on this connection outlives a power cut."""
    if connection.dialect.name == "sqlite":
        journal = connection.execute(text("PRAGMA journal_mode")).scalar_one()
        synchronous = connection.execute(text("PRAGMA synchronous")).scalar_one()
        if journal != "wal" or synchronous != 2:  # noqa: PLR2004 - 2 is FULL
            raise Unfit(
                f"{where}: journal_mode is {journal}, synchronous is {synchronous}; receipts need "
                "wal and 2 (FULL). Put the data folder on a local disk (network file systems "
                "have no WAL)."
            )
        return
    assert_server(connection, where)


def assert_server(connection: Connection, where: str) -> None:
    """Raise Unfit unless the PostgreSQL behind this connection is set up as promises need it."""
    for name, wanted, remedy in ASSERTED:
        found = connection.execute(text(f"SHOW {name}")).scalar_one()
        if found not in wanted:
            raise Unfit(f"{where}: {name} is {found} and must be {' or '.join(wanted)}: {remedy}")


def wait_was_cancelled(connection: Connection) -> bool:
    """Whether PostgreSQL said that a commit on this connection did not wait for its standby."""
    return bool(connection.info.pop(NOT_COMMITTED, False))


def lock_order(connection: Connection, table: Any, column: Any, values: list[str]) -> None:
    """On engines with row locks, hold these rows of `table` until COMMIT, in one order."""
    if connection.dialect.name == "postgresql" and values:
        query = text(
            f"SELECT 1 FROM {table.name} WHERE {column.name} = ANY(:them) "  # noqa: S608 - our names
            f"ORDER BY {column.name} FOR UPDATE"
        )
        connection.execute(query, {"them": sorted(values)})


def where_is(url: str) -> str:
    """Where the store is, as people wrote it, without its password."""
    parsed = make_url(url).difference_update_query([ENCODING])
    shown = parsed.set(drivername=parsed.get_backend_name())
    return shown.render_as_string(hide_password=True)


def _prepare_sqlite(engine: Engine, begin: str, busy_ms: int = BUSY_MS) -> None:
    """Make sqlite3 leave transactions to us, and set each connection up.

    A transaction waits for other writers for BUSY_MS; other statements for `busy_ms`.
    """

    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",  # INSERT OR REPLACE asks the triggers for DELETE too
            "wal_autocheckpoint = 16000",  # 64 MB: with 16, a flood rewrote its pages four times
            "cache_size = -65536",
            f"busy_timeout = {busy_ms}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        until_s = time.monotonic() + BUSY_MS / 1000
        while True:
            try:
                connection.exec_driver_sql(begin)
            except OperationalError as error:
                code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
                if code != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
                time.sleep(BUSY_POLL_S)
            else:
                return

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)


def _prepare_postgresql(engine: Engine) -> None:
    """Listen for the warning that a commit is not what it claims, and bound waits for locks."""

    def on_connect(connection: Any, record: Any) -> None:
        def on_notice(diagnostic: Any) -> None:
            if diagnostic.source_function == WAITS_FOR_STANDBY:
                record.info[NOT_COMMITTED] = True

        connection.add_notice_handler(on_notice)
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = {LOCK_MS}")
        connection.commit()

    event.listen(engine, "connect", on_connect)

"""Opens the database as the promises need it, or refuses to start.

It promises that a COMMIT on the writing engine is durable (SQLite: WAL, synchronous=FULL,
asserted at start) and that reading never waits for writing. SQLite has one writer; the rest of
the receiver reaches it through `store.writer`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import QueuePool, StaticPool

if TYPE_CHECKING:
    from pathlib import Path


class StoreError(Exception):
    """The store cannot be used; the text says what, where and what to do."""


class Unfit(StoreError):
    """The store is not set up as the promises need. The process must not go on."""


READERS = 8
BUSY_MS = 10_000


def open_writer(path: Path) -> Engine:
    """The one writing engine of the SQLite file at `path`. Raises Unfit."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    _prepare(engine, "BEGIN IMMEDIATE")
    with engine.connect() as connection:
        assert_durable(connection, path)
    return engine


def open_reader(path: Path) -> Engine:
    """An engine for reading the same file, some connections wide."""
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=QueuePool,
        pool_size=READERS,
        connect_args={"check_same_thread": False},
    )
    _prepare(engine, "BEGIN")
    return engine


def assert_durable(connection: Connection, path: Path) -> None:
    """Raise Unfit unless a commit on this connection outlives a power cut."""
    journal = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    synchronous = connection.execute(text("PRAGMA synchronous")).scalar_one()
    if journal != "wal" or synchronous != 2:  # noqa: PLR2004 - 2 is FULL
        raise Unfit(
            f"{path}: journal_mode is {journal}, synchronous is {synchronous}; receipts need "
            "wal and 2 (FULL). Put the data folder on a local disk (network file systems "
            "have no WAL)."
        )


def _prepare(engine: Engine, begin: str) -> None:
    """Make sqlite3 leave transactions to us, and set each connection up."""

    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "wal_autocheckpoint = 4000",
            "cache_size = -65536",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)

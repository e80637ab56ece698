"""Brings a database to the version of this program, before anything else opens it.

It promises that a database of a newer program is refused instead of spoilt. Migrations run at
start from one process only; the doors never change a table.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from alarm_receiver.store.database import WRITING, Unfit, assert_server, engine_url, where_is

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.keybox import KeyBox

RACED = ("23505", "42P07", "42701", "42710", "40001", "40P01", "XX000")
"""SQLSTATEs of who found the table, row or type there that another process was just making."""
ATTEMPTS_MAX = 20
WAIT_S = 0.1
HERE = Path(__file__).parent / "migrations"


def upgrade(url: str, box: KeyBox | None = None) -> None:
    """Upgrade the database at `url`, making it when it is a missing file. Raises Unfit.

    `box` seals the keys of a database that still holds them in clear.
    """
    where = where_is(engine_url(url))
    engine = create_engine(engine_url(url), poolclass=NullPool, connect_args=_arguments(where))
    try:
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                with engine.connect() as connection:
                    if connection.dialect.name != "sqlite":
                        assert_server(connection, where)
                    upgrade_on(connection, where, box)
            except DBAPIError as error:
                if attempt == ATTEMPTS_MAX or getattr(error.orig, "sqlstate", "") not in RACED:
                    raise
                time.sleep(WAIT_S * attempt)  # another process does the same: look again
            else:
                return
    except SQLAlchemyError as error:
        cause = str(error.__cause__ or error).strip()
        raise Unfit(
            f"{where} cannot be opened as the receiver's database ({cause}); {_remedy(where)}"
        ) from error
    finally:
        engine.dispose()


def _arguments(where: str) -> dict[str, str]:
    """What one connects with: as who writes, whatever the server is set to."""
    return {} if where.startswith("sqlite") else {"options": WRITING}


def _remedy(where: str) -> str:
    if where.startswith("sqlite"):
        return "name another folder with --data, or restore a backup"
    return (
        "see that PostgreSQL runs and that HOLDFAST_RECEIVER_DATABASE names a database whose "
        "tables this user may make"
    )


def upgrade_on(connection: Connection, where: str, box: KeyBox | None = None) -> None:
    """Upgrade the database behind `connection` to the newest version. Raises Unfit."""
    config = configuration()
    revisions = list(ScriptDirectory.from_config(config).walk_revisions())
    known = {one.revision for one in revisions}
    current = MigrationContext.configure(connection).get_current_revision()
    if current == revisions[0].revision:
        return
    if current is not None and current not in known:
        raise Unfit(
            f"{where} was written by a newer receiver (revision {current}); install that version"
        )
    connection.rollback()
    config.attributes["connection"] = connection
    config.attributes["box"] = box
    if connection.dialect.name == "sqlite":
        # What a migration takes out is overwritten; and it is done whole or not at all, which
        # Python's sqlite3 gives to statements that change tables only when asked.
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    command.upgrade(config, "head")
    connection.commit()


def is_current(connection: Connection) -> bool:
    """Whether the database behind `connection` has the version of this program."""
    newest = ScriptDirectory.from_config(configuration()).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == newest


def configuration() -> Config:
    """Alembic's configuration; no file on disk is needed."""
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return config

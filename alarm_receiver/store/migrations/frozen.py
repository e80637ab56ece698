"""What revisions share: SQL files that stand beside them, one an engine, and CHECKs that change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from alarm_receiver.store.database import Unfit

if TYPE_CHECKING:
    from sqlalchemy import Connection

HERE = Path(__file__).parent / "versions"
SEPARATOR = "\n-- next\n"


def run(connection: Connection, name: str) -> None:
    """Run `name`.ENGINE.sql statement by statement."""
    text = (HERE / f"{name}.{connection.dialect.name}.sql").read_text("utf-8")
    for statement in text.split(SEPARATOR):
        connection.exec_driver_sql(statement)


def check(connection: Connection, table: str, name: str, condition: str, *, old: str = "") -> None:
    """Give `table` the CHECK `name`, or its other `condition` when it has it as `old`."""
    if connection.dialect.name == "postgresql":
        if old:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition})")
        return
    before = said(connection, table)
    whole = f"CONSTRAINT {name} CHECK ({condition})"
    if old:
        after = before.replace(f"CONSTRAINT {name} CHECK ({old})", whole)
    else:
        after = f"{before.rstrip()[:-1].rstrip()}, \n\t{whole}\n)"
    wrong = text(f"SELECT count(*) FROM {table} WHERE NOT ({condition})")  # noqa: S608 - our words
    retell(connection, table, after, wrong=connection.execute(wrong).scalar_one(), name=name)


def said(connection: Connection, table: str) -> str:
    """How SQLite was told `table`."""
    query = text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    return str(connection.execute(query, {"table": table}).scalar_one())


def retell(connection: Connection, table: str, after: str, *, wrong: int, name: str) -> None:
    """Change the text of `table` on SQLite for the constraint `name`, which `wrong` rows break.

    Rows stay where they are: of a CHECK or a foreign key only the text changes, which is the way
    that SQLite's own documentation gives ("Making Other Kinds Of Table Schema Changes").
    """
    if wrong or after == said(connection, table):
        raise Unfit(f"{table}: {wrong} rows are not as {name} wants; restore a backup")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    change = text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table")
    connection.execute(change, {"sql": after, "table": table})
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")

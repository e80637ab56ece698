"""Runs the SQL files that stand beside the revisions: one file an engine, as of their day."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import Connection

HERE = Path(__file__).parent / "versions"
SEPARATOR = "\n-- next\n"


def run(connection: Connection, name: str) -> None:
    """Run `name`.ENGINE.sql statement by statement."""
    text = (HERE / f"{name}.{connection.dialect.name}.sql").read_text("utf-8")
    for statement in text.split(SEPARATOR):
        connection.exec_driver_sql(statement)

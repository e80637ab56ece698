"""Writes the statements that make today's tables, for one engine, to standard output.

    python tools/freeze_schema.py sqlite|postgresql [TABLE...]

A revision keeps them as SQL beside it, so that it goes on making the tables of its day.
"""

from __future__ import annotations

import sys
from typing import Any

from sqlalchemy import create_mock_engine
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.store.schema import metadata

SEPARATOR = "\n-- next\n"


def main() -> None:
    """Print the statements, one after the other."""
    name, *tables = sys.argv[1:]
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[name].dialect()
    made: list[str] = []

    def note(statement: Any, *_args: Any, **_named: Any) -> None:
        made.append(str(statement.compile(dialect=dialect)).strip().replace("%%", "%"))

    engine = create_mock_engine("sqlite://" if name == "sqlite" else "postgresql+psycopg://", note)
    wanted = [metadata.tables[one] for one in tables] or None
    metadata.create_all(engine, tables=wanted, checkfirst=False)
    print(SEPARATOR.join(made))


main()

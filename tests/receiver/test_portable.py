"""The store asks nothing of PostgreSQL that its distributed relatives lack."""

import re
from pathlib import Path

import pytest

from alarm_receiver.store.schema import metadata

STORE = Path(__file__).parents[2] / "alarm_receiver"
LACKING = {
    "advisory locks": r"pg_(try_)?advisory",
    "LOCK TABLE": r"\bLOCK TABLE\b",
    "deferrable constraints": r"(?<!NOT )\bDEFERRABLE\b|deferrable=|initially=",
    "exclusion constraints": r"\bEXCLUDE (USING|\()|ExcludeConstraint",
    "inheritance": r"\bINHERITS\b",
    "temporary tables": r"\bTEMP(ORARY)? TABLE\b|prefixes=\[.TEMP",
    "two-phase commit": r"\bPREPARE TRANSACTION\b|begin_twophase",
    "indexes of other kinds": r"USING (gist|gin|brin|spgist|hash)\b|postgresql_using",
    "the database's clock": r"func\.now\(|\bnow\(\)|CURRENT_TIMESTAMP|clock_timestamp",
    "savepoints by name": r"\bSAVEPOINT \w",
}
HINTS = {"alarm_receiver/engine/bell.py"}
"""Where LISTEN and NOTIFY may stand: whoever does not hear it looks by himself."""


def sources():
    for path in sorted(STORE.rglob("*")):
        if path.suffix in (".py", ".sql") and "catalogues" not in path.parts:
            yield path.relative_to(STORE.parent), path.read_text("utf-8")


@pytest.mark.parametrize("what", LACKING)
def test_nothing_is_used_that_relatives_lack(what):
    found = [str(path) for path, said in sources() if re.search(LACKING[what], said)]
    assert found == []


def test_each_pattern_finds_what_it_means():
    examples = {
        "advisory locks": "SELECT pg_try_advisory_lock(1)",
        "LOCK TABLE": "LOCK TABLE ticket",
        "deferrable constraints": "REFERENCES x DEFERRABLE",
        "exclusion constraints": "EXCLUDE USING gist (a WITH &&)",
        "inheritance": "CREATE TABLE a () INHERITS (b)",
        "temporary tables": "CREATE TEMP TABLE x",
        "two-phase commit": "PREPARE TRANSACTION 'x'",
        "indexes of other kinds": "CREATE INDEX i ON t USING gin (a)",
        "the database's clock": "SELECT now()",
        "savepoints by name": "SAVEPOINT mine",
    }
    assert set(examples) == set(LACKING)
    for what, said in examples.items():
        assert re.search(LACKING[what], said), what


def test_a_notice_between_processes_is_a_hint_in_one_place():
    found = {str(path) for path, said in sources() if re.search(r"pg_notify|\bLISTEN \{?\w", said)}
    assert found == HINTS


def test_every_table_that_people_read_leads_to_its_agency():
    """Its own column, or a foreign key to something that has one: what a cell is cut along."""
    apart = {"sealing", "engine_beat", "audit", "refused"}
    for name, table in metadata.tables.items():
        assert name in apart or leads(table, set()), name


def leads(table, seen):
    if table.name == "agency" or "agency" in table.c:
        return True
    seen.add(table.name)
    others = {one.column.table for one in table.foreign_keys} - {table}
    return any(leads(other, seen) for other in others if other.name not in seen)

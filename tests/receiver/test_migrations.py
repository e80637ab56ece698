"""Every earlier version, populated, becomes this one on both stores; this one is the declared."""

import os
import re
import subprocess
import sys

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, delete, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import populated
from alarm_receiver.store import reach, registry
from alarm_receiver.store.database import Unfit, engine_url
from alarm_receiver.store.keybox import KeyBox
from alarm_receiver.store.migrate import configuration, upgrade, upgrade_on
from alarm_receiver.store.schema import metadata

REVISIONS = sorted(
    one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()
)
BOX = KeyBox(None, [b"\x07" * 32])


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'receiver.sqlite3'}"
    return request.getfixturevalue("postgres").fresh()


def engine_of(url):
    engine = create_engine(engine_url(url), poolclass=NullPool)
    return engine.execution_options(box=BOX)


def at(connection, revision):
    """Bring the database of `connection` to `revision` as the program does."""
    config = configuration()
    config.attributes["connection"] = connection
    config.attributes["box"] = BOX
    command.upgrade(config, revision)
    connection.commit()


def test_the_revisions_are_one_line_and_each_of_them_is_populated_here():
    script = ScriptDirectory.from_config(configuration())
    assert script.get_heads() == [REVISIONS[-1]]
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS
    filled = {table for rows in populated.ROWS.values() for table, _ in rows}
    assert set(metadata.tables) - filled <= {"device_key", "sealing", "endpoint"}


def rows_of(connection, tables):
    found = {}
    for table in tables:
        result = connection.execute(text(f'SELECT * FROM "{table}"'))  # noqa: S608 - our words
        found[table] = [
            {
                name: bytes(value) if isinstance(value, memoryview) else value
                for name, value in row.items()
            }
            for row in result.mappings()
        ]
    return found


def in_step(before, after):
    """Take out of `after` what 0024 does, as `test_old_kinds` shows it."""
    after.get("deed", [])[:] = [
        one for one in after.get("deed", []) if one["what"] != "fold_tickets"
    ]
    for rows in (before["ticket"], after["ticket"]):  # a changed row stands elsewhere
        rows.sort(key=lambda one: one["id"])
    for old, new in zip(before["ticket"], after["ticket"], strict=True):
        if new["id"] == populated.TICKET:
            assert new["kind"] in {"panic", old.get("kind")}
            new["kind"] = old.get("kind")


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_populated_database_of_an_earlier_version_keeps_every_row(url, revision):
    engine = engine_of(url)
    with engine.connect() as connection:
        at(connection, revision)
        populated.fill(connection, revision, BOX)
        connection.commit()
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        before = rows_of(connection, tables)
        assert all(before.values()), [name for name, rows in before.items() if not rows]
        upgrade_on(connection, url, BOX)
        assert set(tables) <= set(inspect(connection).get_table_names())
        after = rows_of(connection, tables)
        in_step(before, after)
        for table, rows in before.items():
            if populated.lost(revision, table):
                continue
            assert len(after[table]) == len(rows), table
            for old, new in zip(rows, after[table], strict=True):
                kept = {name: value for name, value in old.items() if name in new}
                assert kept == {name: new[name] for name in kept}, table
        (known,) = registry.known(connection, populated.DEVICE)
        assert known.secret == populated.KEY
        if revision >= "0002":
            hook = reach.endpoint_by_id(connection, "e1")
            assert reach.secrets_of(connection, hook, populated.NOW) == (populated.KEY,)
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        connection.rollback()
        for table in ("signal", "entry", "receipt"):
            with pytest.raises(DBAPIError, match="only grows"):
                connection.execute(delete(metadata.tables[table]))
            connection.rollback()
    engine.dispose()


def plain(said):
    """A CHECK, default or WHERE as text without what an engine adds of its own."""
    said = re.sub(r"::[a-z ]+(\(\d+\))?(\[\])?", "", str(said or "").lower())
    said = re.sub(r"= any \(array\[(.*?)\]\)", r"in (\1)", said)
    return re.sub(r"[\s()\"']", "", said)


def schema(connection):
    """Everything that a database enforces, in a form that can be compared."""
    look = inspect(connection)
    found = {}
    for table in look.get_table_names():
        if table == "alembic_version":
            continue
        found[table] = {
            "columns": {
                one["name"]: (str(one["type"]), one["nullable"], plain(one["default"]))
                for one in look.get_columns(table)
            },
            "primary": look.get_pk_constraint(table)["constrained_columns"],
            "foreign": {
                (
                    tuple(one["constrained_columns"]),
                    one["referred_table"],
                    tuple(one["referred_columns"]),
                )
                for one in look.get_foreign_keys(table)
            },
            "unique": {tuple(one["column_names"]) for one in look.get_unique_constraints(table)},
            "checks": {
                (one["name"], plain(one["sqltext"])) for one in look.get_check_constraints(table)
            },
        }
    if connection.dialect.name == "sqlite":
        query = (
            "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql > ''"
        )
    else:
        query = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND "
            "tablename <> 'alembic_version' UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM "
            "pg_trigger WHERE NOT tgisinternal UNION ALL SELECT proname, prosrc FROM pg_proc "
            "WHERE proname LIKE '%%_only_grows'"
        )
    found["indexes and triggers"] = {
        (name, re.sub(r"\s+", " ", said).strip())
        for name, said in connection.exec_driver_sql(query)
    }
    return found


def test_the_migrations_make_what_the_tables_declare(url, tmp_path, request):
    upgrade(url, BOX)
    engine = engine_of(url)
    with engine.connect() as connection:
        made = schema(connection)
    engine.dispose()
    if url.startswith("sqlite"):
        other = f"sqlite:///{tmp_path / 'declared.sqlite3'}"
    else:
        other = request.getfixturevalue("postgres").fresh()
    engine = engine_of(other)
    with engine.begin() as connection:
        metadata.create_all(connection)
    with engine.connect() as connection:
        declared = schema(connection)
    engine.dispose()
    assert set(made) == set(declared)
    for name, said in declared.items():
        if isinstance(said, set):
            assert made[name] == said
            continue
        for what, wanted in said.items():
            assert made[name][what] == wanted, (name, what)


def test_a_difference_would_be_seen(url):
    upgrade(url, BOX)
    engine = engine_of(url)
    with engine.connect() as connection:
        before = schema(connection)
        for statement in (
            "DROP INDEX ticket_one_live_ix",
            "ALTER TABLE site ADD COLUMN more INTEGER",
            "CREATE UNIQUE INDEX zone_name_ix ON zone (name)",
        ):
            connection.exec_driver_sql(statement)
            assert schema(connection) != before, statement
            connection.rollback()
    engine.dispose()


def test_several_parts_may_start_at_once_on_an_empty_database(postgres, tmp_path):
    """On different machines there is no lock file between them."""
    env = {**os.environ, "HOLDFAST_RECEIVER_DATABASE": postgres.fresh()}
    command = [sys.executable, "-m", "alarm_receiver", "migrate", "--data"]
    started = [
        subprocess.Popen([*command, tmp_path / name], env=env, stderr=subprocess.PIPE, text=True)
        for name in ("a", "b", "c")
    ]
    said = [one.communicate(timeout=240)[1] for one in started]
    assert [one.returncode for one in started] == [0, 0, 0], said
    engine = engine_of(env["HOLDFAST_RECEIVER_DATABASE"])
    with engine.connect() as connection:
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    engine.dispose()
    assert found == [REVISIONS[-1]]


def test_a_postgresql_that_is_not_there_is_said_with_what_to_do():
    with pytest.raises(Unfit, match="HOLDFAST_RECEIVER_DATABASE"):
        upgrade("postgresql://nobody@127.0.0.1:1/none", BOX)

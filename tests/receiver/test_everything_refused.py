"""Each CHECK, key and trigger of the store refuses what it is for, by its name, on both engines.

The list of what there is comes from the tables and from the database itself: who adds a constraint
adds a statement.
"""

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

import forbidden
import populated
from alarm_receiver.store.database import engine_url
from alarm_receiver.store.keybox import KeyBox
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.schema import metadata

BOX = KeyBox(None, [b"\x07" * 32])
ADMINS = (
    ("o2", "admin", "NULL"),
    ("o3", "operator", "'o1'"),
    ("o4", "admin", "NULL"),
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def connection(request, tmp_path_factory):
    """A connection to a database with a row in each table."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('refused') / 'receiver.sqlite3'}"
    else:
        url = request.getfixturevalue("postgres").fresh()
    upgrade(url, BOX)
    engine = create_engine(engine_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        populated.fill(connection, "9999", BOX)
        for id_, role, by in ADMINS:
            connection.exec_driver_sql(
                "INSERT INTO operator (id, agency, name, password, role, made_ms, made_by) "  # noqa: S608 - our words
                f"VALUES ('{id_}', 'own', '{id_}', 'x', '{role}', {populated.NOW}, {by})"
            )
        connection.exec_driver_sql(
            "INSERT INTO operator (id, agency, name, password, role, made_ms, made_by) SELECT "
            "'o5', agency, 'o5', 'x', 'operator', made_ms, 'o4' FROM operator WHERE id = 'o1'"
        )
        connection.exec_driver_sql(
            "INSERT INTO proposal (id, agency, what, subject, reason, asked_by, asked_ms, "  # noqa: S608 - our words
            f"expires_ms) VALUES ('pr20', 'own', 'lift_hold', 'x', 'x', 'o5', {populated.NOW}, 1)"
        )
        connection.commit()
        yield connection
    engine.dispose()


def table_of(constraint):
    """The table whose name the constraint's begins with; the longest."""
    return max((one for one in metadata.tables if constraint.startswith(f"{one}_")), key=len)


def spelled(connection, value):
    """A value in this engine's SQL."""
    lite = connection.dialect.name == "sqlite"
    own = {
        "EMPTY": ("X''", "''::bytea"),
        "LONG": ("zeroblob(129)", "decode(repeat('00', 129), 'hex')"),
        "FRESH": ("zeroblob(32)", "decode(repeat('00', 32), 'hex')"),
    }
    return own[value][0 if lite else 1] if value in own else value


def statement(connection, table, values, *, copied):
    """The SQL that gives a row of `table`, or a copy of one, these values."""
    where = forbidden.WHERE.get(table, "1 = 1")
    values = {name: spelled(connection, value) for name, value in values.items()}
    if not copied:
        given = ", ".join(f'"{name}" = {value}' for name, value in values.items())
        return f'UPDATE "{table}" SET {given} WHERE {where}'  # noqa: S608 - our words
    columns = metadata.tables[table].columns
    names = [
        c.name for c in columns if c.name in values or not (c.name == "seq" and table != "audit")
    ]
    given = ", ".join(values.get(name, f'"{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    source = f'SELECT {given} FROM "{table}" WHERE {where} LIMIT 1'  # noqa: S608 - our words
    return f'INSERT INTO "{table}" ({listed}) {source}'


def refusal(connection, sql):
    """What the database says to `sql`."""
    try:
        touched = connection.exec_driver_sql(sql).rowcount
        pytest.fail(f"{sql} touched {touched} rows")
    except DBAPIError as error:
        return str(error.orig)
    finally:
        connection.rollback()


@pytest.mark.parametrize("name", forbidden.CHECKS)
def test_each_check_refuses(connection, name):
    table = table_of(name)
    values = forbidden.CHECKS[name]
    said = refusal(connection, statement(connection, table, values, copied=table in forbidden.LOGS))
    assert name in said


@pytest.mark.parametrize("key", forbidden.KEYS, ids=lambda key: f"{key[0]}-{'-'.join(key[1])}")
def test_each_key_refuses(connection, key):
    table, columns = key
    sql = statement(connection, table, forbidden.KEYS[key], copied=True)
    said = refusal(connection, sql)
    if connection.dialect.name == "sqlite":
        assert said.endswith(", ".join(f"{table}.{one}" for one in columns)), said
    else:
        assert f"({', '.join(columns)})=" in said.replace('"', ""), said


def test_each_trigger_refuses(connection):
    there = triggers(connection)
    assert there <= set(forbidden.TRIGGERS), "a trigger without a statement"
    assert there, "there are triggers"
    for name in sorted(there):
        sql, wanted = forbidden.TRIGGERS[name]
        assert wanted in refusal(connection, sql), name


def triggers(connection):
    lite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    other = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    found = connection.exec_driver_sql(lite if connection.dialect.name == "sqlite" else other)
    names = set(found.scalars())
    connection.rollback()
    return names


def test_nothing_that_the_tables_declare_is_left_out(connection):
    checks, keys = set(), set()
    for table in metadata.tables.values():
        for one in table.constraints:
            if isinstance(one, CheckConstraint):
                checks.add(str(one.name))
            elif isinstance(one, UniqueConstraint):
                keys.add((table.name, tuple(column.name for column in one.columns)))
        keys |= {
            (table.name, tuple(str(getattr(part, "name", part)) for part in one.expressions))
            for one in table.indexes
            if one.unique and not set(table.primary_key.columns) <= set(one.columns)
        }  # a key with the primary one in it refuses nothing: it is there to be referred to
    assert checks == set(forbidden.CHECKS)
    assert keys == set(forbidden.KEYS)
    made = {name for name, (sql, _) in forbidden.TRIGGERS.items() if "TRUNCATE" not in sql}
    if connection.dialect.name == "sqlite":
        assert triggers(connection) == made
    else:
        replace = {name for name in made if name.endswith("_no_replace")}
        assert triggers(connection) == set(forbidden.TRIGGERS) - replace


@pytest.mark.parametrize("name", ["signal", "audit"])
def test_on_our_own_connections_nothing_is_replaced_either(tmp_path, name):
    """These two pay for no trigger; `recursive_triggers` does it."""
    from alarm_receiver.store.database import open_writer

    url = f"sqlite:///{tmp_path / 'receiver.sqlite3'}"
    upgrade(url, BOX)
    engine = open_writer(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        populated.fill(connection, "9999", BOX)
        connection.commit()
        with pytest.raises(DBAPIError, match="only grows"):
            connection.execute(text(f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}"))  # noqa: S608 - our words
        connection.rollback()
    engine.dispose()

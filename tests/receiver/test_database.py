"""What a PostgreSQL server must have, and what the receiver sets whatever is set there."""

import psycopg
import pytest
from sqlalchemy import text

from alarm_receiver.store.database import Unfit, open_reader, open_writer, where_is
from alarm_receiver.store.migrate import upgrade
from postgres import cluster


@pytest.fixture(scope="module")
def server():
    with cluster() as one:
        yield one


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_every_language_is_refused_before_it_is_filled(
    server, encoding
):
    url = server.url(encoding.lower())
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {encoding} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        )
    with pytest.raises(Unfit, match=f"is {encoding} and must be UTF8: CREATE DATABASE"):
        upgrade(url)
    with psycopg.connect(url, client_encoding="utf8") as connection:
        made = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        assert made.fetchone() == (0,)


def test_a_server_whose_triggers_sleep_is_refused(server):
    url = server.fresh()
    upgrade(url)
    set_there(url, "session_replication_role = replica")
    with pytest.raises(Unfit, match="session_replication_role is replica and must be origin"):
        open_writer(url)


def test_what_the_promises_rest_on_is_set_whatever_the_database_is_set_to(server):
    url = server.fresh()
    upgrade(url)
    for setting in (
        "client_min_messages = error",
        "default_transaction_isolation = 'serializable'",
        "synchronous_commit = off",
        "client_encoding = 'latin1'",
    ):
        set_there(url, setting)
    upgrade(url)  # as every start does: what we set for ourselves is no reason to refuse
    writer, reader = open_writer(url), open_reader(url)
    with writer.connect() as connection:
        found = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("client_min_messages", "transaction_isolation", "synchronous_commit")
        }
        said = connection.execute(text("SELECT '\u062e\u0637\u0631'")).scalar_one()
    assert found == {
        "client_min_messages": "warning",
        "transaction_isolation": "read committed",
        "synchronous_commit": "on",
    }
    with reader.connect() as connection:
        assert connection.execute(text("SELECT '\u062e\u0637\u0631'")).scalar_one() == said
    writer.dispose()
    reader.dispose()


def test_a_url_is_shown_as_it_was_written():
    assert where_is("postgresql://desk:secret@db/alarms") == "postgresql://desk:***@db/alarms"


def set_there(url, setting):
    """For every connection to come, as an administrator of the server may."""
    name = url.rsplit("/", 1)[1]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {name} SET {setting}")

"""Arrays in text form: PostgreSQL reads from them what went in."""

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarm_receiver.store.arrays import columns
from postgres import cluster

TYPES = ("text", "bigint", "boolean", "bytea")
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
AWKWARD = st.sampled_from(["", "NULL", "null", "{}", ",", '"', "\\", " a ", '\\"', "\n", "é{,}"])
ROWS = st.lists(
    st.tuples(
        st.none() | TEXT | AWKWARD,
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.booleans(),
        st.none() | st.binary(max_size=8),
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def connection():
    with cluster() as server, psycopg.connect(server.url(), autocommit=True) as one:
        yield one


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROWS)
def test_what_goes_in_comes_out(connection, rows):
    arrays = ", ".join(f"%s::{one}[]" for one in TYPES)
    query = f"SELECT * FROM unnest({arrays})"  # noqa: S608 - our own types
    found = connection.execute(query, columns(rows, TYPES)).fetchall()
    assert found == rows

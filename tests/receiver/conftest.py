"""Both stores: the same tests run on SQLite and on PostgreSQL."""

import pytest

from postgres import cluster
from receiving import running


@pytest.fixture(scope="session")
def postgres():
    with cluster() as one:
        yield one


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request, tmp_path_factory):
    """(data folder, settings) of an empty store."""
    folder = tmp_path_factory.mktemp("receiver")
    if request.param == "sqlite":
        return folder, {}
    return folder, {"database": request.getfixturevalue("postgres").fresh()}


@pytest.fixture(scope="module")
def house(store):
    """(receiver, client of its administrator) on either store."""
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        yield receiver, client


@pytest.fixture
def client(house):
    """The administrator's client."""
    return house[1]

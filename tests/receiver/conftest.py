"""Both stores: the same tests run on SQLite and on PostgreSQL."""

import pytest

from postgres import cluster


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

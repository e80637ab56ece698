"""A PostgreSQL cluster of its own for tests and benchmarks: free loopback port, gone afterwards.

PostgreSQL refuses to run as root; then the cluster runs as the system's user `postgres`.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from receiving import free_port, wait_for

postgresql_only = pytest.mark.parametrize("store", ["postgresql"], indirect=True, scope="module")
"""For what SQLite cannot do: the test has no variant there, instead of one that is skipped."""


def program(name):
    """The newest `name` of PostgreSQL; without it skipped, or failed when CI=true."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if found:
        return str(found[-1])
    on_path = shutil.which(name)
    if on_path:
        return on_path
    reason = f"{name} is not installed; `make system` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)
    return None


class Cluster:
    """One server process with its data."""

    def __init__(self, folder, port, language=None):
        self.language = language
        self.folder = Path(folder)
        self.port = port
        self.data = self.folder / "data"
        self.as_postgres = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def run(self, *command, check=True):
        return subprocess.run(
            [*self.as_postgres, *map(str, command)],
            check=check,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**os.environ, "LANGUAGE": self.language or ""},
        )

    def make(self):
        spoken = ["--lc-messages=C.UTF-8"] if self.language else []  # gettext ignores LANGUAGE in C
        self.run(program("initdb"), "-D", self.data, "-U", "holdfast", "-A", "trust", "-N", *spoken)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\n"
                f"unix_socket_directories = '{self.folder}'\nmax_connections = 120\n"
                "shared_buffers = 64MB\nmax_wal_size = 1GB\n"
            )

    def start(self):
        log = self.folder / "log"
        # pg_ctl keeps its child's output open; a file lets us go on.
        self.run(program("pg_ctl"), "-D", self.data, "-l", log, "-w", "start")

    def stop(self, how="fast"):
        self.run(program("pg_ctl"), "-D", self.data, "-m", how, "-w", "stop", check=False)

    def kill(self):
        """SIGKILL to all its processes, as when a machine dies."""
        pid = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            os.kill(one, 9)
        wait_for(lambda: not Path(f"/proc/{pid}").exists())

    def url(self, name="postgres"):
        return f"postgresql://holdfast@127.0.0.1:{self.port}/{name}"

    def fresh(self):
        """The URL of a new, empty database."""
        name = "t" + secrets.token_hex(6)
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def cluster(language=None):
    """A running cluster; with a `language` as "de", its messages are in it where it has them."""
    program("initdb")
    folder = tempfile.mkdtemp(prefix="holdfast-pg-")
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    one = Cluster(folder, free_port(), language)
    try:
        one.make()
        one.start()
        yield one
    finally:
        one.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)

"""A primary with a synchronous standby, for tests that let one of them die or come back."""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg

from postgres import Cluster, cluster, program
from receiving import free_port, wait_for


class Standby(Cluster):
    """A copy of a running cluster that follows it synchronously."""

    def follow(self, primary):
        self.run(
            program("pg_basebackup"),
            "-h",
            "127.0.0.1",
            "-p",
            primary.port,
            "-U",
            "holdfast",
            "-D",
            self.data,
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
        )
        with (self.data / "postgresql.auto.conf").open("a") as settings:
            settings.write(f"port = {self.port}\nunix_socket_directories = '{self.folder}'\n")
        self.start()
        with psycopg.connect(primary.url(), autocommit=True) as connection:
            wait_for(
                lambda: connection.execute(
                    "SELECT 1 FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')"
                ).fetchone(),
                30,
            )

    def promote(self):
        self.run(program("pg_ctl"), "-D", self.data, "-w", "promote")


@contextmanager
def standby_of(primary):
    folder = tempfile.mkdtemp(prefix="holdfast-pg-")
    shutil.chown(folder, *owner(primary.folder))
    one = Standby(folder, free_port())
    try:
        one.follow(primary)
        yield one
    finally:
        one.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


def owner(folder):
    found = Path(folder).stat()
    return found.st_uid, found.st_gid


@contextmanager
def pair():
    """A primary that commits only together with its standby."""
    with cluster() as primary:
        with psycopg.connect(primary.url(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
        with standby_of(primary) as standby:
            yield primary, standby


def url_of_both(primary, standby, name):
    hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}"
    return f"postgresql://holdfast@/{name}?{hosts}&target_session_attrs=read-write"


def alone(one):
    """Let it commit without another one, from its next start or reload on."""
    with psycopg.connect(one.url(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")


def standby_promote(standby):
    standby.promote()
    reload(standby)


def reload(one):
    """Let it read its settings anew."""
    with psycopg.connect(one.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")

"""The primary of a synchronous pair dies under load and its standby takes over: nothing lost.

The receiver is a process with both hosts in its URL; the senders keep the ledger; what they hold
a receipt for is looked up in the promoted standby.
"""

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from postgres import Cluster, cluster, program
from receipted import Senders, answers, count, prepare
from receiving import Process, free_port, wait_for


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


def fail_over(folder):
    """One death of a primary under load: how much was lost, is wrong, and was receipted."""
    with cluster() as primary:
        with psycopg.connect(primary.url(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
        with standby_of(primary) as standby:
            name = primary.fresh().rsplit("/", 1)[1]
            keypads = prepare(primary.url(name), folder)
            hosts = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{standby.port}"
            url = f"postgresql://holdfast@/{name}?{hosts}&target_session_attrs=read-write"
            port = free_port()
            receiver = Process(folder, port, HOLDFAST_RECEIVER_DATABASE=url)
            wait_for(lambda: answers(port), 30)
            senders = Senders(port, keypads, 1)
            try:
                wait_for(lambda: len(senders.ledger) > 60, 60)
                primary.kill()
                before = len(senders.ledger)
                with psycopg.connect(standby.url(), autocommit=True) as connection:
                    connection.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
                standby_promote(standby)
                wait_for(lambda: len(senders.ledger) > before + 30, 60)
            finally:
                senders.end()
                receiver.end()
            return (*count(standby.url(name), senders.ledger), len(senders.ledger))


def standby_promote(standby):
    standby.promote()
    with psycopg.connect(standby.url(), autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")


def test_a_primary_dies_and_nothing_is_lost(tmp_path):
    lost, wrong, receipted = fail_over(tmp_path)
    print(f"{receipted} receipted, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("turn", range(20))
def test_primaries_die_twenty_times(tmp_path, turn):
    lost, wrong, receipted = fail_over(tmp_path)
    print(f"{turn}: {receipted} receipted, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)

"""Attack 17: the old primary is back and takes writes as if nothing had happened; nothing is lost.

Real PostgreSQL. The old primary was cut off and never died, and commits alone, for somebody emptied
its synchronous_standby_names. It stands first in the receiver's URL. The senders keep the ledger;
what they hold a receipt for is looked up in the true primary.
"""

import os
import signal
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from alarm_receiver.store.database import Unfit, open_writer
from alarm_receiver.store.fence import FILE, Fence
from failover import alone, pair, reload, standby_promote, url_of_both
from postgres import cluster
from receipted import Senders, answers, count, prepare, zygote
from receiving import free_port, wait_for


class Line:
    """A receiver over both servers, under load; `old` was its first primary, `new` takes over."""

    def __init__(self, folder, old, new, ask, *words):
        self.name = old.fresh().rsplit("/", 1)[1]
        self.old, self.new, self.ask, self.folder = old, new, ask, folder
        keypads = prepare(old.url(self.name), folder, 60)
        self.url = url_of_both(old, new, self.name)
        self.port = free_port()
        database = f"HOLDFAST_RECEIVER_DATABASE={self.url}"
        self.pid = ask(f"start {folder} {self.port} {database} {' '.join(words)}")
        wait_for(lambda: answers(self.port), 120)
        self.senders = Senders(self.port, keypads, 1)
        self.grows()

    @property
    def ledger(self):
        return self.senders.ledger

    def grows(self, by=20):
        before = len(self.ledger)
        wait_for(lambda: len(self.ledger) > before + by, 120)

    def said(self, what):
        return what in Path(f"{self.folder}.stderr").read_text()

    def promote(self):
        alone(self.new)
        standby_promote(self.new)

    def end(self):
        self.senders.end()
        os.kill(self.pid, signal.SIGKILL)
        self.ask(f"reap {self.pid}")


def comes_back(folder, *words):
    """How many receipted are lost when the old one takes writes again, are wrong, and were sent.

    The old one is cut off and lives, its COMMITs wait for ever; the standby is promoted; then the
    old one commits alone, while the new one restarts.
    """
    with pair() as (old, new), zygote() as ask:
        line = Line(folder, old, new, ask, *words)
        try:
            line.promote()
            if not words:
                line.grows()
                assert wait_for(lambda: line.said("old_primary_cut")), (
                    "who waits for a COMMIT there waits for ever"
                )
            alone(old)
            reload(old)
            new.stop("immediate")
            before = len(line.ledger)
            wait_for(lambda: len(line.ledger) > before + 20 or line.said("is an old primary"), 120)
            new.start()
            if not words:
                line.grows()
                wait_for(lambda: told(new, line.name), 60)
        finally:
            line.end()
        if not words:
            a_new_process_knows(folder, line)
        lost, wrong = count(new.url(line.name), line.ledger)
        return lost, wrong, len(line.ledger)


def told(one, name):
    """Whether the old primary stands on a ticket."""
    query = "SELECT 1 FROM entry WHERE act IN ('open', 'silence') AND detail::text LIKE %s"
    with psycopg.connect(one.url(name), autocommit=True) as connection:
        return connection.execute(query, ("%old_primary%",)).fetchone()


def a_new_process_knows(folder, line):
    """With the memory of the folder, and without it as long as both servers answer."""
    without = Fence(line.url, None)
    without.look()
    assert list(without.old) == [f"127.0.0.1:{line.old.port}"]
    assert str(line.old.port) not in without.preferred(line.url)
    engine = open_writer(line.url, without.guard)
    with engine.connect() as connection:
        assert connection.execute(text("SHOW port")).scalar() == str(line.new.port)
    engine.dispose()
    remembering = Fence(line.old.url(line.name), folder / FILE)
    with pytest.raises(Unfit, match=r"is an old primary \(timeline 1, 2 was seen since"):
        open_writer(line.old.url(line.name), remembering.guard)
    remembering.forget()
    open_writer(line.old.url(line.name), remembering.guard).dispose()


def test_attack_17_an_old_primary_that_comes_back_gets_no_signal(tmp_path):
    lost, wrong, receipted = comes_back(tmp_path)
    print(f"{receipted} receipted, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)


def test_the_harness_catches_a_receiver_without_a_fence(tmp_path):
    lost, _, _ = comes_back(tmp_path, "no_fence")
    assert lost


def test_another_cluster_is_not_taken_for_ours(tmp_path):
    with cluster() as one, cluster() as other:
        another(one.fresh(), other.fresh(), tmp_path)


def another(url, foreign, folder):
    fence = Fence(url, folder / FILE)
    open_writer(url, fence.guard).dispose()
    with pytest.raises(Unfit, match="is another cluster"):
        open_writer(foreign, Fence(url, folder / FILE).guard)
    (folder / FILE).write_text("{")
    with pytest.raises(Unfit, match="cannot be read"):
        Fence(url, folder / FILE)

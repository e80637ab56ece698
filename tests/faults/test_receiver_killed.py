"""The receiver is killed with SIGKILL again and again under load: nothing lost, nothing doubled.

The ledger is kept by the senders: what they hold a sealed receipt for. The tickets are counted in
the file itself. A receiver that answers before its COMMIT must be caught by the same harness.
"""

import os
import random
import signal
import time

import pytest

from longer import longer
from postgres import cluster
from receipted import Senders, answers, count, prepare, url_of, zygote
from receiving import free_port, wait_for


def kill_many(data, kills, bug="", url=""):
    """Kill `kills` receivers under load; the senders with their ledger."""
    # Few sites, whose tickets are soon known: most presses take the direct way.
    keypads = prepare(url or url_of(data), data, 30)
    words = f"HOLDFAST_RECEIVER_DATABASE={url} {bug}" if url else bug
    port = free_port()
    chance = random.Random(kills)
    with zygote() as ask:
        pid = ask(f"start {data} {port} {words}")
        senders = Senders(port, keypads, kills)
        try:
            for _ in range(kills):
                wait_for(lambda: answers(port), 120)
                known = len(senders.ledger)
                wait_for(lambda known=known: len(senders.ledger) > known, 30)
                time.sleep(chance.random() * 0.1)
                os.kill(pid, signal.SIGKILL)
                ask(f"reap {pid}")
                pid = ask(f"start {data} {port} {words}")
        finally:
            senders.end()
            os.kill(pid, signal.SIGKILL)
            ask(f"reap {pid}")
    return senders


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kills", [200, longer(2_000)])
def test_killed_under_load_nothing_is_lost_and_nothing_doubled(tmp_path, kills):
    senders = kill_many(tmp_path, kills)
    lost, wrong = count(url_of(tmp_path), senders.ledger)
    print(f"{len(senders.ledger)} receipted, {senders.retries} retries, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)
    assert len(senders.ledger) > kills
    assert senders.retries > 0


def test_the_harness_catches_a_receiver_that_answers_before_its_commit(tmp_path):
    senders = kill_many(tmp_path, 10, "answer_before_commit")
    lost, _ = count(url_of(tmp_path), senders.ledger)
    assert lost > 0


@pytest.mark.timeout(1200)
def test_killed_on_postgresql_too(tmp_path):
    with cluster() as server:
        url = server.fresh()
        senders = kill_many(tmp_path, 40, url=url)
        lost, wrong = count(url, senders.ledger)
        print(f"{len(senders.ledger)} receipted, {senders.retries} retries, {lost} lost")
        assert (lost, wrong) == (0, 0)
        assert senders.retries > 0


def test_the_harness_catches_the_direct_way_telling_before_its_commit(tmp_path):
    senders = kill_many(tmp_path, 15, "told_before_sent")
    lost, _ = count(url_of(tmp_path), senders.ledger)
    assert lost > 0


def test_the_harness_catches_the_direct_way_telling_before_it_has_sent(tmp_path):
    with cluster() as server:
        url = server.fresh()
        senders = kill_many(tmp_path, 15, "told_before_sent", url)
        lost, _ = count(url, senders.ledger)
        assert lost > 0

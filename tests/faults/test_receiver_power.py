"""The power fails under a receiver, half of the times torn: what was receipted is on the disk.

The store lies on a file system that forgets what was not synced (tests/support/forgetful_fs.py). A
receiver whose store does not sync must be caught by the same harness. RECEIVER_CUTS sets how often.
"""

import os
import random
import signal
import time

import pytest

from forgetful_disk import ForgetfulDisk, needs_fuse
from longer import longer
from receipted import Senders, answers, count, prepare, url_of, zygote
from receiving import free_port, wait_for

CUTS = int(os.environ.get("RECEIVER_CUTS", "6"))


def cut_many(place, cuts, bug=""):
    """Cut the power `cuts` times under load; what was lost, what is wrong, how much receipted."""
    needs_fuse()
    disk = ForgetfulDisk(place)
    disk.mount()
    data = disk.folder
    lost = wrong = receipted = 0
    chance = random.Random(cuts)
    try:
        keypads = prepare(url_of(data), data)
        os.sync()
        port = free_port()
        ledger = {}
        with zygote() as ask:
            for turn in range(cuts):
                pid = ask(f"start {data} {port} {bug}")
                wait_for(lambda: answers(port), 120)
                senders = Senders(port, keypads, turn)
                wait_for(lambda senders=senders: len(senders.ledger) > 10, 120)
                time.sleep(chance.random() * 0.2)
                disk.cut(turn if turn % 2 else 0)
                senders.end()
                os.kill(pid, signal.SIGKILL)
                ask(f"reap {pid}")
                ledger.update(senders.ledger)
                disk.mount()
                lost, wrong = count(url_of(data), ledger)
                receipted = len(ledger)
                if lost:
                    break
    finally:
        disk.unmount()
    return lost, wrong, receipted


@pytest.mark.parametrize("cuts", [CUTS, longer(100)])
def test_power_cuts_lose_nothing(tmp_path, cuts):
    lost, wrong, receipted = cut_many(tmp_path, cuts)
    print(f"{cuts} cuts, {receipted} receipted, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)


def test_the_harness_catches_a_store_that_does_not_sync(tmp_path):
    lost, _, _ = cut_many(tmp_path, 4, "no_sync")
    assert lost > 0

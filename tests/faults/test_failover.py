"""The primary of a synchronous pair dies under load and its standby takes over: nothing lost.

The receiver is a process with both hosts in its URL; the senders keep the ledger; what they hold
a receipt for is looked up in the promoted standby.
"""

import os
import signal
import threading

import httpx
import psycopg
import pytest

from alarm_wire import batch
from failover import alone, pair, standby_promote, url_of_both
from longer import longer
from receipted import Senders, answers, count, prepare, zygote
from receiving import BATCH, Process, free_port, wait_for


def fail_over(folder):
    """One death of a primary under load: how much was lost, is wrong, and was receipted."""
    with pair() as (primary, standby):
        name = primary.fresh().rsplit("/", 1)[1]
        keypads = prepare(primary.url(name), folder)
        url = url_of_both(primary, standby, name)
        port = free_port()
        receiver = Process(folder, port, HOLDFAST_RECEIVER_DATABASE=url)
        wait_for(lambda: answers(port), 120)
        senders = Senders(port, keypads, 1)
        try:
            wait_for(lambda: len(senders.ledger) > 60, 120)
            primary.kill()
            before = len(senders.ledger)
            alone(standby)
            standby_promote(standby)
            wait_for(lambda: len(senders.ledger) > before + 30, 120)
        finally:
            senders.end()
            receiver.end()
        return (*count(standby.url(name), senders.ledger), len(senders.ledger))


class OnePress(threading.Thread):
    """A keypad that sends one press until its receipt is there."""

    def __init__(self, port, keypad):
        super().__init__()
        self.ledger = {}
        self.ending = threading.Event()
        self._keypad = keypad
        self._url = f"http://127.0.0.1:{port}/v1/signals"

    def run(self):
        said = self._keypad.signal()
        while not (self.ledger or self.ending.is_set()):
            frames = [self._keypad.frame(said)]
            try:
                answer = httpx.post(self._url, content=batch.pack(frames), headers=BATCH, timeout=5)
                answer.raise_for_status()
            except httpx.HTTPError:
                self.ending.wait(0.05)
                continue
            told = self._keypad.read(batch.unpack(answer.content)[0])
            self.ledger[self._keypad.device.hex(), said.epoch, said.number] = told.ticket


def waits(primary):
    """Whether some COMMIT there waits for the standby."""
    with psycopg.connect(primary.url(), autocommit=True) as connection:
        query = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        return connection.execute(query).fetchone()


def stranded(folder, *words):
    """A press is in the primary alone, and is sent again: how many receipted are lost, and all.

    The standby is away; the primary dies while the press waits for it, comes back with the press
    in its store, and dies for good after it was sent again. The standby takes over without it.
    """
    with pair() as (primary, standby), zygote() as ask:
        name = primary.fresh().rsplit("/", 1)[1]
        (keypad,) = prepare(primary.url(name), folder, 1)
        url = url_of_both(primary, standby, name)
        port = free_port()
        pid = ask(f"start {folder} {port} HOLDFAST_RECEIVER_DATABASE={url} quiet {' '.join(words)}")
        wait_for(lambda: answers(port), 120)
        standby.stop("fast")
        press = OnePress(port, keypad)
        try:
            press.start()
            wait_for(lambda: waits(primary), 120)
            primary.kill()
            primary.start()
            wait_for(lambda: press.ledger or waits(primary), 120)
            primary.kill()
            standby.start()
            alone(standby)
            standby_promote(standby)
            wait_for(lambda: press.ledger, 120)
        finally:
            press.ending.set()
            press.join()
            os.kill(pid, signal.SIGKILL)
            ask(f"reap {pid}")
        lost, wrong = count(standby.url(name), press.ledger)
        return lost, wrong, len(press.ledger)


def test_a_retry_is_receipted_only_when_the_standby_has_it(tmp_path):
    assert stranded(tmp_path) == (0, 0, 1)


def test_the_harness_catches_a_duplicate_that_writes_nothing(tmp_path):
    lost, _, receipted = stranded(tmp_path, "duplicates_only_read")
    assert (lost, receipted) == (1, 1)


@pytest.mark.parametrize("turn", [0, *(longer(turn) for turn in range(1, 21))])
def test_a_primary_dies_and_nothing_is_lost(tmp_path, turn):
    lost, wrong, receipted = fail_over(tmp_path)
    print(f"{turn}: {receipted} receipted, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)

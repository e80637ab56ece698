"""The receiver is killed with SIGKILL again and again under load: nothing lost, nothing doubled.

The ledger is kept by the senders: what they hold a sealed receipt for. The tickets are counted in
the file itself. A receiver that answers before its COMMIT must be caught by the same harness.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from alarm_receiver.domain.ticket import fold, ticket_id
from alarm_receiver.store import registry, tickets
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.tables import signal as signal_table
from alarm_receiver.store.tables import ticket as ticket_table
from alarm_wire import batch
from alarm_wire.frame import WireError
from receiving import BATCH, Keypad, free_port, wait_for

SENDERS = 6
SITES = 400


@contextmanager
def zygote():
    script = Path(__file__).parents[1] / "support" / "zygote.py"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=env,
    )

    def ask(line):
        process.stdin.write(line + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    try:
        yield ask
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def prepare(data):
    """A store with SITES sites of one keypad each."""
    upgrade(f"sqlite:///{data}/receiver.sqlite3")
    engine = open_writer(f"sqlite:///{data}/receiver.sqlite3")
    keypads = [Keypad() for _ in range(SITES)]
    with engine.begin() as connection:
        registry.make_agency(connection, registry.OWN, "Own")
        for place, one in enumerate(keypads):
            site = f"site {place}"
            registry.make_site(
                connection, site, agency_id="own", name=site, account=str(place), now_ms=0
            )
            registry.register(
                connection,
                one.device.hex(),
                site_id=site,
                kind="keypad",
                zone_number=0,
                secret=one.key,
                now_ms=0,
            )
    engine.dispose()
    return keypads


class Senders:
    """Threads that send each press until its receipt is there, and keep the ledger."""

    def __init__(self, port, keypads, seed):
        self.url = f"http://127.0.0.1:{port}/v1/signals"
        self.ledger = {}
        self.retries = 0
        self.ending = threading.Event()
        shares = [keypads[place::SENDERS] for place in range(SENDERS)]
        self.threads = [
            threading.Thread(target=self._send, args=(share, random.Random(seed + place)))
            for place, share in enumerate(shares)
        ]
        for one in self.threads:
            one.start()

    def _send(self, keypads, chance):
        client = httpx.Client(timeout=3)
        while not self.ending.is_set():
            some = chance.sample(keypads, chance.choice([1, 1, 1, 5]))
            open_ = [(one, one.signal()) for one in some]
            while open_ and not self.ending.is_set():
                frames = [one.frame(said) for one, said in open_]
                try:
                    answer = client.post(self.url, content=batch.pack(frames), headers=BATCH)
                    answer.raise_for_status()
                    open_ = self._note(open_, batch.unpack(answer.content))
                except (httpx.HTTPError, WireError):
                    self.retries += 1
                    client.close()
                    client = httpx.Client(timeout=3)
                    time.sleep(0.02)
        client.close()

    def _note(self, open_, answers):
        left = []
        for (one, said), answer in zip(open_, answers, strict=True):
            told = one.read(answer)
            if (told.epoch, told.number) == (said.epoch, said.number):
                self.ledger[one.device.hex(), said.epoch, said.number] = told.ticket
            else:
                left.append((one, said))
        return left

    def end(self):
        self.ending.set()
        for one in self.threads:
            one.join(20)


def answers(port):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=1).status_code == 200
    except httpx.HTTPError:
        return False


def kill_many(data, kills, bug=""):
    """Kill `kills` receivers under load; the senders with their ledger."""
    keypads = prepare(data)
    port = free_port()
    chance = random.Random(kills)
    with zygote() as ask:
        pid = ask(f"start {data} {port} {bug}")
        senders = Senders(port, keypads, kills)
        try:
            for _ in range(kills):
                wait_for(lambda: answers(port), 30)
                known = len(senders.ledger)
                wait_for(lambda known=known: len(senders.ledger) > known, 30)
                time.sleep(chance.random() * 0.1)
                os.kill(pid, signal.SIGKILL)
                ask(f"reap {pid}")
                pid = ask(f"start {data} {port} {bug}")
        finally:
            senders.end()
            os.kill(pid, signal.SIGKILL)
            ask(f"reap {pid}")
    return senders


def count(data, ledger):
    """(lost, doubled or wrong) in the file, against the senders' ledger."""
    engine = open_writer(f"sqlite:///{data}/receiver.sqlite3")
    with engine.connect() as connection:
        rows = connection.execute(select(signal_table).order_by(signal_table.c.seq)).all()
        stored = {(one.device, one.epoch, one.number): one.ticket for one in rows}
        lost = [key for key in ledger if key not in stored]
        first = {}
        for one in rows:
            first.setdefault(one.site, one)
        found = connection.execute(select(ticket_table.c.id, ticket_table.c.site)).all()
        wrong = len(rows) - len(stored) + len(found) - len(first)
        for id_, site in found:
            one = first[site]
            wrong += id_ != ticket_id(bytes.fromhex(one.device), one.epoch, one.number)
            wrong += fold(tickets.entries(connection, id_)) != tickets.read(connection, id_)
        for key, told in ledger.items():
            if key in stored:
                wrong += told.hex() != stored[key].replace("-", "")
    engine.dispose()
    return len(lost), wrong


def test_killed_under_load_nothing_is_lost_and_nothing_doubled(tmp_path):
    senders = kill_many(tmp_path, 200)
    lost, wrong = count(tmp_path, senders.ledger)
    print(f"{len(senders.ledger)} receipted, {senders.retries} retries, {lost} lost, {wrong} wrong")
    assert (lost, wrong) == (0, 0)
    assert len(senders.ledger) > 200
    assert senders.retries > 0


def test_the_harness_catches_a_receiver_that_answers_before_its_commit(tmp_path):
    senders = kill_many(tmp_path, 10, "answer_before_commit")
    lost, _ = count(tmp_path, senders.ledger)
    assert lost > 0


@pytest.mark.prove
@pytest.mark.timeout(3600)
def test_killed_two_thousand_times(tmp_path):
    senders = kill_many(tmp_path, 2_000)
    assert count(tmp_path, senders.ledger) == (0, 0)

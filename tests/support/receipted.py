"""Senders that keep a ledger of what they hold receipts for, and the count in the store itself."""

import os
import random
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import select

from alarm_receiver.domain.ticket import fold, ticket_id
from alarm_receiver.store import registry, tickets
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.tables import signal as signal_table
from alarm_receiver.store.tables import ticket as ticket_table
from alarm_wire import batch
from alarm_wire.frame import WireError
from receiving import BATCH, Keypad, prepared

SENDERS = 6
SITES = 400


def url_of(data):
    return f"sqlite:///{data}/receiver.sqlite3"


@contextmanager
def zygote():
    script = Path(__file__).with_name("zygote.py")
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


def prepare(url, data, sites=SITES):
    """A store with `sites` sites of one keypad each."""
    engine = prepared(url, data)
    keypads = [Keypad() for _ in range(sites)]
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


def count(url, ledger):
    """(lost, doubled or wrong) in the file, against the senders' ledger."""
    engine = open_writer(url)
    with engine.connect() as connection:
        rows = connection.execute(select(signal_table).order_by(signal_table.c.seq)).all()
        stored = {(one.device, one.epoch, one.number): one.ticket for one in rows}
        lost = [key for key in ledger if key not in stored]
        first = {}
        for one in rows:
            first.setdefault(one.site, one)
        query = select(ticket_table.c.id, ticket_table.c.site, ticket_table.c.class_)
        found = connection.execute(query).all()
        # A part that was away makes technical tickets too; each emergency has one, and only one.
        emergencies = {id_: site for id_, site, class_ in found if class_ == "emergency"}
        wrong = len(rows) - len(stored) + len(emergencies) - len(first)
        for id_, site in emergencies.items():
            one = first[site]
            wrong += id_ != ticket_id(bytes.fromhex(one.device), one.epoch, one.number)
        for id_, _site, _class in found:
            wrong += fold(tickets.entries(connection, id_)) != tickets.read(connection, id_)
        for key, told in ledger.items():
            if key in stored:
                wrong += told.hex() != stored[key].replace("-", "")
    engine.dispose()
    return len(lost), wrong

"""The intake door: one signal per request and batches, with the store and without, side by side.

All of one run on one machine: ratios count, seconds do not. Signals are sealed and checked; each is
stored with its ticket's new version and entry. CPU is the receiver's, from /proc/PID/schedstat.
"""

import argparse
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg

from alarm_receiver.domain.escalation import Policy, Step, TicketClass
from alarm_receiver.store import policies, registry
from alarm_receiver.web.keys import FastSigner
from alarm_wire import batch, frame, receipt
from alarm_wire.seal import SIGNAL
from alarm_wire.signal import PANIC, Moment, Signal

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from postgres import cluster  # noqa: E402 - needs the path above
from receiving import free_port, prepared, wait_for  # noqa: E402
from tests.load import alerta  # noqa: E402
from tests.load.flood import Flood  # noqa: E402
from tests.load.machine import alone, calm, cpu_s  # noqa: E402

SITES = 500


class Fleet:
    """Keypads with keys and running numbers, whose frames are made before the clock starts."""

    def __init__(self):
        self.keys = [(secrets.token_bytes(8), secrets.token_bytes(32)) for _ in range(SITES)]
        self.signers = [FastSigner(key, SIGNAL) for _, key in self.keys]
        self.numbers = [0] * SITES
        self.next = 0

    def frames(self, count, site=None):
        """So many presses, of all sites in turn or of the one `site`."""
        made = []
        for _ in range(count):
            place = self.next = (self.next + 1) % SITES
            place = place if site is None else site
            self.numbers[place] += 1
            said = Signal(self.keys[place][0], 1, self.numbers[place], PANIC, pressed_ms=1)
            content = frame.content_of(said)
            made.append(frame.seal_content(content, Moment(1, 2), self.signers[place]))
        return made

    def prepare(self, url, data):
        engine = prepared(url, data)
        with engine.begin() as connection:
            registry.make_agency(connection, registry.OWN, "Own")
            for place, (device, key) in enumerate(self.keys):
                site = f"site {place}"
                registry.make_site(
                    connection, site, agency_id="own", name=site, account=str(place), now_ms=0
                )
                registry.register(
                    connection,
                    device.hex(),
                    site_id=site,
                    kind="keypad",
                    zone_number=0,
                    secret=key,
                    now_ms=0,
                )
            slow = Policy((Step(86_400),), 86_400, 86_400)
            policies.put(connection, registry.OWN, TicketClass.EMERGENCY, slow)
        engine.dispose()


@contextmanager
def receiver(folder, mode, url):
    """A receiver process; gives its port and pid."""
    port = free_port()
    script = Path(__file__).with_name("receiver_process.py")
    process = subprocess.Popen(
        [sys.executable, str(script), str(folder), str(port), mode, url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        wait_for(lambda: answers(port), 60)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def answers(port):
    try:
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/signals", content=b"")
    except httpx.HTTPError:
        return False
    return answer.status_code in (200, 422)  # no frames are fine for a batch, no body for a model


HEAD = b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"


def receipted(answer, said):
    if b" 200 " not in answer[:16]:
        raise SystemExit(f"refused: {answer[:200]!r} {said[:200]!r}")
    if said[3] != 3:
        raise SystemExit(f"refused: {receipt.unpack_refusal(batch.unpack(said)[0])}")


class Door:
    """One door to be measured: where it is, how a request is made, how its answer is checked."""

    head = HEAD

    def __init__(self, fleet, port, pid):
        self.fleet, self.port, self.pid = fleet, port, pid
        self.sizes = None
        self.check = receipted

    def bodies(self, size, requests, site=None):
        return [batch.pack(self.fleet.frames(size, site)) for _ in range(requests)]


class Json(Door):
    """A FastAPI route as most are written: a model comes in, a model goes out."""

    head = HEAD.replace(b"Host: x", b"Host: x\r\nContent-Type: application/json")

    def __init__(self, fleet, port, pid):
        super().__init__(fleet, port, pid)
        self.check = self.as_json

    def bodies(self, size, requests, site=None):
        frames = [self.fleet.frames(size, site) for _ in range(requests)]
        return [json.dumps({"frames": [one.hex() for one in some]}).encode() for some in frames]

    @staticmethod
    def as_json(answer, said):
        if b" 200 " not in answer[:16] or json.loads(said)["answers"][0][:4] != "0103":
            raise SystemExit(f"refused: {answer[:200]!r} {said[:200]!r}")


class Alerta(Door):
    """One alarm a request; it takes no batches, and 256 clients would take minutes."""

    head = HEAD.replace(b"/v1/signals", b"/alert").replace(
        b"Host: x", b"Host: x\r\nContent-Type: application/json"
    )

    def __init__(self, port, pid):
        super().__init__(None, port, pid)
        self.sizes = {1: 60, 32: 12}
        self.check = self.created
        self.place = 0

    def bodies(self, _size, requests, _site=None):
        self.place += requests
        return alerta.bodies(self.place, requests, SITES)

    @staticmethod
    def created(answer, said):
        if b" 201 " not in answer[:16]:
            raise SystemExit(f"alerta refused: {answer[:200]!r} {said[:200]!r}")


def measure(door, clients, size, requests, own=False):
    """`requests` of `size` signals from each of `clients`: rate, percentiles, CPU.

    `own`: each client is a gateway, whose signals are all of its own site.
    """
    made = [
        [
            door.head % len(body) + body
            for body in door.bodies(size, requests + 1, client if own else None)
        ]
        for client in range(clients)
    ]
    before = cpu_s(door.pid)
    ran = Flood().run(door.port, [one[0] for one in made], [one[1:] for one in made])
    for head, body in ran.answers:
        door.check(head, body)
    took = sorted(ran.took_s)
    count = clients * size * requests
    return {
        "per_s": count / ran.lasted_s,
        "p50_ms": 1000 * took[len(took) // 2],
        "p99_ms": 1000 * took[int(len(took) * 0.99)],
        "cpu_us": 1e6 * (cpu_s(door.pid) - before) / (count + clients * size),
        "client_us": 1e6 * ran.cpu_s / count,
    }


def bare_commits(url, count):
    """Median ms of one commit of one row, and rows a second in inserts of 100: the driver alone."""
    row = (secrets.token_hex(8), 1, bytes(78), "x" * 36)
    if url.startswith("sqlite"):
        import sqlite3

        connection = sqlite3.connect(url.removeprefix("sqlite:///") + ".bare", isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        mark, begin = "?", "BEGIN IMMEDIATE"
        cursor = connection.cursor()
    else:
        connection = psycopg.connect(url)
        cursor = connection.cursor()
        mark, begin = "%s", None
    made = "CREATE TABLE bare (a TEXT, b BIGINT, c BLOB, d TEXT, PRIMARY KEY (a, b))"
    cursor.execute("DROP TABLE IF EXISTS bare")
    cursor.execute(made if mark == "?" else made.replace("BLOB", "BYTEA"))
    connection.commit()
    insert = "INSERT INTO bare VALUES (?, ?, ?, ?)".replace("?", mark)
    took, number = [], 0
    for _ in range(count):
        started = time.perf_counter()
        if begin:
            cursor.execute(begin)
        number += 1
        cursor.execute(insert, (row[0], number, *row[2:]))
        connection.commit()
        took.append(time.perf_counter() - started)
    started = time.perf_counter()
    for _ in range(count // 4):
        if begin:
            cursor.execute(begin)
        rows = [(row[0], number + k + 1, *row[2:]) for k in range(100)]
        number += 100
        cursor.executemany(insert, rows)
        connection.commit()
    rate = 100 * (count // 4) / (time.perf_counter() - started)
    connection.close()
    return 1000 * statistics.median(took), rate


SHAPES = {
    "1 client x 1": (1, 1, 600),
    "32 clients x 1": (32, 1, 150),
    "256 clients x 1": (256, 1, 25),
    "8 clients x 100": (8, 100, 12),
    "8 gateways x 100": (8, 100, 12, True),
}
"""Clients, signals a request, requests of each, and whether each sends for one site only. "Clients"
draw every request's signals over all sites; "gateways" send what a gateway does after an outage."""


DOORS = {
    "sqlite": "store",
    "pg": "parts",
    "pg-one": "store",
    "none": "none",
    "asgi": "asgi",
    "fastapi": "fastapi",
    "pydantic": "pydantic",
    "alerta": "",
}
"""Each door and the mode of its receiver; "pg-one" is PostgreSQL behind a single process. "asgi" is
"none" by the way that any other ASGI application is reached: a yardstick that does not move when
our own way past ASGI gets faster."""


def open_door(stack, name, folder, server):
    """The door `name`, whose processes end with `stack`, or None; and the URL of its store."""
    url = f"sqlite:///{folder}/{name}.sqlite3" if name in ("sqlite", "none") else server.fresh()
    (folder / name).mkdir()
    if name == "alerta":
        port = free_port()
        try:
            return Alerta(port, stack.enter_context(alerta.running(folder / name, url, port))), url
        except alerta.MissingError as missing:
            print(f"alerta: SKIPPED, it is not installed and cannot be: {missing}")
            return None, url
    fleet = Fleet()
    fleet.prepare(url, folder / name)
    port, pid = stack.enter_context(receiver(folder / name, DOORS[name], url))
    return (Json if name == "pydantic" else Door)(fleet, port, pid), url


def main(arguments):
    parser = argparse.ArgumentParser(prog="make bench ARGS='intake ...'")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shape", action="append", choices=SHAPES)
    parser.add_argument("--door", action="append", choices=DOORS)
    options = parser.parse_args(arguments)
    figures, bares = {}, {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(cluster())
        doors, urls = {}, {"sqlite": f"sqlite:///{folder}/bare.sqlite3", "pg": server.fresh()}
        for name in options.door or DOORS:
            door, urls[name] = open_door(stack, name, folder, server)
            if door is not None:
                doors[name] = door
        for number in range(1, options.rounds + 1):
            for shape in options.shape or SHAPES:
                clients, size, requests, *own = SHAPES[shape]
                for name, door in doors.items():
                    if door.sizes is not None:
                        if size > 1 or clients not in door.sizes:
                            continue
                        requests = door.sizes[clients]
                    print(f"round {number} of {options.rounds}: {name}, {shape}", file=sys.stderr)
                    calm()
                    with alone(doors.values(), door):
                        found = measure(door, clients, size, requests, *own)
                    figures.setdefault(f"{name} {shape}", []).append(found)
            for name in ("sqlite", "pg"):
                calm()
                with alone(doors.values()):
                    bares.setdefault(name, []).append(bare_commits(urls[name], 200))
        bare = {
            name: tuple(map(statistics.median, zip(*bares[name], strict=True))) for name in bares
        }
    medians = {
        key: {one: statistics.median(found[one] for found in rounds) for one in rounds[0]}
        for key, rounds in figures.items()
    }
    report(medians, bare)
    compare(medians, bare)
    return {"doors": medians, "bare": bare}


def report(medians, bare):
    print(
        f"{'door and shape':28} {'signals/s':>10} {'p50 ms':>8} {'p99 ms':>8} {'CPU us':>7} "
        f"{'client':>7}"
    )
    for key in sorted(medians):
        one = medians[key]
        print(
            f"{key:28} {one['per_s']:>10.0f} {one['p50_ms']:>8.2f} {one['p99_ms']:>8.2f} "
            f"{one['cpu_us']:>7.0f} {one['client_us']:>7.0f}"
        )
    for name, (commit_ms, rate) in bare.items():
        print(f"bare {name}: commit {commit_ms:.2f} ms, inserts of 100: {rate:.0f} rows/s")


def beside_none(medians, store):
    """The door with this store beside the same one without storage."""
    for shape in SHAPES:
        for none, way in (("none", ""), ("asgi", " behind ASGI")):
            if {f"{store} {shape}", f"{none} {shape}"} <= set(medians):
                with_, without = medians[f"{store} {shape}"], medians[f"{none} {shape}"]
                print(
                    f"{store} {shape}: {with_['per_s'] / without['per_s']:.2f} of the door without "
                    f"storage{way}, CPU {with_['cpu_us'] / without['cpu_us']:.1f} x"
                )


def compare(medians, bare):
    """The ratios that count; those whose two sides were measured."""
    for store in ("sqlite", "pg", "pg-one"):
        beside_none(medians, store)
        commit_ms, rate = bare[store.removesuffix("-one")]
        if f"{store} 1 client x 1" in medians:
            lone_ms = medians[f"{store} 1 client x 1"]["p50_ms"]
            print(f"{store} one client: {lone_ms / commit_ms:.1f} bare commits")
        for shape in ("8 clients x 100", "8 gateways x 100"):
            if f"{store} {shape}" in medians:
                batches = medians[f"{store} {shape}"]["per_s"]
                print(f"{store} {shape}: {batches / rate:.2f} of bare inserts")
    for name, what in (
        ("fastapi", "a FastAPI route"),
        ("pydantic", "one with pydantic models"),
    ):
        both = [medians.get(f"{one} 256 clients x 1") for one in ("pg", name)]
        if all(both):
            ratio = both[0]["p99_ms"] / both[1]["p99_ms"]
            print(f"p99 at 256 clients: {ratio:.2f} of the same behind {what}")
    for shape in ("1 client x 1", "32 clients x 1"):
        both = [medians.get(f"{one} {shape}") for one in ("pg", "alerta")]
        if all(both):
            ratio, cpu = (
                both[0]["per_s"] / both[1]["per_s"],
                both[1]["cpu_us"] / both[0]["cpu_us"],
            )
            print(f"alerta-server, {shape}: {ratio:.0f} x its signals, {cpu:.0f} x less CPU each")

"""Four engines over one store, killed inside transactions: each ticket goes on once a step.

On PostgreSQL they share the work, on SQLite they queue for the file's lock; the promise is the
same. Engines that do not look again at what they act on must be caught by the same harness.
"""

import multiprocessing
import os
import random
import time
from collections import Counter

import pytest
from sqlalchemy import insert, select

from alarm_receiver.domain.ticket import fold, opened
from alarm_receiver.engine.overdue import Overdue
from alarm_receiver.store import registry, tickets
from alarm_receiver.store.database import open_reader, open_writer
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.policies import Policies
from alarm_receiver.store.tables import entry, site, ticket
from alarm_receiver.store.writer import Writer
from postgres import cluster

NOW = 1_795_000_000_000
TICKETS = 2_000
STEPS_MS = (10_000, 30_000)
"""When the first and the second wait of the default policy for emergencies end."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path}/receiver.sqlite3"
        upgrade(found)
        yield found
        return
    with cluster() as one:
        found = one.fresh()
        upgrade(found)
        yield found


def prepare(url):
    engine = open_writer(url)
    with engine.begin() as connection:
        registry.make_agency(connection, "own", "Own")
        sites = [
            {"id": f"s{n}", "agency": "own", "name": "x", "account": str(n), "made_ms": NOW}
            for n in range(TICKETS)
        ]
        connection.execute(insert(site), sites)
        made = [
            opened(
                f"t{n}",
                agency="own",
                site=f"s{n}",
                class_=tickets.TicketClass.EMERGENCY,
                number=n + 1,
                now_ms=NOW,
                actor="device:1",
                detail={},
            )
            for n in range(TICKETS)
        ]
        tickets.write(
            connection,
            [one for one, _ in made],
            [one for _, one in made],
            [f"t{n}" for n in range(TICKETS)],
        )
    engine.dispose()


def seed_carelessness(act):
    """The bug that the harness must catch: no lock on what is due, no version when acting."""

    def overdue(connection, now_ms, count):
        query = select(*tickets.COLUMNS).where(ticket.c.due_ms <= now_ms).limit(count)
        found = [tickets.ticket_of(row) for row in connection.execute(query)]
        time.sleep(0.05)
        return found

    tickets.overdue = overdue
    tickets.act = lambda *args, **named: act(*args, **named | {"version": None})


def engine_process(url, seed, now_ms, *, deadly, careless=False):
    """One engine that raises everything due once; a deadly one dies inside a transaction."""
    chance = random.Random(seed)
    writer = Writer(open_writer(url), log=lambda *_a, **_n: None)
    writer.start()
    overdue = Overdue(
        writer,
        open_reader(url),
        now_ms=lambda: now_ms,
        log=lambda *_a, **_n: None,
        policies=Policies(),
    )
    act = tickets.act

    def dying(*args, **named):
        if deadly and chance.random() < 0.004:
            os.kill(os.getpid(), 9)
        return act(*args, **named)

    if careless:
        seed_carelessness(dying)
    else:
        tickets.act = dying
    idle = 0
    while idle < 3:
        idle = idle + 1 if overdue._turn() > 0 else 0


def counted(url):
    """How often each ticket was raised."""
    engine = open_writer(url)
    with engine.connect() as connection:
        query = select(entry.c.ticket).where(entry.c.act == "come_back")
        found = Counter(connection.execute(query).scalars())
    engine.dispose()
    return found


def run_engines(url, place, now_ms, **how):
    """Four engines at once until nothing is due; how many of them died."""
    context = multiprocessing.get_context("fork")
    engines = [
        context.Process(target=engine_process, args=(url, 10 * place + one, now_ms), kwargs=how)
        for one in range(4)
    ]
    for one in engines:
        one.start()
    for one in engines:
        one.join(200)
    codes = [one.exitcode for one in engines]
    assert set(codes) <= {0, -9}, codes
    return codes.count(-9)


def test_four_engines_killed_inside_transactions(url):
    prepare(url)
    for step, after_ms in enumerate(STEPS_MS, start=1):
        now_ms = NOW + after_ms
        killed = run_engines(url, step, now_ms, deadly=True)
        assert killed > 0
        assert run_engines(url, step, now_ms, deadly=False) == 0
        print(f"step {step}: {killed} of 4 engines died inside a transaction")
        raised = counted(url)
        assert len(raised) == TICKETS
        assert set(raised.values()) == {step}
        engine = open_writer(url)
        with engine.connect() as connection:
            assert {one.round for one in connection.execute(select(ticket.c.round))} == {step}
            for n in range(0, TICKETS, 97):
                id_ = f"t{n}"
                assert fold(tickets.entries(connection, id_)) == tickets.read(connection, id_)
        engine.dispose()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_harness_catches_engines_that_do_not_look_again(url):
    prepare(url)
    run_engines(url, 1, NOW + STEPS_MS[0], deadly=False, careless=True)
    assert max(counted(url).values()) > 1

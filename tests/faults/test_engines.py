"""Several engines over one PostgreSQL, killed inside transactions: each step exactly once."""

import multiprocessing
import os
import random
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


@pytest.fixture(scope="module")
def url():
    with cluster() as one:
        url = one.fresh()
        upgrade(url)
        yield url


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


def engine_process(url, seed, deadly):
    """One engine that raises everything due once; a deadly one dies inside a transaction."""
    chance = random.Random(seed)
    writer = Writer(open_writer(url), log=lambda *_a, **_n: None)
    writer.start()
    now_ms = NOW + 10_000
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

    tickets.act = dying
    idle = 0
    while idle < 3:
        idle = idle + 1 if overdue._turn() > 0 else 0


def test_four_engines_killed_inside_transactions(url):
    prepare(url)
    context = multiprocessing.get_context("fork")
    killed = 0
    for round_ in range(3):
        deadly = round_ < 2
        engines = [
            context.Process(target=engine_process, args=(url, 10 * round_ + place, deadly))
            for place in range(4)
        ]
        for one in engines:
            one.start()
        for one in engines:
            one.join(100)
            killed += one.exitcode == -9
    assert killed > 0
    engine = open_writer(url)
    with engine.connect() as connection:
        query = select(entry.c.ticket).where(entry.c.act == "come_back")
        raised = Counter(connection.execute(query).scalars())
        assert len(raised) == TICKETS
        assert set(raised.values()) == {1}
        assert {one.round for one in connection.execute(select(ticket.c.round))} == {1}
        for n in range(0, TICKETS, 97):
            assert fold(tickets.entries(connection, f"t{n}")) == tickets.read(connection, f"t{n}")
    engine.dispose()

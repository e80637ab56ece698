"""The direct way into a SQLite file: told after COMMIT only, whatever the disk or others do."""

import asyncio
import sqlite3
import threading

import pytest
from sqlalchemy import insert, select, text

from alarm_receiver.domain.ticket import Act
from alarm_receiver.store.database import open_writer, sqlite_url
from alarm_receiver.store.onfile import OnSqlite
from alarm_receiver.store.tables import zone
from alarm_receiver.store.turn import Turn
from alarm_receiver.store.waiting import Unavailable
from alarm_receiver.store.writer import EXIT_DISK
from alarm_wire.receipt import ACKNOWLEDGED
from door import Door, folded, stored
from receiving import wait_for
from sides import Side, Town


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    one = Town(sqlite_url(folder / "receiver.sqlite3"), folder)
    yield one
    one.engine.dispose()


@pytest.fixture
def door(town):
    with Door(town.url) as one:
        yield one


def test_those_of_one_turn_share_a_commit_and_are_told_after_it(town, door):
    ways = [town.site()[0] for _ in range(12)]

    async def go():
        await asyncio.gather(*(door.press(one()) for one in ways))
        before = door.direct.commits
        await asyncio.gather(*(door.press(one()) for one in ways))
        assert [stored(town, one.keypad.device) for one in ways] == [2] * 12
        assert door.direct.commits == before + 1

    asyncio.run(go())


def test_nobody_is_told_before_the_commit_and_the_next_group_is_decided_meanwhile(
    town, door, monkeypatch
):
    (arrive,) = town.site()
    slow = SlowCommits(door, monkeypatch)

    async def go():
        (opened,) = await door.press(arrive())
        slow.may_go.clear()
        early = asyncio.create_task(door.press(arrive()))
        await asyncio.to_thread(slow.waits.wait, 20)
        later = [asyncio.create_task(door.press(arrive())) for _ in range(10)]
        await asyncio.to_thread(wait_for, lambda: door.direct._next.units, 20)
        assert not early.done()
        assert stored(town, arrive.keypad.device) == 1
        slow.may_go.set()
        await asyncio.gather(early, *later)
        assert folded(town, opened.ticket).version == 12

    asyncio.run(go())


def test_a_commit_that_fails_is_told_to_nobody_and_the_long_way_does_it(town, door, monkeypatch):
    (arrive,) = town.site()
    slow = SlowCommits(door, monkeypatch)

    async def go():
        (opened,) = await door.press(arrive())
        slow.error = sqlite3.OperationalError("nobody foresaw this")
        told = await asyncio.gather(*(door.press(arrive()) for _ in range(10)))
        assert {one.ticket for (one,) in told} == {opened.ticket}
        assert not any(one.duplicate for (one,) in told)
        assert "not_at_once" in door.logged
        assert folded(town, opened.ticket).version == 11
        slow.error = None
        await door.directly(arrive)

    asyncio.run(go())


def test_a_commit_that_cannot_even_be_undone_leaves_nobody_without_an_answer(
    town, door, monkeypatch
):
    (arrive,) = town.site()
    slow = SlowCommits(door, monkeypatch)

    async def go():
        (opened,) = await door.press(arrive())
        slow.error = slow.undo_error = sqlite3.OperationalError("nobody foresaw this")
        told = await asyncio.gather(*(door.press(arrive()) for _ in range(3)))
        assert {one.ticket for (one,) in told} == {opened.ticket}
        assert not any(one.duplicate for (one,) in told)
        assert folded(town, opened.ticket).version == 4
        slow.error = slow.undo_error = None
        await door.directly(arrive)
        assert folded(town, opened.ticket).version == stored(town, arrive.keypad.device)

    asyncio.run(go())


def test_a_disk_that_lies_at_the_commit_ends_the_process(town, door, monkeypatch):
    (arrive,) = town.site()
    slow = SlowCommits(door, monkeypatch)
    ended = []
    monkeypatch.setattr(door.writer, "_end_process", ended.append)
    lie = sqlite3.OperationalError("disk I/O error")
    lie.sqlite_errorcode = sqlite3.SQLITE_IOERR

    async def go():
        await door.press(arrive())
        slow.error, slow.undo_error = lie, sqlite3.OperationalError("nor this")
        await asyncio.gather(door.press(arrive()), return_exceptions=True)

    asyncio.run(go())
    assert ended[:1] == [EXIT_DISK]


def test_a_full_disk_is_told_and_stores_nothing_and_is_over_when_there_is_room(town, door):
    (arrive,) = town.site()

    def limit(pages):
        with door.engine.connect() as connection:
            connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    async def go():
        (opened,) = await door.press(arrive())
        limit(1)
        presses = [door.press(*(arrive() for _ in range(500))) for _ in range(3)]
        told = await asyncio.gather(*presses, return_exceptions=True)
        assert all(isinstance(one, Unavailable) for one in told)
        assert stored(town, arrive.keypad.device) == 1
        limit(1_000_000)
        await door.press(*(arrive() for _ in range(500)))
        await door.directly(arrive)
        assert folded(town, opened.ticket).version == stored(town, arrive.keypad.device)

    asyncio.run(go())


def test_while_another_process_writes_the_loop_goes_on_and_the_group_waits_elsewhere(town, door):
    (arrive,) = town.site()

    async def go():
        (opened,) = await door.press(arrive())
        other = sqlite3.connect(door.engine.url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(door.press(arrive()))
        await asyncio.to_thread(wait_for, lambda: "not_at_once" in door.logged, 20)
        assert not task.done()
        other.execute("ROLLBACK")
        other.close()
        (told,) = await task
        assert told.ticket == opened.ticket
        assert stored(town, arrive.keypad.device) == 2
        await door.directly(arrive)

    asyncio.run(go())


def test_what_another_process_did_to_the_ticket_is_found_out(town, door):
    there = Side(town.url)
    (arrive,) = town.site()

    async def go():
        (opened,) = await door.press(arrive())
        there.act(opened.ticket, Act.ACKNOWLEDGE)
        told = await asyncio.gather(*(door.press(arrive()) for _ in range(5)))
        assert {(one.state, one.ticket) for (one,) in told} == {(ACKNOWLEDGED, opened.ticket)}
        assert folded(town, opened.ticket).version == 7

    asyncio.run(go())
    there.close()


def test_people_act_in_the_midst_of_a_flood_and_the_flood_goes_on(town, door):
    (arrive,) = town.site()
    ending = threading.Event()
    acts = []

    def act():
        while not ending.is_set():
            acts.append(door.writer.do(lambda connection: connection.execute(text("SELECT 1"))))

    async def press_on():
        for _ in range(150):
            await door.press(arrive())

    async def go():
        (opened,) = await door.press(arrive())
        thread = threading.Thread(target=act)
        thread.start()
        try:
            await asyncio.gather(*(press_on() for _ in range(4)))
        finally:
            ending.set()
            await asyncio.to_thread(thread.join)
        assert folded(town, opened.ticket).version == 601
        assert len(acts) > 20

    asyncio.run(go())


def test_closing_it_leaves_the_transaction_of_the_writers_thread_alone(town):
    site = town.site()[0].site
    engine = open_writer(town.url)
    direct = OnSqlite(engine, Turn(), trouble=print)
    direct.open()
    with engine.begin() as connection:
        connection.execute(insert(zone).values(site=site, number=7, name="Till"))
        direct.close()
    with engine.connect() as connection:
        assert connection.execute(select(zone.c.name).where(zone.c.number == 7)).scalar() == "Till"
    engine.dispose()


class SlowCommits:
    """The door's COMMITs, which wait until they may go, or fail."""

    def __init__(self, door, monkeypatch):
        self.may_go, self.waits = threading.Event(), threading.Event()
        self.may_go.set()
        self.error = self.undo_error = None
        self.cursor = door.direct._express._cursor
        monkeypatch.setattr(door.direct._express, "_cursor", self)

    def execute(self, statement, *parameters):
        if statement == "COMMIT":
            self.waits.set()
            self.may_go.wait(20)
            if self.error is not None:
                raise self.error
        if statement == "ROLLBACK" and self.undo_error is not None:
            raise self.undo_error
        return self.cursor.execute(statement, *parameters)

    def close(self):
        self.cursor.close()

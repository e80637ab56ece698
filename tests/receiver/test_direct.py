"""The direct way to PostgreSQL: told after COMMIT only, and nothing lost when its connection is."""

import asyncio
import socket
from contextlib import contextmanager

import psycopg
import pytest

from alarm_receiver.config import Settings
from alarm_receiver.domain.ticket import Act
from alarm_receiver.store import express as express_module
from alarm_receiver.store.direct import LEAST, PIECE
from alarm_receiver.store.tickets import act
from alarm_receiver.store.waiting import Unavailable
from alarm_wire.receipt import ACKNOWLEDGED, STORED
from door import Door, folded, stored
from postgres import postgresql_only
from receiving import wait_for
from sides import NOW, Side, Town

pytestmark = postgresql_only


@pytest.fixture(scope="module")
def town(store):
    folder, settings = store
    one = Town(Settings(data=folder, **settings).database_url, folder)
    yield one
    one.engine.dispose()


@pytest.fixture
def door(town):
    with Door(town.url) as one:
        yield one


@contextmanager
def locked(town, ticket):
    """The ticket's row in somebody else's hands."""
    with psycopg.connect(town.url) as other:
        other.execute("SELECT 1 FROM ticket WHERE id = %s FOR UPDATE", (ticket,))
        yield other


def waiting_for_it(town):
    """The backend of the direct way, while it waits for a lock."""
    with psycopg.connect(town.url, autocommit=True) as other:
        query = (
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
            "AND query LIKE '%WITH moved%' AND datname = current_database()"
        )
        row = other.execute(query).fetchone()
        return row and row[0]


def test_those_of_one_turn_share_a_commit_and_are_told_after_it(town, door):
    ways = [town.site()[0] for _ in range(12)]

    async def go():
        await asyncio.gather(*(door.press(one()) for one in ways))
        before = door.direct.commits
        verdicts = await asyncio.gather(*(door.press(one()) for one in ways))
        assert [stored(town, one.keypad.device) for one in ways] == [2] * 12
        assert all(one.ticket and not one.duplicate for (one,) in verdicts)
        assert door.direct.commits == before + 1

    asyncio.run(go())


def test_nobody_is_told_while_the_commit_waits_and_what_comes_meanwhile_goes_together(town, door):
    ways = [town.site()[0] for _ in range(6)]

    async def go():
        first = [await door.press(one()) for one in ways]
        with locked(town, first[0][0].ticket):
            early = asyncio.create_task(door.press(ways[0]()))
            await asyncio.to_thread(wait_for, lambda: waiting_for_it(town), 20)
            later = [asyncio.create_task(door.press(one())) for one in ways[1:]]
            await asyncio.sleep(0)
            before = door.direct.commits
            assert not early.done()
        await asyncio.gather(early, *later)
        assert door.direct.commits == before + 2

    asyncio.run(go())


def test_a_connection_that_dies_with_a_group_under_way_loses_and_doubles_nothing(town, door):
    (arrive,) = town.site()

    async def go():
        (opened,) = await door.press(arrive())
        with locked(town, opened.ticket):
            task = asyncio.create_task(door.press(arrive()))
            pid = await asyncio.to_thread(wait_for, lambda: waiting_for_it(town), 20)
            with psycopg.connect(town.url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        (told,) = await task
        assert told.ticket == opened.ticket
        assert stored(town, arrive.keypad.device) == 2
        assert "not_at_once" in door.logged
        await door.directly(arrive)

    asyncio.run(go())


def decided(door, units):
    """Wait until the next group, decided while one is under way, has so many."""
    return asyncio.to_thread(wait_for, lambda: len(door.direct._next.units) >= units, 20)


def test_the_next_group_is_decided_meanwhile_on_what_is_not_committed_yet(town, door):
    (arrive,) = town.site()

    async def go():
        (opened,) = await door.press(arrive())
        await door.directly(arrive)
        before = door.direct.commits, folded(town, opened.ticket).version
        with locked(town, opened.ticket):
            early = asyncio.create_task(door.press(arrive()))
            await asyncio.to_thread(wait_for, lambda: waiting_for_it(town), 20)
            later = [asyncio.create_task(door.press(arrive())) for _ in range(PIECE)]
            await decided(door, PIECE)
            assert not early.done()
        await asyncio.gather(early, *later)
        assert door.direct.commits == before[0] + 2
        assert folded(town, opened.ticket).version == before[1] + 1 + PIECE
        assert door.taking.refused_count == 0

    asyncio.run(go())


def test_what_was_decided_on_a_group_that_is_refused_is_decided_anew(town, door):
    there = Side(town.url)
    (arrive,), (other,) = town.site(), town.site()

    async def go():
        (opened,), (others,) = await door.press(arrive()), await door.press(other())
        with there.engine.begin() as connection:
            act(connection, opened.ticket, Act.ACKNOWLEDGE, version=None, now_ms=NOW, actor="a")
            early = asyncio.create_task(door.press(arrive()))
            await asyncio.to_thread(wait_for, lambda: waiting_for_it(town), 20)
            ways = [arrive, other] * PIECE
            later = [asyncio.create_task(door.press(one())) for one in ways]
            await decided(door, PIECE)
        told = await asyncio.gather(early, *later)
        states = {(one.ticket, one.state) for (one,) in told}
        assert states == {(opened.ticket, ACKNOWLEDGED), (others.ticket, STORED)}
        assert door.taking.refused_count >= 1
        assert stored(town, arrive.keypad.device) == 2 + PIECE
        assert stored(town, other.keypad.device) == 1 + PIECE
        assert folded(town, opened.ticket).version == 3 + PIECE
        assert folded(town, others.ticket).version == 1 + PIECE

    asyncio.run(go())
    there.close()


def test_a_connection_that_dies_under_two_groups_loses_and_doubles_nothing(town, door):
    (arrive,) = town.site()

    async def go():
        (opened,) = await door.press(arrive())
        with locked(town, opened.ticket):
            tasks = [asyncio.create_task(door.press(arrive()))]
            pid = await asyncio.to_thread(wait_for, lambda: waiting_for_it(town), 20)
            tasks += [asyncio.create_task(door.press(arrive())) for _ in range(PIECE)]
            await decided(door, PIECE)
            with psycopg.connect(town.url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
        assert {one.ticket for (one,) in await asyncio.gather(*tasks)} == {opened.ticket}
        assert stored(town, arrive.keypad.device) == 2 + PIECE
        assert folded(town, opened.ticket).version == 2 + PIECE
        await door.directly(arrive)

    asyncio.run(go())


def test_a_connection_that_dies_idle_is_replaced(town, door):
    (arrive,) = town.site()

    async def go():
        await door.press(arrive())
        await door.directly(arrive)
        with psycopg.connect(town.url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE "
                "'%WITH moved%' AND pid <> pg_backend_pid() AND datname = current_database()"
            )
        await door.press(arrive())
        await door.directly(arrive)

    asyncio.run(go())


def test_where_it_cannot_be_opened_all_take_the_long_way_until_it_can(town, monkeypatch):
    def closed(_self):
        raise psycopg.OperationalError("too many connections")

    from alarm_receiver.store.express import OnPostgresql

    opening = OnPostgresql.open
    monkeypatch.setattr(OnPostgresql, "open", closed)
    (arrive,) = town.site()

    async def go(door):
        for _ in range(3):
            await door.press(arrive())
        assert door.direct.commits == 0
        assert "direct_way_closed" in door.logged
        monkeypatch.setattr(OnPostgresql, "open", opening)
        await door.directly(arrive)

    with Door(town.url) as door:
        asyncio.run(go(door))


def test_what_another_process_did_to_the_ticket_is_found_out(town, door):
    there = Side(town.url)
    (arrive,) = town.site()

    async def go():
        (opened,) = await door.press(arrive())
        there.act(opened.ticket, Act.ACKNOWLEDGE)
        (told,) = await door.press(arrive())
        assert (told.state, told.ticket) == (ACKNOWLEDGED, opened.ticket)

    asyncio.run(go())
    there.close()


@pytest.mark.parametrize("where", ["propose", "parameters"])
def test_what_nobody_foresaw_leaves_nobody_without_an_answer(town, door, monkeypatch, where):
    (arrive,) = town.site()

    def broken(*_said):
        raise ValueError("nobody foresaw this")

    async def go():
        (opened,) = await door.press(arrive())
        await door.directly(arrive)
        with monkeypatch.context() as patched:
            if where == "propose":
                patched.setattr(door.taking, "propose", broken)
            else:
                patched.setattr(express_module, "_lone", broken)
            (told,) = await door.press(arrive())
        assert told.ticket == opened.ticket
        await door.directly(arrive)

    asyncio.run(go())


def test_what_cannot_be_written_out_meanwhile_leaves_the_one_under_way_alone(
    town, door, monkeypatch
):
    (arrive,) = town.site()

    def broken(*_said):
        raise ValueError("nobody foresaw this")

    async def go():
        (opened,) = await door.press(arrive())
        with monkeypatch.context() as patched:
            with locked(town, opened.ticket):
                tasks = [asyncio.create_task(door.press(arrive()))]
                await asyncio.to_thread(wait_for, lambda: waiting_for_it(town), 20)
                patched.setattr(express_module, "_parameters", broken)
                tasks += [asyncio.create_task(door.press(arrive())) for _ in range(LEAST)]
                await asyncio.sleep(0)
            assert {one.ticket for (one,) in await asyncio.gather(*tasks)} == {opened.ticket}
        assert "not_written" in door.logged
        assert folded(town, opened.ticket).version == 2 + LEAST

    asyncio.run(go())


def test_a_group_larger_than_the_socket_takes_goes_out_in_parts(town, door):
    (arrive,) = town.site()

    async def go():
        await door.press(arrive())
        await door.directly(arrive)
        with socket.socket(fileno=door.direct._express.fileno()) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
            raw.detach()
        before, known = door.direct.commits, stored(town, arrive.keypad.device)
        verdicts = await door.press(*(arrive() for _ in range(1_500)))
        assert len(verdicts) == 1_500
        assert door.direct.commits == before + 1
        assert stored(town, arrive.keypad.device) == known + 1_500

    asyncio.run(go())


def test_who_comes_when_the_receiver_stops_is_told_so(town, door):
    (arrive,) = town.site()

    async def go():
        await door.press(arrive())
        door.writer.stop()
        door.direct.close()
        with pytest.raises(Unavailable, match="shutting down"):
            await door.press(arrive())

    asyncio.run(go())

"""What changed, for followers and waiting gateways, also when nobody follows."""

import asyncio
import secrets

import pytest

from alarm_receiver.config import Settings
from alarm_receiver.domain.ticket import Act, TicketClass, opened
from alarm_receiver.store import registry, tickets
from alarm_receiver.store.database import open_reader
from alarm_receiver.web.feed import Feed
from postgres import postgresql_only
from receiving import prepared

NOW = 1_795_000_000_000


@pytest.fixture
def store_of_two(store):
    """A writing engine, a reading one, and two live tickets."""
    folder, settings = store
    url = Settings(data=folder, **settings).database_url
    writing, reading = prepared(url, folder), open_reader(url)
    with writing.begin() as connection:
        registry.make_agency(connection, registry.OWN, "Own")
        made = []
        for _ in range(2):
            name = secrets.token_hex(8)
            registry.make_site(connection, name, agency_id="own", name=name, account=name, now_ms=0)
            ticket, entry = opened(
                name,
                agency="own",
                site=name,
                class_=TicketClass.EMERGENCY,
                number=int(name, 16) >> 8,
                now_ms=NOW,
                actor="a",
                detail={},
            )
            tickets.write(connection, [ticket], [entry], [name])
            made.append(name)
    yield writing, reading, made
    writing.dispose()
    reading.dispose()


def note(connection, id_):
    tickets.act(connection, id_, Act.NOTE, version=None, now_ms=NOW, actor="a", detail={})


async def followed_or_not(reading, follows, act):
    feed = Feed(reading, lambda *_, **__: None)
    feed.followed = lambda: follows
    await feed.start()
    try:
        await act(feed)
    finally:
        await feed.stop()


async def moved(feed, seq):
    """Wait until there is a change after `seq`."""
    async with asyncio.timeout(20):
        while feed.newest <= seq:
            await feed.wait_beyond(seq, 1)


@pytest.mark.parametrize("follows", [False, True])
def test_who_waits_is_woken_whether_anybody_follows_or_not(store_of_two, follows):
    writing, reading, (one, _) = store_of_two

    async def act(feed):
        seq = feed.newest
        waiting = asyncio.create_task(moved(feed, seq))
        with writing.begin() as connection:
            note(connection, one)
        feed.wake()
        await waiting
        (change,) = await feed.after(seq)
        assert (change.ticket, change.act) == (one, "note")

    asyncio.run(followed_or_not(reading, follows, act))


@postgresql_only  # a file has one writer at a time: sequences are committed in order
@pytest.mark.parametrize("follows", [False, True])
def test_a_change_that_is_committed_late_is_not_skipped(store_of_two, follows):
    writing, reading, (one, other) = store_of_two

    async def act(feed):
        seq = feed.newest
        with writing.begin() as early, writing.connect() as late:
            note(early, one)
            note(late, other)
            late.commit()
            feed.wake()
            await feed.wait_beyond(seq, 0.3)
            assert feed.newest == seq, "the change before it may still come"
        await moved(feed, seq + 1)
        assert [change.ticket for change in await feed.after(seq)] == [one, other]

    asyncio.run(followed_or_not(reading, follows, act))

"""The short way into the store: the same rows as the long one, and never a wrong one.

Two takers stand for two processes on one store: what the one writes, the other does not know.
"""

import threading

import psycopg
import pytest
from sqlalchemy import func, select

from alarm_receiver.config import Settings
from alarm_receiver.domain.ticket import Act, State
from alarm_receiver.store import express as express_module
from alarm_receiver.store.database import StoreError
from alarm_receiver.store.tables import entry as entry_table
from alarm_wire import signal as wire
from alarm_wire.frame import IDENTITY_REUSED
from alarm_wire.receipt import ACKNOWLEDGED, STORED
from postgres import cluster, postgresql_only
from receiving import wait_for
from sides import Side, Town


@pytest.fixture(scope="module")
def town(store):
    folder, settings = store
    one = Town(Settings(data=folder, **settings).database_url, folder)
    yield one
    one.engine.dispose()


@pytest.fixture
def sides(town):
    both = Side(town.url), Side(town.url)
    yield both
    for one in both:
        one.close()


def row(found):
    """A signal's row without what differs from one identity to the next."""
    kept = dict(found._mapping)
    for name in ("seq", "number", "frame"):
        del kept[name]
    return kept


def test_a_stranger_takes_the_long_way_and_what_follows_the_short_one(town, sides):
    here, _ = sides
    (arrive,) = town.site()
    assert here.short(arrive()) is None
    pressed = arrive(zone=7), arrive(zone=7)
    sent = [found.frame for found in pressed]
    (first,) = here.long(pressed[0])
    (second,) = here.short(pressed[1])
    assert (second.state, second.ticket, second.duplicate) == (STORED, first.ticket, False)
    assert here.ticket(first.ticket).version == 2
    one, other = here.signals(arrive.keypad)
    assert row(one) == row(other)
    assert [bytes(found.frame) for found in (one, other)] == sent


def test_many_at_once_with_status_signals_among_them(town, sides):
    here, _ = sides
    ways = town.site(3)
    tickets_ = {here.take(one())[0].ticket for one in ways}
    assert len(tickets_) == 1
    group = [one(kind) for one in ways for kind in (wire.PANIC, wire.PERIODIC_TEST, wire.DURESS)]
    verdicts = here.short(*group)
    assert [one.ticket for one in verdicts] == [
        None if one.signal.kind == wire.PERIODIC_TEST else tickets_.copy().pop() for one in group
    ]
    ticket = here.ticket(*tickets_)
    assert ticket.version == 4 + 6, "three presses, one of which confirmed, and six more"
    assert (ticket.kind, ticket.confirmed) == ("duress", True)
    assert {one.frame for way in ways for one in here.signals(way.keypad)} >= {
        one.frame for one in group
    }


def test_a_silent_signal_and_a_second_device_mark_the_ticket_on_the_short_way(town, sides):
    here, _ = sides
    first, second = town.site(2)
    (opened,) = here.long(first())
    assert here.short(second(wire.HOLD_UP, flags=wire.SILENT)) is not None
    ticket = here.ticket(opened.ticket)
    assert (ticket.silent, ticket.confirmed, ticket.kind) == (True, True, "hold_up")


def test_what_another_process_did_to_the_ticket_is_found_out(town, sides):
    here, there = sides
    (arrive,) = town.site()
    (opened,) = here.long(arrive())
    there.act(opened.ticket, Act.ACKNOWLEDGE)
    assert here.short(arrive()) is None, "the version is taken: nothing may be written"
    assert here.ticket(opened.ticket).version == 2
    (joined,) = here.long(arrive())
    assert (joined.state, joined.ticket) == (ACKNOWLEDGED, opened.ticket)
    assert here.ticket(opened.ticket).state is State.ACKNOWLEDGED


def test_a_ticket_that_another_process_closed_is_left_closed(town, sides):
    here, there = sides
    (arrive,) = town.site()
    (opened,) = here.long(arrive())
    there.act(opened.ticket, Act.ACKNOWLEDGE)
    there.act(opened.ticket, Act.CLOSE, outcome="attended")
    (again,) = here.take(arrive())
    assert again.ticket != opened.ticket
    assert here.ticket(opened.ticket).state is State.CLOSED
    assert here.ticket(again.ticket).state is State.OPEN


def test_a_signal_that_another_process_stored_is_a_duplicate(town, sides):
    here, there = sides
    (arrive,) = town.site()
    (opened,) = here.long(arrive())
    there.take(arrive())
    here.take(arrive())  # reads, so that only the identity below is unknown here
    unknown = arrive(wire.PERIODIC_TEST)
    there.take(unknown)
    assert here.short(unknown) is None
    (told,) = here.long(unknown)
    assert told.duplicate
    assert here.signals(arrive.keypad)[-1].arrivals == 2
    assert here.ticket(opened.ticket).version == 3


def test_the_same_identity_twice_in_one_request_or_soon_after_is_read_first(town, sides):
    here, _ = sides
    (arrive,) = town.site()
    here.long(arrive())
    one = arrive()
    assert here.short(one, one) is None
    assert here.short(one) is not None
    assert here.short(one) is None
    assert here.long(one)[0].duplicate
    other = arrive(said=arrive.keypad.signal(wire.FIRE, number=one.signal.number))
    assert here.short(other) is None
    assert here.long(other)[0].refusal == IDENTITY_REUSED


def test_one_refused_request_leaves_the_others_of_its_group_on_the_short_way(town, sides):
    here, _ = sides
    (known,), (stranger,) = town.site(), town.site()
    here.long(known())
    shares = here.at_once([[known()], [stranger()], [known()]])
    assert [share is not None for share in shares] == [True, False, True]


def test_a_tamper_is_looked_at_because_it_may_confirm_what_others_opened(town, sides):
    here, there = sides
    one, other = town.site(2)
    here.long(one(wire.TAMPER))
    (opened,) = there.long(other())
    assert here.short(one(wire.TAMPER)) is None
    here.long(one(wire.TAMPER))
    assert here.ticket(opened.ticket).confirmed


def test_nothing_stays_when_one_of_a_group_is_refused(town, sides):
    here, there = sides
    (stale,), (fine,) = town.site(), town.site()
    (opened,), _ = here.long(stale()), here.long(fine())
    there.act(opened.ticket, Act.ACKNOWLEDGE)
    assert here.short(fine(), stale()) is None
    assert len(here.signals(fine.keypad)) == 1


def test_what_is_refused_takes_no_number_that_followers_would_wait_for(town, sides):
    here, there = sides
    (stale,) = town.site()
    (opened,) = here.long(stale())
    there.act(opened.ticket, Act.ACKNOWLEDGE)
    refused = stale()
    for _ in range(3):
        assert here.short(refused) is None
        here.long(stale())
    with here.engine.connect() as connection:
        query = select(func.max(entry_table.c.seq), func.count()).select_from(entry_table)
        newest, count = connection.execute(query.where(entry_table.c.ticket == opened.ticket)).one()
        first = select(func.min(entry_table.c.seq)).where(entry_table.c.ticket == opened.ticket)
        assert newest - connection.execute(first).scalar_one() + 1 == count


@postgresql_only  # a file has no connection to lose
def test_a_connection_that_died_is_replaced(town, sides):
    here, there = sides
    (arrive,) = town.site()
    here.long(arrive())
    here.short(arrive())
    with psycopg.connect(town.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert here.short(arrive()) is None
    (opened,) = there.take(arrive())
    here.take(arrive())
    assert here.short(arrive()) is not None
    assert here.ticket(opened.ticket).version == 5


@postgresql_only  # SQLite's short way has no statement of its own
def test_an_engine_that_does_not_take_the_statement_is_left_alone(town, sides, monkeypatch):
    here, _ = sides
    monkeypatch.setattr(express_module, "_STATEMENT", "SELECT of an engine that has no such thing")
    (arrive,) = town.site()
    here.long(arrive())
    with pytest.raises(StoreError, match="refused"):
        here.short(arrive())
    assert here.short(arrive()) is None
    assert here.long(arrive())[0].state == STORED


@pytest.mark.parametrize("language", [None, "de"])
def test_a_commit_that_did_not_wait_for_its_standby_counts_as_none(language, tmp_path):
    with cluster(language) as server:
        town = Town(server.fresh(), tmp_path)
        with psycopg.connect(town.url, autocommit=True) as other:
            other.execute("ALTER ROLE holdfast SET client_min_messages = error")  # it warns of it
        (arrive,) = town.site()
        here = Side(town.url)
        here.long(arrive())
        assert here.short(arrive()) is not None
        with psycopg.connect(server.url(), autocommit=True) as other:
            other.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
            other.execute("SELECT pg_reload_conf()")
            wait_for(lambda: other.execute("SHOW synchronous_standby_names").fetchone()[0])
            ending = threading.Event()
            cancelling = threading.Thread(target=cancel_waits, args=(server, ending))
            cancelling.start()
            try:
                # Until the checkpointer has read the setting too, a commit waits for nobody.
                assert "standby was cancelled" in wait_for(lambda: refusal(here, arrive()))
            finally:
                ending.set()
                cancelling.join(20)
        here.close()
        town.engine.dispose()


def refusal(side, arrival):
    """Why the short way refused, or None."""
    try:
        side.short(arrival)
    except StoreError as error:
        return str(error)
    return None


def cancel_waits(server, ending):
    """Cancel whoever waits for a standby, until `ending`."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        while not ending.wait(0.05):
            connection.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            )

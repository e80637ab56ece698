"""Tickets come back by themselves: on time, once per deadline, also across a restart."""

import pytest

from alarm_receiver.domain.ticket import WAITS, Refused, TicketClass, Waits
from alarm_receiver.engine.lasting import lasting
from alarm_receiver.store import tickets
from alarm_receiver.store.database import StoreError
from alarm_receiver.web import context
from receiving import Client, Keypad, Running, running, wait_for

QUICK = Waits((200, 300, 400), 300, 300)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setitem(WAITS, TicketClass.EMERGENCY, QUICK)


@pytest.mark.usefixtures("quick")
def test_a_ticket_that_nobody_takes_is_raised_again_and_again(tmp_path):
    keypad = Keypad()
    with running(tmp_path) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        id_ = client.tickets()[0]["id"]
        wait_for(lambda: client.ticket(id_)["round"] >= 3)
        raised = [one for one in client.ticket(id_)["entries"] if one["act"] == "come_back"]
        assert all(one["detail"]["late_ms"] < 1000 for one in raised)
        assert {one["actor"] for one in raised} == {"engine"}


@pytest.mark.usefixtures("quick")
def test_a_ticket_that_was_taken_and_forgotten_comes_back(tmp_path):
    keypad = Keypad()
    with running(tmp_path) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        id_ = client.tickets()[0]["id"]
        wait_for(lambda: client.act(id_, "acknowledge", client.ticket(id_)["version"]).is_success)
        wait_for(lambda: client.ticket(id_)["state"] == "open")
        assert client.ticket(id_)["holder"] is None


@pytest.mark.usefixtures("quick")
def test_what_fell_due_while_nobody_ran_comes_back_after_the_start(tmp_path):
    keypad = Keypad()
    with running(tmp_path) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        token = client.token
    again = Running(tmp_path)
    client = Client(again.url)
    client.http.headers["Authorization"] = f"Bearer {token}"
    try:
        wait_for(lambda: client.tickets()[0]["round"] >= 1, 5)
    finally:
        client.close()
        again.stop()


@pytest.mark.usefixtures("quick")
def test_what_nobody_foresaw_costs_a_turn_and_not_the_engine(tmp_path, monkeypatch):
    real, failed = tickets.next_due_ms, []

    def unforeseen(connection):
        if len(failed) < 3:
            failed.append(1)
            raise RuntimeError("a row that nobody foresaw")
        return real(connection)

    monkeypatch.setattr(tickets, "next_due_ms", unforeseen)
    keypad = Keypad()
    with running(tmp_path) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        wait_for(lambda: client.tickets()[0]["round"] >= 1)
    assert len(failed) == 3


def test_an_engine_that_fails_each_time_is_told_by_the_health_page(tmp_path, monkeypatch):
    def unforeseen(_):
        raise RuntimeError("a row that nobody foresaw")

    with running(tmp_path) as (receiver, client):
        assert client.http.get("/ready").status_code == 200
        monkeypatch.setattr(context, "ENGINE_MS_MAX", 500)
        monkeypatch.setattr(tickets, "next_due_ms", unforeseen)
        wait_for(lambda: "engine_failed" in " ".join(receiver.receiver.context.faults()))
        assert client.http.get("/ready").status_code == 503


def test_each_engine_outlives_what_its_turn_raises():
    told = []

    def log(what, **more):
        told.append((what, more["error"]))

    for error in (StoreError("away"), Refused("not now"), KeyError("odd")):
        with lasting(log, "silence"):
            raise error
    assert [what for what, _ in told] == ["silence_waits", "silence_waits", "silence_failed"]
    with pytest.raises(SystemExit), lasting(log, "silence"):
        raise SystemExit

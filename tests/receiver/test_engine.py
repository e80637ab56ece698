"""Tickets come back by themselves: on time, once per deadline, also across a restart."""

import pytest

from alarm_receiver.domain.ticket import WAITS, TicketClass, Waits
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

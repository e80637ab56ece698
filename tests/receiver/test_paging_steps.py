"""Each step pages anew, on both stores: after a hand-back too; and nobody for what is over."""

from contextlib import contextmanager

import pytest
from sqlalchemy import text

from alarm_receiver.domain.paged import NotSent
from alarm_wire import signal as wire
from receiving import Keypad, running, wait_for
from taking import taking

POLICY = {
    "steps": [{"wait_s": 3_600, "targets": ["agency:*"]}],
    "acknowledged_s": 3_600,
    "dispatched_s": 3_600,
}


@contextmanager
def guards(store):
    """A receiver whose emergencies are handed to one agency's system, and that system."""
    folder, settings = store
    with (
        taking() as other,
        running(folder, webhook_networks="127.0.0.0/8", **settings) as (receiver, client),
    ):
        made = client.http.post("/v1/endpoints", json={"name": "Guards", "url": other.url})
        assert made.status_code == 201, made.text
        put_waits(client, 300)
        yield receiver, client, other


def put_waits(client, *waits_s):
    steps = [{"wait_s": one, "targets": ["agency:*"]} for one in waits_s]
    answer = client.http.put("/v1/policies/emergency", json=POLICY | {"steps": steps})
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def paged(store):
    with guards(store) as found:
        yield found


def pressed(client):
    keypad = Keypad()
    client.register(keypad, client.site())
    client.send(keypad.press(wire.PANIC))
    ((id_, version),) = [
        (one["id"], one["version"])
        for one in client.tickets(state="open")
        if one["signals"][0]["device"] == keypad.device.hex()
    ]
    return id_, version


def pages_of(client, id_):
    return client.http.get(f"/v1/tickets/{id_}/pages").json()


def states(client, id_):
    return [one["state"] for one in pages_of(client, id_)]


def test_the_same_people_are_paged_again_when_a_ticket_is_handed_back(paged):
    _, client, other = paged
    id_, version = pressed(client)
    wait_for(lambda: states(client, id_) == ["accepted"])
    for turn in range(2, 4):
        assert client.act(id_, "acknowledge", version).status_code == 200
        back = client.act(id_, "hand-back", version + 1)
        assert back.status_code == 200, back.text
        version = back.json()["version"]
        wait_for(lambda turn=turn: states(client, id_) == ["accepted"] * turn)
    assert [one["round"] for one in pages_of(client, id_)] == [0, 0, 0]
    assert len({one["id"] for one in pages_of(client, id_)}) == 3
    went = [headers["webhook-id"] for headers, _ in other.got]
    assert {one["id"] for one in pages_of(client, id_)} <= set(went)
    assert client.act(id_, "acknowledge", version).status_code == 200


def test_the_rounds_after_a_hand_back_page_as_the_first_ones_did(paged):
    _, client, _ = paged
    put_waits(client, 1, 300)
    id_, version = pressed(client)
    wait_for(lambda: states(client, id_) == ["accepted", "accepted"])
    version = client.ticket(id_)["version"]
    assert client.act(id_, "acknowledge", version).status_code == 200
    assert client.act(id_, "hand-back", version + 1).status_code == 200
    wait_for(lambda: states(client, id_) == ["accepted"] * 4)
    assert [one["round"] for one in pages_of(client, id_)] == [0, 1, 0, 1]
    put_waits(client, 300)
    assert client.act(id_, "acknowledge", client.ticket(id_)["version"]).status_code == 200


class Slow:
    """A channel that takes nothing; so its pages are tried again."""

    def __init__(self):
        self.tried = []

    def send(self, paged):
        self.tried.append(paged.page)
        raise NotSent("not now")


@pytest.mark.parametrize("end", ["taken", "closed"])
def test_a_page_that_waits_goes_out_no_more_once_its_ticket_is_over(paged, end):
    receiver, client, _ = paged
    slow, channels = Slow(), receiver.receiver.sender._channels
    kept = channels["webhook"]
    channels["webhook"] = slow
    try:
        id_, version = pressed(client)
        wait_for(lambda: states(client, id_) == ["queued"] and slow.tried)
        assert client.act(id_, "acknowledge", version).status_code == 200
        if end == "closed":
            said = {"outcome": "false_alarm", "text": "leant on it"}
            closed = client.act(id_, "close", version + 1, **said)
            assert closed.status_code == 200, closed.text
        (before,) = slow.tried
        make_due(receiver, before)
        wait_for(lambda: states(client, id_) == ["superseded"])
        assert slow.tried == [before]
        if end == "taken":  # and back again: its people are asked anew
            assert client.act(id_, "hand-back", version + 1).status_code == 200
            wait_for(lambda: len(slow.tried) == 2)
            assert slow.tried[1] != before
            assert client.act(id_, "acknowledge", version + 2).status_code == 200
    finally:
        channels["webhook"] = kept


def make_due(receiver, page):
    """As if the wait before the next try were over."""

    def due(connection):
        connection.execute(
            text("UPDATE page SET due_ms = made_ms WHERE id = :id AND state = 'queued'"),
            {"id": page},
        )

    receiver.receiver.writer.do(due)

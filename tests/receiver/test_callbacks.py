"""Attack 26: a call-back of an agency's system that somebody recorded and sends again."""

import base64
import json
import secrets

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from alarm_receiver.domain.webhook import TOLERANCE_S, signature
from alarm_receiver.store.callbacks import KEPT_MS
from alarm_receiver.store.desk import called_back
from receiving import Keypad, running, wait_for
from taking import taking


class Guards:
    """An agency's own system: it takes pages, and seals what it answers."""

    def __init__(self, receiver, client, server):
        self.receiver, self.client, self.server = receiver, client, server
        made = client.http.post("/v1/endpoints", json={"name": "Guards", "url": server.url}).json()
        self.secret = base64.b64decode(made["secret"].removeprefix("whsec_"))

    def paged(self):
        """A fresh press; its ticket, and the page that was handed over for it."""
        keypad = Keypad()
        site = self.client.site()
        self.client.register(keypad, site)
        self.client.send(keypad.press())
        (ticket,) = self.client.tickets(site=site)

        def here():
            events = [json.loads(body) for _, body in self.server.got]
            return [one for one in events if one["subject"] == ticket["id"]]

        return ticket["id"], wait_for(here, 30)[0]["id"]

    def sealed(self, page, act="acknowledge", id_=None, **more):
        """The headers and the body of a call-back, as it would stand in somebody's log."""
        body = json.dumps({"page": page, "act": act} | more).encode()
        at, id_ = self.receiver.context.clock.now_ms() // 1000, id_ or secrets.token_hex(8)
        headers = {"webhook-id": id_, "webhook-timestamp": str(at)}
        headers["webhook-signature"] = signature(self.secret, id_, at, body)
        return headers, body

    def post(self, page, sealed):
        headers, body = sealed
        return self.client.http.post(f"/v1/callbacks/{page}", content=body, headers=headers)


@pytest.fixture(scope="module")
def guards(store):
    folder, settings = store
    with (
        taking() as server,
        running(folder, webhook_networks="127.0.0.0/8", **settings) as (receiver, client),
    ):
        yield Guards(receiver.receiver, client, server)


def stands(guards, id_):
    ticket = guards.client.ticket(id_)
    return ticket["state"], ticket["holder"], ticket["version"]


def test_attack_26_what_is_signed_for_one_page_is_good_for_no_other(guards):
    (_, page), (other, other_page) = guards.paged(), guards.paged()
    recorded = guards.sealed(page)
    before = stands(guards, other)
    refused = guards.post(other_page, recorded)
    assert refused.status_code == 422, refused.text
    assert "not the page of the path" in refused.json()["detail"]
    assert stands(guards, other) == before
    bare = guards.sealed(None)
    assert guards.post(page, bare).status_code == 422, "a body that names no page is good for none"
    assert guards.post(page, recorded).json()["state"] == "acknowledged"


def test_attack_26_the_same_bytes_take_no_ticket_again(guards):
    id_, page = guards.paged()
    recorded = guards.sealed(page)
    taken = guards.post(page, recorded)
    assert taken.json()["state"] == "acknowledged", taken.text
    assert stands(guards, id_)[1] == "agency:Guards"
    version = taken.json()["version"]
    assert guards.client.act(id_, "hand-back", version).status_code == 200
    back = stands(guards, id_)
    for _ in range(2):
        again = guards.post(page, recorded)
        assert (again.status_code, again.json()["state"]) == (200, "open")
    assert stands(guards, id_) == back, "a recorded call-back changed the ticket"
    fresh = guards.post(page, guards.sealed(page))
    assert fresh.json()["state"] == "acknowledged", "with an id of its own they may take it again"


def test_attack_26_what_was_refused_does_not_come_true_later(guards):
    id_, page = guards.paged()
    guards.client.act(id_, "acknowledge", 1)
    recorded = guards.sealed(page)
    assert guards.post(page, recorded).status_code == 409, "Ada has it"
    version = guards.client.ticket(id_)["version"]
    assert guards.client.act(id_, "hand-back", version).status_code == 200
    back = stands(guards, id_)
    again = guards.post(page, recorded)
    assert again.status_code == 409
    assert "refused before" in again.json()["detail"]
    assert stands(guards, id_) == back


def test_a_word_tried_again_is_on_the_timeline_once_and_an_id_is_used_once(guards):
    id_, page = guards.paged()
    guards.post(page, guards.sealed(page))
    first = guards.sealed(page, "complete", "w1", text="all done")
    retry = guards.sealed(page, "complete", "w1", text="all done")
    assert guards.post(page, first).status_code == 200
    assert guards.post(page, retry).status_code == 200
    said = [one["detail"].get("text") for one in guards.client.ticket(id_)["entries"]]
    assert said.count("all done") == 1
    other = guards.post(page, guards.sealed(page, "complete", "w1", text="something else"))
    assert other.status_code == 409
    assert "give each its own" in other.json()["detail"]
    too_long = guards.post(page, guards.sealed(page, "complete", "w" * 101))
    assert too_long.status_code == 422


def test_an_id_is_remembered_longer_than_its_signature_holds_and_the_database_keeps_it_once(guards):
    assert KEPT_MS > 2 * TOLERANCE_S * 1000
    _, page = guards.paged()
    headers, _ = recorded = guards.sealed(page)
    assert guards.post(page, recorded).status_code == 200
    writer, id_ = guards.receiver.writer, headers["webhook-id"]
    with guards.receiver.context.reader.connect() as connection:
        query = select(called_back).where(called_back.c.webhook_id == id_)
        row = dict(connection.execute(query).mappings().one())
    with pytest.raises(IntegrityError):
        writer.do(lambda connection: connection.execute(insert(called_back).values(row)))
    clock = guards.receiver.context.clock
    plain = clock.now_ms
    try:
        clock.now_ms = lambda: plain() + KEPT_MS + 1000
        assert guards.post(page, recorded).status_code == 401, "its signature holds no more"
        assert guards.post(page, guards.sealed(page)).status_code == 200
    finally:
        del clock.now_ms
    with guards.receiver.context.reader.connect() as connection:
        assert connection.execute(query).one_or_none() is None, "and then it is forgotten"

"""Deleting a site and taking out keys need two people."""

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from alarm_receiver.store.database import open_writer
from alarm_receiver.store.proposals import LASTS_MS, proposal
from alarm_wire import frame, receipt
from receiving import Keypad, running


@pytest.fixture(scope="module")
def house(store):
    """A receiver, its administrator Ada, and a second one."""
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        form = {"name": "Bea", "password": "x" * 12, "role": "admin"}
        assert client.http.post("/v1/operators", json=form).status_code == 201
        with httpx.Client(base_url=receiver.url, timeout=60) as second:
            asked = {"name": "Bea", "password": "x" * 12}
            token = second.post("/v1/tokens", json=asked).json()["token"]
            second.headers["Authorization"] = f"Bearer {token}"
            yield receiver, client, second


def propose(http, what, site):
    made = http.post("/v1/proposals", json={"what": what, "site": site, "reason": "moved"})
    assert made.status_code == 201, made.text
    return f"/v1/proposals/{made.json()['id']}"


def decide(http, path, decision="approved"):
    return http.post(f"{path}/decision", json={"decision": decision}).status_code


def test_keys_are_taken_out_by_two_and_once(house):
    _, client, second = house
    keypad, gone, site = Keypad(), Keypad(), client.site()
    client.register(keypad, site)
    client.register(gone, site, zone=2)
    client.http.post(f"/v1/devices/{gone.device.hex()}/revoke")
    path = propose(client.http, "export_keys", site)
    assert client.http.post(f"{path}/do").status_code == 409, "nobody has approved"
    assert decide(client.http, path) == 409, "not by who asked"
    assert decide(second, path) == 200
    assert decide(second, path, "refused") == 409, "decided once"
    assert second.post(f"{path}/do").status_code == 409, "who approved does not do it"
    given = client.http.post(f"{path}/do")
    assert given.status_code == 200
    lines = given.text.split()
    assert lines[1:] == [f"{keypad.device.hex()},keypad,{keypad.key.hex()}"]
    assert client.http.post(f"{path}/do").status_code == 409, "done once"
    done = [one["what"] for one in client.http.get("/v1/deeds").json()]
    assert done[:3] == ["export_keys", "decide", "propose"]
    assert keypad.key.hex() not in client.http.get("/v1/deeds").text


def test_a_site_is_deleted_by_two_and_its_devices_are_believed_no_longer(house):
    _, client, second = house
    keypad, site = Keypad(), client.site("Closed shop")
    client.register(keypad, site)
    holder = {"rank": 1, "name": "Eva", "phone": "+1"}
    client.http.post(f"/v1/sites/{site}/keyholders", json=holder)
    client.send(keypad.press())
    path = propose(second, "delete_site", site)
    assert decide(client.http, path) == 200
    assert second.post(f"{path}/do").status_code == 204
    assert client.http.get(f"/v1/sites/{site}/keyholders").json() == []
    assert "Closed shop" not in client.http.get("/v1/sites").text
    refusal = receipt.unpack_refusal(client.send(keypad.press())[0])
    assert refusal.reason == frame.REVOKED_DEVICE
    emergencies = client.tickets(site=site, **{"class": "emergency"})
    assert len(emergencies) == 1, "the record stays"


def test_what_was_refused_or_is_too_old_is_not_done(house):
    receiver, client, second = house
    path = propose(client.http, "delete_site", client.site())
    assert decide(second, path, "refused") == 200
    assert client.http.post(f"{path}/do").status_code == 409
    late = propose(client.http, "delete_site", client.site())
    clock = receiver.receiver.context.clock
    plain = clock.now_ms
    try:
        clock.now_ms = lambda: plain() + LASTS_MS + 1
        assert decide(second, late) == 409
    finally:
        del clock.now_ms
    assert decide(second, late) == 200
    try:
        clock.now_ms = lambda: plain() + LASTS_MS + 1
        assert client.http.post(f"{late}/do").status_code == 409
    finally:
        del clock.now_ms


def test_the_database_itself_wants_four_eyes(house):
    receiver, client, _ = house
    propose(client.http, "delete_site", client.site())
    engine = open_writer(receiver.settings.database_url)
    for wrong in (
        {"decided_by": proposal.c.asked_by, "decision": "approved"},
        {"decision": "approved"},
        {"done_ms": 1},
    ):
        undecided = update(proposal).where(proposal.c.decision.is_(None)).values(**wrong)
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(undecided)
    engine.dispose()

"""Deleting a site and taking out keys need two people."""

import httpx
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from alarm_receiver.store.database import open_writer
from alarm_receiver.store.proposals import LASTS_MS, proposal
from alarm_receiver.store.tables import operator
from alarm_wire import frame, receipt
from receiving import PASSWORD, Client, Keypad, running, settle


@pytest.fixture(scope="module")
def house(store):
    """A receiver, its administrator Ada, and a second one."""
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        form = {"name": "Bea", "password": "x" * 12, "role": "admin"}
        assert client.http.post("/v1/operators", json=form).status_code == 201
        settle(receiver, "Bea")
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


@pytest.fixture(scope="module")
def alone(store, request, tmp_path_factory):
    """A receiver whose only administrator is Ada."""
    settings = dict(store[1])
    if settings:
        settings["database"] = request.getfixturevalue("postgres").fresh()
    with running(tmp_path_factory.mktemp("alone"), **settings) as (receiver, client):
        yield receiver, client


def as_(receiver, name, password="x" * 12):
    other = Client(receiver.url)
    token = other.http.post("/v1/tokens", json={"name": name, "password": password}).json()["token"]
    other.http.headers["Authorization"] = f"Bearer {token}"
    return other


def make(http, name, role):
    form = {"name": name, "password": "x" * 12, "role": role}
    return http.post("/v1/operators", json=form)


def test_who_makes_himself_a_second_pair_of_eyes_has_one_pair(alone):
    """One person makes an account, signs in with it, and approves what he asked for himself."""
    receiver, ada = alone
    keypad, site = Keypad(), ada.site()
    ada.register(keypad, site)
    assert make(ada.http, "Bob", "admin").status_code == 201, "the second one is made alone"
    bob = as_(receiver, "Bob")
    for asker, decider in ((ada, bob), (bob, ada)):
        path = propose(asker.http, "export_keys", site)
        said = decider.http.post(f"{path}/decision", json={"decision": "approved"})
        assert said.status_code == 409
        assert "one pair of eyes" in said.json()["detail"]
        assert asker.http.post(f"{path}/do").status_code == 409
        with pytest.raises(DBAPIError, match="no second person"):
            approve_in_the_database(receiver, path.rsplit("/", 1)[1])
        assert decide(decider.http, path, "refused") == 200, "to refuse takes one pair"
    third = make(ada.http, "Cid", "admin")
    assert third.status_code == 409
    assert "make_admin" in third.json()["detail"]
    settle(receiver, "Bob")
    path = propose(ada.http, "export_keys", site)
    assert decide(bob.http, path) == 200, "a week later he is somebody"
    bob.close()


PAST_TWO = (
    """INSERT INTO operator (id, agency, name, password, role, made_ms, made_by)
    SELECT 'x', agency, 'x', password, role, made_ms, id FROM operator WHERE name = 'Ada'""",
    "UPDATE operator SET role = 'admin', made_under = '' WHERE name = 'Eva'",
)


def test_a_third_administrator_is_made_by_two(alone):
    receiver, ada = alone
    bob = as_(receiver, "Bob")
    id_ = make(ada.http, "Dan", "operator").json()["id"]
    asked = {"what": "make_admin", "subject": id_, "reason": "Bob leaves"}
    made = ada.http.post("/v1/proposals", json=asked)
    assert made.status_code == 201, made.text
    path = f"/v1/proposals/{made.json()['id']}"
    assert ada.http.post(f"{path}/do").status_code == 409
    assert decide(bob.http, path) == 200
    assert ada.http.post(f"{path}/do").status_code == 204
    dan = as_(receiver, "Dan")
    assert dan.http.get("/v1/proposals").status_code == 200, "he is one at once"
    path = propose(ada.http, "export_keys", ada.site())
    assert decide(dan.http, path) == 200, "and a second pair of eyes, for two have made him"
    again = ada.http.post("/v1/proposals", json=asked)
    assert again.status_code == 409
    nobody = ada.http.post("/v1/proposals", json=asked | {"subject": "nobody"})
    assert nobody.status_code == 404
    make(ada.http, "Eva", "operator")
    for statement in PAST_TWO:
        engine = open_writer(receiver.settings.database_url)
        with pytest.raises(DBAPIError, match="third administrator"), engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()
    told = [(one["what"], one["detail"]) for one in ada.http.get("/v1/deeds").json()]
    assert ("make_admin", "Dan") in [(what, detail.get("name")) for what, detail in told]
    for one in (bob, dan):
        one.close()


def test_on_screen_a_third_one_is_proposed(alone):
    receiver, ada = alone
    with httpx.Client(base_url=receiver.url, timeout=60) as browser:
        browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        form = {"name": "Fay", "password": "x" * 12, "role": "admin"}
        said = browser.post("/people", data=form)
        assert said.status_code == 422
        assert "Two administrators make a third one" in said.text
        browser.post("/people", data=form | {"role": "supervisor"})
        assert "Propose as administrator" in browser.get("/people").text
        people = ada.http.get("/v1/operators").json()
        (fay,) = [one["id"] for one in people if one["name"] == "Fay"]
        form = {"what": "make_admin", "subject": fay, "reason": "more hands"}
        assert browser.post("/proposals", data=form).status_code == 303
        page = browser.get("/proposals").text
    assert "Make somebody an administrator: <bdi>Fay</bdi>" in page


def approve_in_the_database(receiver, id_):
    engine = open_writer(receiver.settings.database_url)
    try:
        with engine.begin() as connection:
            found = connection.execute(select(proposal).where(proposal.c.id == id_)).one()
            other = select(operator.c.id).where(
                operator.c.role == "admin", operator.c.id != found.asked_by
            )
            values = {"decided_by": other.scalar_subquery(), "decision": "approved"}
            connection.execute(update(proposal).where(proposal.c.id == id_).values(**values))
    finally:
        engine.dispose()


@pytest.mark.parametrize("name", ["ADA", " ada ", "\uff21da", "   ", ""])
def test_a_name_is_somebody_whatever_its_letters_look_like(alone, name):
    _, ada = alone
    assert make(ada.http, name, "operator").status_code == (409 if name.strip() else 422)

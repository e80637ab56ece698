"""Legal holds in the console: set by what people call a thing, lifted by two, seen by auditors."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from foreign import other as stranger
from receiving import PASSWORD, Keypad, running, settle


@pytest.fixture(scope="module")
def house(store):
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        for name, role in (("Zora", "admin"), ("Sue", "supervisor"), ("Aud", "auditor"),
                           ("Op", "operator")):  # fmt: skip
            form = {"name": name, "password": PASSWORD, "role": role}
            assert client.http.post("/v1/operators", json=form).status_code == 201
        settle(receiver, "Zora")  # who has just been made by the other one is no second person
        yield receiver, client


@pytest.fixture
def desk(house):
    """Signs people in."""
    opened = []

    def enter(name):
        opened.append(httpx.Client(base_url=house[0].url, timeout=60))
        opened[-1].post("/sign-in", data={"name": name, "password": PASSWORD})
        return opened[-1]

    yield enter
    for one in opened:
        one.close()


def holds(client):
    return client.http.get("/v1/holds").json()


def test_no_hold_is_said_in_words(desk):
    text = desk("Aud").get("/holds").text
    assert "No hold is in force." in text
    assert "nobody has confirmed the periods" in text
    assert 'action="/holds"' not in text, "an auditor looks"


def test_a_ticket_a_site_and_a_customer_are_named_as_people_name_them(house, desk):
    _, client = house
    keypad = Keypad()
    site = client.site("Jeweller", "4711")
    client.register(keypad, site)
    client.send(keypad.press())
    ticket = client.tickets(site=site)[0]
    customer = client.http.post("/v1/customers", json={"name": "Gold & Sons"}).json()["id"]
    sue = desk("Sue")
    for kind, said in (("ticket", str(ticket["number"])), ("site", "4711"),
                       ("customer", "Gold & Sons")):  # fmt: skip
        form = {"kind": kind, "subject": f" {said} ", "reason": f"court, {kind}"}
        assert sue.post("/holds", data=form).status_code == 303
    found = {one["kind"]: one for one in holds(client)}
    assert {kind: one["subject"] for kind, one in found.items()} == {
        "ticket": ticket["id"], "site": site, "customer": customer,
    }  # fmt: skip
    assert {one["reason"] for one in found.values()} == {
        "court, ticket", "court, site", "court, customer",
    }  # fmt: skip
    text = sue.get("/holds").text
    assert "Jeweller" in text
    assert "Gold &amp; Sons" in text
    assert "Sue" in text
    assert "Ask to lift it" not in text, "administrators do that"
    assert "Legal hold" in sue.get(f"/tickets/{ticket['id']}").text
    record = desk("Ada").get("/record")  # of holds without an end as well
    assert record.status_code == 200
    assert "court, customer" in record.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": "nobody"},
        {"subject": "0"},
        {"kind": "site", "subject": "9999"},
        {"kind": "house"},
        {"reason": "  "},
        {"until_day": "2020-01-01"},
        {"until_day": "tomorrow"},
    ],
)
def test_what_is_refused_comes_back_as_it_was_typed(house, desk, wrong):
    before = len(holds(house[1]))
    form = {"kind": "ticket", "subject": "1", "reason": "file 12 C"} | wrong
    answer = desk("Sue").post("/holds", data=form)
    assert answer.status_code == 422
    assert f'value="{form["subject"]}"' in answer.text
    assert len(holds(house[1])) == before


def test_a_last_day_is_over_in_the_readers_zone(house, desk):
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    sue = desk("Sue")
    sue.cookies.set("holdfast_zone", "Europe/Prague", domain="127.0.0.1")
    form = {"kind": "ticket", "subject": "1", "reason": "with an end", "until_day": str(day)}
    assert sue.post("/holds", data=form).status_code == 303
    (one,) = [one for one in holds(house[1]) if one["reason"] == "with an end"]
    assert one["until"] == f"{day}T23:00:00.000Z"


def test_two_administrators_lift_it_and_both_are_named(house, desk):
    _, client = house
    (one,) = [one for one in holds(client) if one["kind"] == "site"]
    ada, zora, sue = desk("Ada"), desk("Zora"), desk("Sue")
    assert sue.post(f"/holds/{one['id']}/lift", data={"reason": "over"}).status_code == 403
    assert ada.post(f"/holds/{one['id']}/lift", data={"reason": ""}).status_code == 422
    assert ada.post("/holds/nothing/lift", data={"reason": "over"}).status_code == 404
    answer = ada.post(f"/holds/{one['id']}/lift", data={"reason": "the court is done"})
    assert answer.headers["location"] == "/proposals"
    text = ada.get("/holds").text
    assert "Its lifting is asked for" in text
    assert f'action="/holds/{one["id"]}/lift"' not in text
    (asked,) = client.http.get("/v1/proposals").json()
    assert asked["what"] == "lift_hold"
    form = {"decision": "approved"}
    assert ada.post(f"/proposals/{asked['id']}/decision", data=form).status_code == 422
    assert zora.post(f"/proposals/{asked['id']}/decision", data=form).status_code == 303
    assert [row["runs"] for row in holds(client) if row["id"] == one["id"]] == [True]
    assert ada.post(f"/proposals/{asked['id']}/do").status_code == 303
    assert [row["runs"] for row in holds(client) if row["id"] == one["id"]] == [False]
    past = ada.get("/holds").text.split('id="past-title"')[1]
    assert re.search("court, site.*Sue.*Ada.*Zora", past, re.DOTALL)


def test_roles_and_agencies(house, desk):
    receiver, client = house
    assert desk("Op").get("/holds").status_code == 403
    assert desk("Aud").get("/holds").status_code == 200
    assert desk("Aud").post("/holds", data={"kind": "ticket", "subject": "1"}).status_code == 403
    foreign = stranger(receiver, "supervisor")
    cookies = {"Cookie": f"holdfast_session={foreign.session}"}
    before = len(holds(client))
    answer = foreign.get("/holds", headers=cookies)
    assert answer.status_code in {200, 303}
    assert "court, site" not in answer.text
    form = {"kind": "site", "subject": "4711", "reason": "theirs"}
    foreign.post("/holds", headers=cookies, data=form)
    assert len(holds(client)) == before
    foreign.close()

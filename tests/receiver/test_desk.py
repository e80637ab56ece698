"""The desk over the API: interview, calls, parking, passing on, confirmation, tests."""

import uuid

import pytest

from alarm_wire import signal as wire
from receiving import Keypad, running


@pytest.fixture(scope="module")
def client(store):
    folder, settings = store
    with running(folder, **settings) as (_, client):
        yield client


def pressed(client, *kinds, flags=0, **site):
    keypad = Keypad()
    client.register(keypad, client.site(**site))
    client.send(*[keypad.press(kind, flags=flags) for kind in kinds])
    return client.tickets()[0], keypad


def taken(client, *kinds, **named):
    ticket, _ = pressed(client, *kinds, **named)
    return client.act(ticket["id"], "acknowledge", ticket["version"]).json()


def answer(client, ticket, question, text):
    said = client.act(ticket["id"], "answer", ticket["version"], question=question, answer=text)
    assert said.status_code == 200, said.text
    return said.json()


def test_a_panic_is_solved_by_phone_only_after_the_interview(client):
    ticket = taken(client, wire.PANIC)
    assert ticket["plan"]["premises"] == "first"
    refused = client.act(ticket["id"], "close", ticket["version"], outcome="safe_by_phone")
    assert refused.status_code == 409
    assert "not by phone" in refused.json()["detail"]
    ticket = answer(client, ticket, "safe", "yes")
    ticket = answer(client, ticket, "medical", "no")
    assert ticket["interview"]["branch"] == "by_phone"
    refused = client.act(ticket["id"], "close", ticket["version"], outcome="safe_by_phone")
    assert "ask first: nature, place, number, contact" in refused.json()["detail"]
    for question in ("nature", "place", "number", "contact"):
        ticket = answer(client, ticket, question, "told")
    closed = client.act(ticket["id"], "close", ticket["version"], outcome="safe_by_phone")
    assert closed.json()["state"] == "closed"


@pytest.mark.parametrize(("question", "said"), [("safe", "no"), ("medical", "yes")])
def test_unsafe_or_medical_cannot_be_closed_by_phone(client, question, said):
    ticket = taken(client, wire.PANIC)
    for one, text in {
        "nature": "fight",
        "place": "shop",
        "number": "1",
        "contact": "1",
        "safe": "yes",
        "medical": "no",
        question: said,
    }.items():
        ticket = answer(client, ticket, one, text)
    assert ticket["interview"]["branch"] == "dispatch"
    refused = client.act(ticket["id"], "close", ticket["version"], outcome="safe_by_phone")
    assert refused.status_code == 409
    ticket = answer(client, ticket, "safe", "yes")
    assert [one["detail"]["answer"] for one in ticket["entries"] if one["act"] == "answer"]


def test_answers_are_kept_and_the_last_counts(client):
    ticket = taken(client, wire.PANIC)
    ticket = answer(client, ticket, "nature", "a fight")
    ticket = answer(client, ticket, "nature", "a robbery")
    assert ticket["interview"]["answers"] == {"nature": "a robbery"}
    assert len([one for one in ticket["entries"] if one["act"] == "answer"]) == 2
    wrong = client.act(ticket["id"], "answer", ticket["version"], question="safe", answer="hm")
    assert wrong.status_code == 409


def test_nobody_calls_the_premises_of_a_silent_hold_up(client):
    ticket = taken(client, wire.HOLD_UP, flags=wire.SILENT)
    assert ticket["silent"]
    assert ticket["plan"]["premises"] == "never"
    assert "safe_by_phone" not in ticket["plan"]["outcomes"]
    call = {"target": "premises", "who": "the shop"}
    refused = client.act(ticket["id"], "call", ticket["version"], **call)
    assert refused.status_code == 409
    assert "never call the premises" in refused.json()["detail"]
    agency = client.act(ticket["id"], "call", ticket["version"], target="agency", who="Police")
    assert agency.status_code == 200
    reason = "the owner stands beside me"
    done = client.act(ticket["id"], "call", agency.json()["version"], **call, override=reason)
    assert done.json()["entries"][-1]["detail"]["override"] == reason
    version = done.json()["version"]
    assert client.act(ticket["id"], "close", version, outcome="safe_by_phone").status_code == 409


def test_one_silent_signal_makes_the_whole_ticket_silent(client):
    ticket, keypad = pressed(client, wire.PANIC)
    client.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT))
    client.send(keypad.press(wire.MEDICAL))
    ticket = client.ticket(ticket["id"])
    assert (ticket["silent"], ticket["kind"]) == (True, "hold_up")


def test_a_restore_closes_nothing(client):
    ticket, keypad = pressed(client, wire.HOLD_UP)
    client.send(keypad.press(wire.PANEL_RESET), keypad.press(wire.TAMPER_RESTORED))
    assert client.ticket(ticket["id"])["state"] == "open"


def test_a_parked_ticket_comes_back_within_ten_minutes(client):
    ticket = taken(client, wire.PANIC)
    assert client.act(ticket["id"], "park", ticket["version"], park_s=601, reason="x").is_error
    parked = client.act(ticket["id"], "park", ticket["version"], park_s=60, reason="call back")
    at, due = parked.json()["entries"][-1]["at"], parked.json()["due_at"]
    assert at < due
    assert parked.json()["state"] == "acknowledged"


def test_passing_on_has_an_end(client):
    ticket = taken(client, wire.PANIC)
    for to in ("Bo", "Cy", "Di"):
        passed = client.act(ticket["id"], "transfer", ticket["version"], to=to)
        assert passed.status_code == 200  # an administrator may go on
        ticket = passed.json()
    assert ticket["holder"] == "operator:Di"


def test_a_second_device_or_a_tamper_confirms_the_emergency(client):
    site = client.site()
    one, other = Keypad(), Keypad()
    client.register(one, site)
    client.register(other, site, zone=2)
    client.send(one.press())
    client.send(one.press())
    id_ = client.tickets(site=site)[0]["id"]
    assert not client.ticket(id_)["confirmed"]
    client.send(other.press())
    ticket = client.ticket(id_)
    assert ticket["confirmed"]
    assert ticket["entries"][-1]["detail"]["by"] == "second device"
    site = client.site()
    third = Keypad()
    client.register(third, site)
    client.send(third.press(), third.press(wire.TAMPER))
    emergency = client.tickets(site=site, **{"class": "emergency"})[0]
    assert emergency["confirmed"]


def test_the_etag_is_the_version(client):
    ticket, _ = pressed(client, wire.PANIC)
    assert client.http.get(f"/v1/tickets/{ticket['id']}").headers["etag"] == '"1"'


def test_a_group_of_many_sites_moves_every_ticket(client):
    keypads = [Keypad() for _ in range(12)]
    for one in keypads:
        client.register(one, client.site())
    first = client.send(*[one.press() for one in keypads])
    pressed = [one.press(wire.HOLD_UP, flags=wire.SILENT) for one in keypads]
    again = client.send(*pressed, *pressed[:3], *pressed[:3])
    told = [one.read(answer).ticket for one, answer in zip(keypads, first, strict=True)]
    assert told == [one.read(answer).ticket for one, answer in zip(keypads, again, strict=False)]
    for place, one in enumerate(keypads):
        id_ = str(uuid.UUID(bytes=told[place]))
        ticket = client.ticket(id_)
        assert (ticket["version"], ticket["kind"], ticket["silent"]) == (2, "hold_up", True)
        assert [one["arrivals"] for one in ticket["signals"]] == [1, 3 if place < 3 else 1]
        assert ticket["entries"][1]["detail"]["signal"]["number"] == one.number

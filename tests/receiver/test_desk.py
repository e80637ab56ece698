"""The desk over the API: interview, calls, parking, passing on, confirmation, tests."""

import uuid

import pytest

from alarm_wire import signal as wire
from receiving import PASSWORD, Client, Keypad, running


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


@pytest.fixture(scope="module")
def team(client):
    """Operators beside Ada, who is an administrator: clients by name."""
    made = {}
    for name, role in (("Bo", "operator"), ("Cy", "operator"), ("Di", "supervisor")):
        form = {"name": name, "password": PASSWORD, "role": role}
        assert client.http.post("/v1/operators", json=form).status_code == 201
        made[name] = Client(client.url)
        login = {"name": name, "password": PASSWORD}
        token = made[name].http.post("/v1/tokens", json=login).json()["token"]
        made[name].http.headers["Authorization"] = f"Bearer {token}"
    yield made
    for one in made.values():
        one.close()


def pass_on(client, ticket, to, **fields):
    return client.act(ticket["id"], "transfer", ticket["version"], to=to, **fields)


def test_passing_on_has_an_end(client, team):
    ticket = taken(client, wire.PANIC)
    for holder, to in ((client, "Bo"), (team["Bo"], "Cy")):
        passed = pass_on(holder, ticket, to)
        assert passed.status_code == 200, passed.text
        ticket = passed.json()
    worn_out = pass_on(team["Cy"], ticket, "Bo", reason="again")
    assert (worn_out.status_code, "2 times" in worn_out.json()["detail"]) == (409, True)
    assert pass_on(team["Di"], ticket, "Bo").status_code == 409  # a supervisor says why
    passed = pass_on(team["Di"], ticket, "Bo", reason="speaks Persian").json()
    assert passed["holder"] == "operator:Bo"


def test_a_supervisor_passes_on_what_somebody_else_holds(client, team):
    ticket, _ = pressed(client, wire.PANIC)
    ticket = team["Bo"].act(ticket["id"], "acknowledge", ticket["version"]).json()
    refused = pass_on(team["Cy"], ticket, "Cy", reason="mine now")
    assert (refused.status_code, "Bo holds" in refused.json()["detail"]) == (409, True)
    assert pass_on(team["Di"], ticket, "Cy", reason=" ").status_code == 409
    passed = pass_on(team["Di"], ticket, "Cy", reason="Bo is at lunch")
    assert passed.status_code == 200, passed.text
    entry = passed.json()["entries"][-1]
    assert entry["actor"] == "operator:Di"
    assert entry["detail"] == {
        "from": "operator:Bo",
        "to": "operator:Cy",
        "reason": "Bo is at lunch",
        "supervised": True,
    }
    late = pass_on(team["Di"], ticket, "Di", reason="too late")  # the version before that
    assert late.status_code == 409
    assert "transfer by operator:Di" in late.json()["detail"]
    assert pass_on(team["Di"], passed.json(), "Nobody", reason="x").status_code == 409
    assert pass_on(team["Di"], passed.json(), "Cy", reason="x").status_code == 409


def test_who_does_not_hold_a_ticket_reads_along_and_writes_notes(client, team):
    ticket, _ = pressed(client, wire.PANIC)
    ticket = team["Bo"].act(ticket["id"], "acknowledge", ticket["version"]).json()
    for act, more in (
        ("answer", {"question": "safe", "answer": "yes"}),
        ("call", {"target": "keyholder", "who": "x"}),
        ("park", {"park_s": 60, "reason": "x"}),
        ("dispatch", {"to": "Patrol"}),
        ("hand-back", {}),
        ("close", {"outcome": "false_alarm"}),
    ):
        refused = team["Cy"].act(ticket["id"], act, ticket["version"], **more)
        assert (refused.status_code, "Bo holds" in refused.json()["detail"]) == (409, True), act
    noted = team["Cy"].act(ticket["id"], "note", ticket["version"], text="The owner is here")
    assert noted.status_code == 200


@pytest.mark.usefixtures("team")
def test_help_on_its_way_stays_due_when_its_ticket_is_passed_on(client):
    ticket = taken(client, wire.PANIC)
    sent = client.act(ticket["id"], "dispatch", ticket["version"], to="Patrol 7").json()
    moving = client.act(ticket["id"], "underway", sent["version"], expected_s=600).json()
    passed = pass_on(client, moving, "Bo").json()
    assert (passed["state"], passed["holder"]) == ("dispatched", "operator:Bo")
    assert passed["due_at"] == moving["due_at"]


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

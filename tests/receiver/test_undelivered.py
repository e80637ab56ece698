"""A page that does not arrive is never dropped quietly: ticket, list, wall, figures; people act."""

import httpx
import pytest
from sqlalchemy import select, update

from alarm_receiver.domain.paged import report_token
from alarm_receiver.store import pages
from alarm_receiver.store.desk import page as page_table
from foreign import other as stranger
from receiving import PASSWORD, Keypad, running, wait_for
from taking import taking

SMS = {"sms_user": "u", "sms_password": "between us"}


@pytest.fixture(scope="module")
def opened(store):
    """A receiver whose gateway for texts takes nothing; three tries, close after each other."""
    folder, settings = store
    with (
        pytest.MonkeyPatch.context() as patch,
        taking() as carrier,
        running(folder, **settings, **SMS, sms_url=carrier.url) as (receiver, client),
    ):
        patch.setattr(pages, "ATTEMPTS_MAX", 3)
        patch.setattr(pages, "RETRY_MS", (50,))
        receiver.carrier = carrier
        client.http.put("/v1/operators/Ada/address", json={"channel": "sms", "value": "+420601"})
        step = {"wait_s": 300, "targets": ["operator:Ada"]}
        waits = {"acknowledged_s": 600, "dispatched_s": 600}
        done = client.http.put("/v1/policies/emergency", json={"steps": [step]} | waits)
        assert done.status_code == 200, done.text
        yield receiver, client


@pytest.fixture
def house(opened):
    """The receiver with nothing under way, and nothing afterwards."""
    receiver, client = opened
    receiver.carrier.status = 500
    receiver.carrier.got.clear()
    yield opened
    receiver.carrier.status = 202
    due = select(page_table.c.id).where(page_table.c.due_ms.is_not(None))
    with receiver.receiver.context.reader.connect() as connection:
        for id_ in connection.execute(due).scalars().all():
            answer = client.http.post(f"/v1/undelivered/{id_}/retry")
            if answer.status_code == 409:
                end = {"reason": "test over"}
                client.http.post(f"/v1/undelivered/{id_}/give-up", json=end)
        connection.rollback()
        wait_for(lambda: not connection.execute(due).all() and not connection.rollback(), 20)
    for one in listed(client):
        client.http.post(f"/v1/undelivered/{one['id']}/give-up", json={"reason": "test over"})


def press(client):
    keypad = Keypad()
    client.register(keypad, client.site("Corner shop"))
    client.send(keypad.press())
    return client.tickets()[0]["id"]


def listed(client, **query):
    answer = client.http.get("/v1/undelivered", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def given_up(client):
    """The one page, once its tries have ended."""
    wait_for(lambda: listed(client, state="failed"), 20)
    (one,) = listed(client, state="failed")
    return one


def told(client, ticket):
    return [one for one in client.ticket(ticket)["entries"] if one["act"] == "page"]


def metric(client, state):
    text = client.http.get("/metrics").text
    (line,) = [one for one in text.splitlines() if f'pages_undelivered{{state="{state}"}}' in one]
    return float(line.split()[-1])


def test_a_page_whose_tries_have_ended_is_on_the_ticket_and_on_the_list(house):
    _, client = house
    assert listed(client) == []
    assert metric(client, "failed") == 0
    before = client.ticket(press(client))
    one = given_up(client)
    assert (one["ticket"], one["site_name"], one["channel"]) == (before["id"], "Corner shop", "sms")
    assert (one["target"], one["attempts"], one["next_try_at"]) == ("operator:Ada", 3, None)
    assert "SMS gateway" in one["last_error"]
    (entry,) = told(client, before["id"])
    assert entry["actor"] == "receiver"
    assert entry["detail"]["page_failed"] == one["last_error"]
    assert (entry["detail"]["paged"], entry["detail"]["attempts"]) == ("operator:Ada", 3)
    after = client.ticket(before["id"])
    assert (after["state"], after["due_at"]) == ("open", before["due_at"]), "no deadline moved"
    assert metric(client, "failed") == 1
    assert listed(client, state="failing") == []


def test_one_that_still_fails_is_listed_with_its_next_try(house, monkeypatch):
    _, client = house
    monkeypatch.setattr(pages, "RETRY_MS", (60_000,))
    press(client)
    wait_for(lambda: listed(client), 20)
    (one,) = listed(client)
    assert (one["state"], one["attempts"]) == ("failing", 1)
    assert one["next_try_at"] > one["made_at"]
    assert metric(client, "failing") == 1
    monkeypatch.setattr(pages, "RETRY_MS", (50,))
    assert client.http.post(f"/v1/undelivered/{one['id']}/retry").status_code == 204
    given_up(client)


def test_sent_again_it_arrives_and_leaves_the_list(house):
    receiver, client = house
    ticket = press(client)
    one = given_up(client)
    receiver.carrier.status = 202
    assert client.http.post(f"/v1/undelivered/{one['id']}/retry").status_code == 204
    wait_for(lambda: listed(client) == [], 20)
    assert len(receiver.carrier.got) == 4
    shown = client.http.get(f"/v1/tickets/{ticket}/pages").json()
    assert [page["state"] for page in shown] == ["accepted"]
    assert [entry["detail"].get("page_again") for entry in told(client, ticket)] == [None, True]
    assert told(client, ticket)[1]["actor"] == "operator:Ada"
    assert client.http.get("/v1/deeds").json()[0]["what"] == "page_again"


def test_sent_again_in_vain_it_is_given_up_again(house):
    _, client = house
    ticket = press(client)
    one = given_up(client)
    client.http.post(f"/v1/undelivered/{one['id']}/retry")
    wait_for(lambda: len(told(client, ticket)) == 3, 20)
    assert given_up(client)["attempts"] == 3


def test_ended_by_a_person_it_is_on_the_record_with_the_reason(house):
    _, client = house
    ticket = press(client)
    path = f"/v1/undelivered/{given_up(client)['id']}/give-up"
    assert client.http.post(path, json={}).status_code == 422
    assert client.http.post(path, json={"reason": "by telephone"}).status_code == 204
    assert listed(client) == []
    assert metric(client, "failed") == 0
    assert told(client, ticket)[-1]["detail"]["reason"] == "by telephone"
    deed = client.http.get("/v1/deeds").json()[0]
    assert (deed["what"], deed["detail"]["reason"]) == ("page_ended", "by telephone")
    assert client.http.post(path, json={"reason": "once more"}).status_code == 404


def test_of_a_closed_ticket_nobody_is_paged_again_but_the_list_has_it(house):
    _, client = house
    ticket = press(client)
    one = given_up(client)
    version = client.ticket(ticket)["version"]
    version = client.act(ticket, "acknowledge", version).json()["version"]
    assert client.act(ticket, "close", version, outcome="false_alarm").status_code == 200
    assert [row["ticket_state"] for row in listed(client)] == ["closed"]
    refused = client.http.post(f"/v1/undelivered/{one['id']}/retry")
    assert refused.status_code == 409
    assert "taken or closed" in refused.json()["detail"]
    done = client.http.post(f"/v1/undelivered/{one['id']}/give-up", json={"reason": "over"})
    assert done.status_code == 204
    assert listed(client) == []


def test_what_the_carrier_reports_as_not_delivered_is_told_too(house):
    receiver, client = house
    ticket = press(client)
    one = given_up(client)
    accepted = {"state": "accepted", "due_ms": None, "detail": ""}
    query = update(page_table).where(page_table.c.id == one["id"]).values(**accepted)
    receiver.receiver.writer.do(lambda connection: connection.execute(query).rowcount)
    assert listed(client) == []
    token = report_token("between us", one["id"])
    path = f"/v1/callbacks/sms/{one['id']}"
    for _ in range(2):  # a report that comes twice tells it once
        said = client.http.get(path, params={"token": token, "status": 2})
        assert said.status_code == 204
    assert [row["id"] for row in listed(client, state="failed")] == [one["id"]]
    assert "reports 2" in told(client, ticket)[-1]["detail"]["page_failed"]
    assert len(told(client, ticket)) == 2


def test_a_ticket_that_was_taken_needs_no_page_any_more(house, monkeypatch):
    """What still fails is superseded; what was given up before stays listed, and is not sent."""
    _, client = house
    monkeypatch.setattr(pages, "RETRY_MS", (60_000,))
    ticket = press(client)
    wait_for(lambda: listed(client, state="failing"), 20)
    (one,) = listed(client)
    client.act(ticket, "acknowledge", client.ticket(ticket)["version"])
    refused = client.http.post(f"/v1/undelivered/{one['id']}/retry")
    assert refused.status_code == 409
    assert "taken" in refused.json()["detail"]


def test_roles_and_agencies(house):
    receiver, client = house
    press(client)
    one = given_up(client)
    foreign = stranger(receiver, "supervisor")
    headers = {"Authorization": f"Bearer {foreign.token}"}
    assert foreign.get("/v1/undelivered", headers=headers).json() == []
    answer = foreign.post(f"/v1/undelivered/{one['id']}/retry", headers=headers)
    assert answer.status_code == 404
    client.http.post("/v1/operators", json={"name": "Op", "password": PASSWORD, "role": "operator"})
    login = client.http.post("/v1/tokens", json={"name": "Op", "password": PASSWORD}).json()
    bearer = {"Authorization": f"Bearer {login['token']}"}
    assert httpx.get(client.url + "/v1/undelivered", headers=bearer).status_code == 403
    foreign.close()


def test_the_screen_the_wall_and_the_way_there_show_it(house):
    _, client = house
    with httpx.Client(base_url=client.url, timeout=30) as desk:
        desk.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        empty = desk.get("/undelivered").text
        assert "Every page has arrived at its carrier" in empty
        assert "data-waits" not in empty
        ticket = press(client)
        one = given_up(client)
        full = desk.get("/undelivered").text
        assert f'action="/undelivered/{one["id"]}/retry"' in full
        assert "data-waits>1<" in full
        assert "The SMS gateway refused it." in full
        desk.post("/choices", data={"language": "cs"})
        for path in ("/undelivered", f"/tickets/{ticket}"):
            czech = desk.get(path).text
            assert "Brána SMS zprávu odmítla." in czech
            assert "the SMS gateway answered 500" in czech, "the carrier's own words stay"
            assert "refused it" not in czech
        desk.post("/choices", data={"language": "en"})
        assert "pages not delivered" in desk.get("/wall").text
        assert "did not arrive; given up after 3 tries" in desk.get(f"/tickets/{ticket}").text
        path = f"/undelivered/{one['id']}/give-up"
        assert desk.post(path, data={"reason": " "}).status_code == 422
        assert desk.post(path, data={"reason": "by telephone"}).status_code == 303
        assert "Every page has arrived" in desk.get("/undelivered").text


def test_a_sender_that_forgets_to_tell_would_be_caught(house, monkeypatch):
    """The seeded bug: what a receiver did before, a page ends and nobody hears of it."""
    from alarm_receiver.store import undelivered

    monkeypatch.setattr(undelivered, "note", lambda *_: None)
    with pytest.raises(ValueError, match="not enough values"):
        test_a_page_whose_tries_have_ended_is_on_the_ticket_and_on_the_list(house)


def test_nothing_is_listed_twice_by_two_engines(house):
    """The last try is noted by whoever holds the lease, and by nobody else."""
    receiver, client = house
    ticket = press(client)
    one = given_up(client)
    with receiver.receiver.context.reader.connect() as connection:
        row = connection.execute(select(page_table).where(page_table.c.id == one["id"])).one()
    late = pages.Page(
        *(row.id, row.agency, row.ticket, row.round, row.target, row.channel, row.address),
        row.attempts,
    )
    again = receiver.receiver.writer.do(
        lambda connection: pages.failed(connection, late, "another engine", "late", 1)
    )
    assert again is False
    assert len(told(client, ticket)) == 1


def test_the_list_has_parts(house):
    _, client = house
    first = press(client)
    wait_for(lambda: len(listed(client, state="failed")) == 1, 20)
    press(client)
    wait_for(lambda: len(listed(client, state="failed")) == 2, 20)
    part = client.http.get("/v1/undelivered", params={"limit": 1})
    (one,) = part.json()
    assert one["ticket"] == first
    (other,) = client.http.get(part.links["next"]["url"]).json()
    assert other["ticket"] != first

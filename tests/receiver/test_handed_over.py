"""What is handed to an agency's system is enough to send somebody; what people read is theirs."""

import json

import pytest

from alarm_wire import signal as wire
from kannel import PASSWORD, USER, kannel
from receiving import Keypad, running, wait_for
from taking import taking

PUBLIC = "https://desk.example.org"


@pytest.fixture(scope="module")
def line(store):
    """A receiver with an agency's system and an SMS gateway that take its pages."""
    folder, settings = store
    with taking() as agency, kannel() as gateway:
        sms = {"sms_url": gateway.url, "sms_user": USER, "sms_password": PASSWORD}
        named = {"public_url": PUBLIC + "/", "webhook_networks": "127.0.0.0/8"}
        with running(folder, **sms, **named, **settings) as (receiver, client):
            yield receiver, client, agency, gateway


def pressed(client, *, kind=wire.HOLD_UP, flags=wire.SILENT, **details):
    site = client.site(name="Corner shop", account=None)
    changed = client.http.patch(f"/v1/sites/{site}", json=details)
    assert changed.status_code == 200, changed.text
    keypad = Keypad()
    client.register(keypad, site, zone=4, zone_name="Till")
    client.send(keypad.press(kind, flags=flags, zone=4))
    (ticket,) = client.tickets(site=site)
    return site, ticket


def handed_over(agency, ticket):
    events = [json.loads(body) for _, body in agency.got]
    return [one for one in events if one["subject"] == ticket["id"]]


def test_an_agency_can_send_somebody_by_what_it_gets(line):
    _, client, agency, _ = line
    client.http.post("/v1/endpoints", json={"name": "Police", "url": agency.url})
    site, ticket = pressed(
        client,
        address="1 High Street",
        jurisdiction="gb",
        phone="+44 20 7946 0000",
        police_reference="URN 1234",
        hazards="a dog in the yard",
    )
    (event,) = wait_for(lambda: handed_over(agency, ticket), 30)
    data = event["data"]
    assert event["source"] == PUBLIC
    assert data["callback"] == f"{PUBLIC}/v1/callbacks/{event['id']}"
    assert data["link"] == f"{PUBLIC}/tickets/{ticket['id']}"
    assert (data["class"], data["kind"], data["silent"]) == ("emergency", "hold_up", True)
    assert (data["site"], data["site_id"]) == ("Corner shop", site)
    assert (data["address"], data["place"]) == ("1 High Street", "Till")
    assert (data["jurisdiction"], data["police_reference"]) == ("gb", "URN 1234")
    assert (data["police_response"], data["hazards"]) == ("active", "a dog in the yard")
    assert data["spot"] is None
    assert "7946" not in json.dumps(event), "nobody over there rings a silent alarm by mistake"

    spot = {"latitude": 50.087, "longitude": 14.421}
    put = client.http.put(f"/v1/sites/{site}/spot", json=spot)
    assert put.status_code < 300, put.text
    client.act(ticket["id"], "acknowledge", 1)
    version = client.ticket(ticket["id"])["version"]
    assert client.act(ticket["id"], "hand-back", version).status_code == 200
    events = wait_for(lambda: len(all_ := handed_over(agency, ticket)) > 1 and all_, 30)
    assert events[-1]["data"]["spot"] == spot


def test_people_read_their_pages_in_their_own_language(line):
    _, client, _, gateway = line
    before = len(gateway.taken)

    def address(name, value, **more):
        body = {"channel": "sms", "value": value} | more
        return client.http.put(f"/v1/operators/{name}/address", json=body)

    made = {"name": "Bo", "password": "twelve letters", "role": "operator"}
    assert client.http.post("/v1/operators", json=made).status_code == 201
    assert address("Ada", "+420601111111", language="xx").status_code == 422
    assert address("Ada", "+420601111111", language="hu").status_code == 204
    assert address("Bo", "+420602222222").status_code == 204
    (kept,) = client.http.get("/v1/operators/Ada/address").json()
    assert kept == {"channel": "sms", "value": "+420601111111", "language": "hu"}
    assert client.http.get("/v1/operators/Nobody/address").status_code == 404
    client.policy((300, "operator:Ada", "operator:Bo"), class_="technical")
    pressed(client, kind=wire.BATTERY_LOW, flags=0, language="cs")
    wait_for(lambda: len(gateway.taken) == before + 2, 30)
    said = {one["to"]: one["text"] for one in gateway.taken[before:]}
    assert "műszaki gyenge akkumulátor" in said["+420601111111"], "her own"
    assert "technický slabá baterie" in said["+420602222222"], "the site's, as he said nothing"
    site = client.site()
    refused = client.http.patch(f"/v1/sites/{site}", json={"language": "xx"})
    assert refused.status_code == 422, "nobody would read it"

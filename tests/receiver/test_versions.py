"""Acts name the version that their maker saw; the schema shows an example of each body."""

import re

import pytest

from alarm_receiver.web import (
    agencies,
    directory,
    images,
    orders,
    proposals,
    retention,
    roster,
    schemas,
    site_forms,
    team,
    undelivered,
    units,
    zones,
)
from alarm_receiver.web.examples import EXAMPLES
from alarm_receiver.web.floors import PlaceForm
from alarm_receiver.web.installers import InstallerForm
from receiving import Keypad, running


@pytest.fixture(scope="module")
def client(store):
    folder, settings = store
    with running(folder, **settings) as (_, client):
        client.policy((300, "role:operator"))
        yield client


@pytest.fixture
def ticket(client):
    keypad = Keypad()
    site = client.site()
    client.register(keypad, site)
    client.send(keypad.press())
    one = client.tickets(site=site)[0]
    one["keypad"] = keypad
    return one


def act(client, id_, name, etag, **body):
    headers = {} if etag is None else {"If-Match": etag}
    return client.http.post(f"/v1/tickets/{id_}/{name}", json=body, headers=headers)


def etag(client, id_):
    return client.http.get(f"/v1/tickets/{id_}").headers["ETag"]


def test_if_match_stands_for_the_version_and_each_act_gives_the_next(client, ticket):
    seen = etag(client, ticket["id"])
    taken = act(client, ticket["id"], "acknowledge", seen)
    assert taken.status_code == 200, taken.text
    assert taken.headers["ETag"] == f'"{taken.json()["version"]}"' != seen
    noted = act(client, ticket["id"], "note", taken.headers["ETag"], text="x")
    assert noted.headers["ETag"] == etag(client, ticket["id"])


def test_a_stale_one_is_told_what_has_changed(client, ticket):
    seen = etag(client, ticket["id"])
    act(client, ticket["id"], "acknowledge", seen)
    late = act(client, ticket["id"], "hand-back", seen)
    assert late.status_code == 409
    assert late.headers["content-type"] == "application/problem+json"
    told = late.json()
    assert f'"{told["version"]}"' == etag(client, ticket["id"])
    assert {"version": told["version"], "act": "acknowledge", "actor": "operator:Ada"} in told[
        "changed"
    ]


def test_a_second_press_costs_nobody_his_ticket_but_closing_must_have_seen_it(client, ticket):
    seen = etag(client, ticket["id"])
    client.send(ticket["keypad"].press())
    taken = act(client, ticket["id"], "acknowledge", seen)
    assert taken.status_code == 200
    client.send(ticket["keypad"].press())
    closed = act(client, ticket["id"], "close", taken.headers["ETag"], outcome="attended", text="x")
    assert [one["act"] for one in closed.json()["changed"]] == ["signal"]


@pytest.mark.parametrize(
    "header", [None, "7", '"x"', "*", '"0"', 'W/"1"', '"1", "2"', '"9999999999"']
)
def test_a_version_is_named_once_and_plainly(client, ticket, header):
    refused = act(client, ticket["id"], "acknowledge", header)
    assert refused.status_code == 422
    assert etag(client, ticket["id"]) == '"1"'


def test_two_versions_are_refused(client, ticket):
    assert act(client, ticket["id"], "acknowledge", '"1"', version=2).status_code == 422
    assert act(client, ticket["id"], "acknowledge", '"1"', version=1).status_code == 200


def test_every_example_is_one_that_is_taken(client):
    schema = client.http.get("/openapi.json").json()["components"]["schemas"]
    forms = {"PlaceForm": PlaceForm, "InstallerForm": InstallerForm}
    some = (schemas, site_forms, team, roster, units, directory, retention)
    for module in (*some, agencies, images, orders, proposals, undelivered, zones):
        forms |= {name: one for name, one in vars(module).items() if name.endswith("Form")}
    forms["SiteDetails"] = site_forms.SiteDetails
    for name, example in EXAMPLES.items():
        assert schema[name]["examples"] == [example], name
        forms[name].model_validate(example)


def test_the_register_is_paged_by_cursor_without_gap_or_twin(client):
    keypads = [Keypad() for _ in range(5)]
    for one in keypads:
        client.register(one, client.site())
        client.send(one.press())
    seen, after = [], None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = client.http.get("/v1/tickets", params=query).json()
        seen += [one["number"] for one in page["tickets"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) >= 5
    assert seen == sorted(set(seen), reverse=True)
    assert re.fullmatch("[0-9]+", str(seen[-1]))

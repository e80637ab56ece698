"""Nobody sees or changes anything of another agency: every route is walked by all of its roles."""

import json
import re
from urllib.parse import unquote_plus

import pytest

import strangers
from alarm_receiver.web import doors
from alarm_receiver.web.access import COOKIE
from alarm_wire import signal as wire
from foreign import other
from receiving import Client, Keypad, running, wait_for

MARK = "Zlatnictví U Tří beranů"
ROLES = ("admin", "supervisor", "operator", "installer", "agency", "auditor")


def furnished(client):
    """A house with everything in it; (ids of its things, texts that nobody else may see)."""
    keypad, site = Keypad(), client.site(MARK, "4711-secret")
    client.register(keypad, site, zone_name="U trezoru")
    form = {"name": "Tajný Operátor", "password": "x" * 12, "role": "operator"}
    client.http.post("/v1/operators", json=form)
    mail = {"channel": "mail", "value": "tajny@secret.example"}
    assert client.http.put(f"/v1/operators/{form['name']}/address", json=mail).status_code == 204
    policy = {
        "steps": [{"wait_s": 10, "targets": [f"operator:{form['name']}"]}],
        "acknowledged_s": 300,
        "dispatched_s": 1200,
    }
    assert client.http.put("/v1/policies/emergency", json=policy).status_code == 200
    client.send(keypad.press(wire.PANIC), keypad.heartbeat())
    ticket = client.tickets(site=site)[0]["id"]
    pages = wait_for(lambda: client.http.get(f"/v1/tickets/{ticket}/pages").json())
    ids = {"site": site, "ticket": ticket, "device": keypad.device.hex(), "page": pages[0]["id"]}
    ids |= around(client, site) | {"name": "Tajný Operátor"}
    hook = {"name": "secret-system", "url": "https://agency.example/hook"}
    client.http.post("/v1/endpoints", json=hook)
    marks = [
        MARK, "4711-secret", keypad.device.hex(), site, ticket, "Božena", "+420 601",
        "tajná zkouška", "Tajný", "secret-system", "U trezoru", "Tajný zákazník", "tajny@",
        "Tajná stráž", *(ids[one] for one in (*strangers.OTHERS, "customer", "page")),
    ]  # fmt: skip
    return ids, marks


def around(client, site):
    """Who and what stands around a site; their ids."""
    asked = {
        "keyholder": (
            f"/v1/sites/{site}/keyholders",
            {"rank": 1, "name": "Božena Utajená", "phone": "+420 601", "password": "a b c"},
        ),
        "test": (f"/v1/sites/{site}/tests", {"minutes": 30, "reason": "tajná zkouška"}),
        "customer": ("/v1/customers", {"name": "Tajný zákazník"}),
        "authority": ("/v1/authorities", {"kind": "guards", "name": "Tajná stráž"}),
    }
    made = {name: client.http.post(path, json=form) for name, (path, form) in asked.items()}
    assert all(one.status_code == 201 for one in made.values()), [one.text for one in made.values()]
    ids = {name: one.json()["id"] for name, one in made.items()}
    owner = {"customer": ids["customer"]}
    assert client.http.put(f"/v1/sites/{site}/customer", json=owner).status_code == 204
    return ids


@pytest.fixture(scope="module")
def two(store):
    """A furnished house, somebody of each role in another agency, and that agency's own site."""
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        ids, marks = furnished(client)
        client.http.post("/v1/agencies", json={"name": "Another agency", "id": "other"})
        foreign = [other(receiver, role) for role in ROLES]
        own = Client(receiver.url)
        own.http.headers["Authorization"] = f"Bearer {foreign[0].token}"
        site = own.site("Ours", "1")
        picture = {"Content-Type": "image/svg+xml"}
        floor = f"/v1/sites/{site}/floors/0?name=x"
        own.http.put(floor, content=strangers.PICTURE, headers=picture).raise_for_status()
        schema = client.http.get("/openapi.json").json()
        yield receiver, client, ids, marks, foreign, schema, own, site
        for one in (*foreign, own):
            one.close()


def state(client, ids):
    """What must be the same afterwards."""
    site = f"/v1/sites/{ids['site']}"
    paths = [f"{site}{one}" for one in ("", "/keyholders", "/floors", "/authorities", "/zones")]
    paths += ["/v1/tests", "/v1/endpoints", "/v1/customers", "/v1/authorities", "/v1/policies/test"]
    paths += ["/v1/policies/emergency", "/v1/units", "/v1/teams", "/v1/holds", "/v1/proposals"]
    paths += ["/v1/images", "/v1/orders"]
    found = [client.http.get(path).json() for path in paths]
    agencies = client.http.get("/v1/agencies").json()
    found.append([one["name"] for one in agencies if one["id"] == "own"])
    ticket = client.ticket(ids["ticket"])
    by_people = [one for one in ticket["entries"] if one["actor"].startswith("operator:")]
    found.append((ticket["state"], ticket["outcome"], by_people))
    operators = client.http.get("/v1/operators").json()
    found.append([(one["name"], one["disabled"]) for one in operators])
    devices = client.http.get("/v1/devices").json()
    for one in devices:
        one.pop("heard_at", None)
        one.pop("standing", None)  # heard or not yet: time does that
    return json.dumps([*found, devices])


def told(answer, marks):
    """Marks in an answer that were not in the question: what was asked about may come back."""
    sent = unquote_plus(f"{answer.request.url} {answer.request.content.decode()}")
    return [one for one in marks if one in answer.text and one not in sent]


def test_every_route_as_a_foreign_agency(two):
    _, client, ids, marks, foreign, schema, *_ = two
    before = state(client, ids)
    walked, let = 0, []
    for http in foreign:
        for name in strangers.asked(schema):
            answer = strangers.ask(http, schema, name, ids)
            walked += 1
            assert answer.status_code < 500, f"{name}: {answer.text}"
            assert told(answer, marks) == [], f"{name} tells a foreign {http.headers}"
            refusals = {403, 404, 422} if "/v1/" not in name else {403, 404}
            if strangers.names_foreign(schema, name, ids) and answer.status_code not in refusals:
                let.append(f"{name}: {answer.status_code} {answer.text[:200]}")
    assert let == [], "\n".join(let)
    assert walked > 170 * len(ROLES)
    assert state(client, ids) == before


def test_foreign_things_are_not_put_on_ones_own_site(two):
    """Paths that name two things: the site is one's own, the rest is not."""
    _, client, ids, marks, foreign, schema, own, site = two
    before, mixed = state(client, ids), ids | {"site": site}
    seen = [own.http.get(f"/v1/sites/{site}").json()]
    names = [one for one in strangers.asked(schema) if strangers.names_two(schema, one, ids)]
    assert len(names) > 12, names
    let = []
    for http in foreign[:2]:
        for name in names:
            answer = strangers.ask(http, schema, name, mixed)
            assert told(answer, marks) == [], name
            if answer.status_code not in {403, 404, 422} or "documented form" in answer.text:
                let.append(f"{name}: {answer.status_code} {answer.text[:200]}")
    assert let == [], "\n".join(let)
    assert state(client, ids) == before
    assert [own.http.get(f"/v1/sites/{site}").json()] == seen


def test_nobody_is_paged_for_another_agency_nor_takes_its_tickets(two):
    receiver, client, ids, _, _, _, own, site = two
    keypad = Keypad()
    own.register(keypad, site)
    mail = {"channel": "mail", "value": "ours@other.example"}
    own.http.put("/v1/operators/Foreign operator/address", json=mail).raise_for_status()
    hook = {"name": "Ours", "url": "https://other.example/hook"}
    own.http.post("/v1/endpoints", json=hook).raise_for_status()
    for target in ("operator:Ada", "operator:Tajný Operátor", "agency:secret-system"):
        policy = {"steps": [{"wait_s": 10, "targets": [target]}]}
        policy |= {"acknowledged_s": 300, "dispatched_s": 1200}
        assert own.http.put("/v1/policies/emergency", json=policy).status_code == 422, target
    client.send(keypad.press(wire.HOLD_UP))
    ticket = wait_for(lambda: own.tickets(site=site))[0]["id"]
    pages = wait_for(lambda: own.http.get(f"/v1/tickets/{ticket}/pages").json())
    targets = {one["target"] for one in pages}
    assert targets >= {"operator:Foreign operator", "agency:Ours"}
    assert not targets & {"operator:Ada", "operator:Tajný Operátor", "agency:secret-system"}
    theirs = client.http.get(f"/v1/tickets/{ids['ticket']}/pages").json()
    assert {one["target"] for one in theirs} == {"operator:Tajný Operátor"}
    version = own.ticket(ticket)["version"]
    assert own.act(ticket, "acknowledge", version).status_code == 200
    version = own.ticket(ticket)["version"]
    handed = own.act(ticket, "transfer", version, to="Ada", reason="x")
    assert handed.status_code in {404, 409, 422}, handed.text
    assert own.ticket(ticket)["holder"] == "operator:Foreign admin"
    assert (
        receiver.receiver.context.policies.reach["other", "agency:*"]
        != (receiver.receiver.context.policies.reach["own", "agency:*"])
    )


def test_lists_of_a_foreign_agency_are_its_own(two):
    _, _, ids, marks, foreign, schema, _, site = two
    headers = {"Authorization": f"Bearer {foreign[0].token}"}
    lists = [one for one in schema["paths"] if "{" not in one and "get" in schema["paths"][one]]
    lists = [one for one in lists if doors.DOORS[f"GET {one}"].asks and one != "/v1/stream"]
    for path in lists:
        answer = foreign[0].get(path, headers=headers)
        assert answer.status_code == (403 if path == "/v1/agencies" else 200), path
        assert told(answer, marks) == [], path
    assert len(lists) > 15
    sites = {one["id"] for one in foreign[0].get("/v1/sites", headers=headers).json()}
    assert site in sites
    assert ids["site"] not in sites
    query = {"site": ids["site"]}
    assert foreign[0].get("/v1/tickets", params=query, headers=headers).json()["tickets"] == []


def test_streams_are_apart(two):
    receiver, client, ids, marks, foreign, *_ = two
    for path, headers in (
        ("/v1/stream", {"Authorization": f"Bearer {foreign[0].token}"}),
        ("/queue/stream", {"Cookie": f"{COOKIE}={foreign[0].session}"}),
    ):
        got = ""
        with foreign[0].stream("GET", path, params={"after": 0}, headers=headers) as stream:
            assert stream.status_code == 200
            version = client.ticket(ids["ticket"])["version"]
            client.act(ids["ticket"], "note", version, text="for our eyes")
            newest = receiver.receiver.context.feed
            for piece in stream.iter_text():
                got += piece
                beats = [int(one) for one in re.findall(r'"seq": (\d+)', got)]
                if beats and beats[-1] >= newest.newest and newest.newest > 1:
                    break
        assert "event: heartbeat" in got
        assert not [one for one in (*marks, "for our eyes") if one in got]


def test_the_walk_would_see_a_leak(two):
    """The same walk as somebody of the agency itself finds the marks."""
    _, client, ids, marks, _, schema, *_ = two
    own = Client(client.url)
    own.http.headers["Authorization"] = client.http.headers["Authorization"]
    seen = ""
    for name in strangers.asked(schema):
        if name.startswith("GET /v1") and doors.DOORS[name].scope not in {"export", "team:write"}:
            seen += own.http.request(*strangers.place(name, ids)).text
    own.close()
    assert [one for one in marks if one not in seen] == []

"""Nobody sees anything of another agency: every route is walked by its administrator."""

import json
import re
from urllib.parse import unquote_plus

import pytest

from alarm_receiver.web import doors
from alarm_receiver.web.access import COOKIE
from alarm_wire import signal as wire
from foreign import other
from receiving import Client, Keypad, running

MARK = "Zlatnictví U Tří beranů"
BODIES = {
    "form": {
        "version": 1, "name": "x", "text": "x", "password": "x" * 12, "role": "operator",
        "rank": 1, "phone": "1", "language": "en", "minutes": 5, "reason": "x", "said": "x",
        "outcome": "false_alarm", "question": "safe", "answer": "yes", "target": "keyholder",
        "who": "x", "result": "x", "to": "x", "jurisdiction": "generic",
        "police_response": "active", "mine": "yes", "word": "x",
    },
}  # fmt: skip
PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)
SKIPPED = {
    "GET /v1/stream": "a stream; `test_streams_are_apart`",
    "GET /queue/stream": "likewise",
}


@pytest.fixture(scope="module")
def two(store):
    """A house with everything in it, and an administrator and a supervisor of another agency."""
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        keypad, site = Keypad(), client.site(MARK, "4711-secret")
        client.register(keypad, site, zone_name="U trezoru")
        client.send(keypad.press(wire.PANIC), keypad.heartbeat())
        ticket = client.tickets(site=site)[0]["id"]
        holder = {"rank": 1, "name": "Božena Utajená", "phone": "+420 601", "password": "a b c"}
        path = f"/v1/sites/{site}/keyholders"
        keyholder = client.http.post(path, json=holder).json()["id"]
        test = {"minutes": 30, "reason": "tajná zkouška"}
        test = client.http.post(f"/v1/sites/{site}/tests", json=test).json()["id"]
        form = {"name": "Tajný Operátor", "password": "x" * 12, "role": "operator"}
        client.http.post("/v1/operators", json=form)
        hook = {"name": "secret-system", "url": "https://agency.example/hook"}
        client.http.post("/v1/endpoints", json=hook)
        marks = [
            MARK, "4711-secret", keypad.device.hex(), site, ticket, "Božena", "+420 601",
            "tajná zkouška", "Tajný", "secret-system", keyholder, test, "U trezoru",
        ]  # fmt: skip
        ids = {"site": site, "ticket": ticket, "device": keypad.device.hex()}
        ids |= {"keyholder": keyholder, "test": test, "name": "Tajný Operátor"}
        foreign = [other(receiver, role) for role in ("admin", "supervisor", "agency")]
        yield receiver, client, ids, marks, foreign
        for one in foreign:
            one.close()


def place(name, ids):
    """The route with the other agency's ids in it."""
    method, path = name.split()
    subject = ids["ticket"] if "/tickets" in path else ids["site"]
    path = path.replace("{id}", subject).replace("{class}", "emergency")
    path = path.replace("{name}", ids["name"]).replace("{page}", ids["ticket"])
    for part in ("keyholder", "test", "device"):
        path = path.replace(f"{{{part}}}", ids[part])
    path = path.replace("{authority}", ids["site"])
    path = re.sub(r"{(epoch|number)}", "1", path).replace("{floor}", "0")
    path = path.replace("{what}", "settings")
    return method, path.replace("{act}", "end").replace("{token}", "x")


def ask(http, name, ids):
    method, path = place(name, ids)
    if path.startswith("/v1"):
        headers = {"Authorization": f"Bearer {http.token}"}
        body = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
        body = good_body(name, ids) or body
    else:
        headers = {"Cookie": f"{COOKIE}={http.session}"}
        data = BODIES["form"] | {"ticket": ids["ticket"], "id": ids["test"]}
        body = {"data": data} if method == "POST" else {}
    headers |= body.pop("headers", {})
    return http.request(method, path, headers=headers, **body)


def good_body(name, ids):
    """Bodies that are right in form, so that the refusal is about whose it is."""
    act = name.rsplit("/", 1)[1]
    if name.startswith("POST /v1/tickets/"):
        known = {
            "answer": {"question": "safe", "answer": "yes"},
            "call": {"target": "keyholder", "who": "x", "result": "x"},
            "note": {"text": "x"},
            "park": {"park_s": 60, "reason": "x"},
            "transfer": {"to": "Ada", "reason": "x"},
            "dispatch": {"to": "x", "text": "x"},
            "underway": {"expected_s": 60},
            "close": {"outcome": "false_alarm", "text": "x"},
        }
        return {"json": {"version": 1, **known.get(act, {})}}
    known = {
        "PATCH /v1/sites/{id}": {"name": "stolen"},
        "POST /v1/sites/{id}/tests": {"minutes": 5, "reason": "x"},
        "POST /v1/sites/{id}/keyholders": {"rank": 2, "name": "x", "phone": "1"},
        "POST /v1/sites/{id}/keyholders/{keyholder}/word": {"ticket": ids["ticket"], "word": "x"},
        "POST /v1/devices/{device}/key": {"key": "11" * 32},
        "PATCH /v1/devices/{device}": {"zone": 9},
        "PUT /v1/sites/{id}/zones/{number}": {"name": "stolen"},
        "PUT /v1/sites/{id}/keyholders/{keyholder}": {"rank": 2, "name": "x", "phone": "1"},
        "PUT /v1/sites/{id}/floors/{floor}/places/{device}": {"x": 1, "y": 1},
        "PUT /v1/sites/{id}/spot": {"latitude": 50.1, "longitude": 14.4},
        "PUT /v1/devices/{device}/profile": {"profile": "DP4"},
        "PUT /v1/operators/{name}/address": {"channel": "sms", "value": "+420601234567"},
        "PUT /v1/sites/{id}/floors/{floor}/way-in": {"x": 1, "y": 1},
        "PUT /v1/sites/{id}/customer": {"customer": None},
        "PUT /v1/customers/{id}": {"name": "stolen"},
        "PUT /v1/authorities/{id}": {"kind": "police", "name": "stolen"},
        "POST /v1/devices/{device}/settings": {"settings": {"zone": 3}},
        "POST /v1/devices/{device}/image": {"version": 3},
        "PUT /v1/devices/{device}/board": {"board": "esp32_s3"},
        "POST /v1/proposals/{id}/decision": {"decision": "approved"},
        "POST /v1/sites/{id}/presses/{device}/{epoch}/{number}/word": {"mine": True},
        "POST /v1/devices": {
            "device": ids["device"], "kind": "keypad", "site": ids["site"], "key": "11" * 32,
        },
    }  # fmt: skip
    if name == "PUT /v1/sites/{id}/floors/{floor}":
        media = {"Content-Type": "image/svg+xml"}
        return {"params": {"name": "x"}, "content": PICTURE, "headers": media}
    return {"json": known[name]} if name in known else None


def state(client, ids):
    """What must be the same afterwards."""
    site = f"/v1/sites/{ids['site']}"
    paths = (site, f"{site}/keyholders", f"{site}/floors", "/v1/tests", "/v1/devices")
    found = [client.http.get(path).json() for path in (*paths, "/v1/endpoints")]
    ticket = client.ticket(ids["ticket"])
    by_people = [one for one in ticket["entries"] if one["actor"].startswith("operator:")]
    found.append((ticket["state"], ticket["outcome"], by_people))
    operators = client.http.get("/v1/operators").json()
    found.append([(one["name"], one["disabled"]) for one in operators])
    for one in found[4]:
        one.pop("heard_at", None)
        one.pop("standing", None)  # heard or not yet: time does that
    return json.dumps(found)


def test_every_route_as_a_foreign_agency(two):
    _, client, ids, marks, foreign = two
    before = state(client, ids)
    walked, let, unasked = 0, [], []
    for http in foreign:
        for name, door in doors.DOORS.items():
            if not door.asks or name in SKIPPED or door.scope == doors.SELF:
                continue
            answer = ask(http, name, ids)
            walked += 1
            assert answer.status_code < 500, f"{name}: {answer.text}"
            # What it was asked about may come back in "no site ..."; nothing else.
            sent = unquote_plus(f"{answer.request.url} {answer.request.content.decode()}")
            told = [one for one in marks if one in answer.text and one not in sent]
            assert told == [], f"{name} tells a foreign {http.headers}: {told}"
            refusals = {403, 404, 422} if name.startswith("POST /people/") else {403, 404}
            if "{" in name and names_a_thing(name) and answer.status_code not in refusals:
                formless = "does not have the documented form" in answer.text
                (unasked if formless else let).append(f"{name}: {answer.text[:200]}")
    assert let == [], "\n".join(let)
    # Forms that this walk does not know are refused before anything is looked up; they stay few.
    assert len(unasked) <= walked // 20, "give these a good form:\n" + "\n".join(unasked)
    assert walked > 200
    assert state(client, ids) == before


def names_a_thing(name):
    """Whether the route's ids are of a site, ticket, device or person (and not of a class)."""
    return not re.search(r"{class}|/roster/{act}|/v1/teams/{name}|/v1/tokens|/account/", name)


def test_lists_of_a_foreign_agency_are_its_own(two):
    _, _, ids, _, foreign = two
    headers = {"Authorization": f"Bearer {foreign[0].token}"}
    for path in ("/v1/tickets", "/v1/sites", "/v1/devices", "/v1/tests", "/v1/endpoints"):
        found = foreign[0].get(path, headers=headers).json()
        assert found in ([], {"tickets": [], "next": None}), path
    query = {"site": ids["site"]}
    assert foreign[0].get("/v1/tickets", params=query, headers=headers).json()["tickets"] == []


def test_streams_are_apart(two):
    receiver, client, ids, marks, foreign = two
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
    _, client, ids, marks, _ = two
    own = Client(client.url)
    own.http.headers["Authorization"] = client.http.headers["Authorization"]
    seen = ""
    for name, door in doors.DOORS.items():
        if door.asks and name.startswith("GET /v1") and name not in SKIPPED:
            seen += own.http.request(*place(name, ids)).text
    own.close()
    assert [one for one in marks if one not in seen] == []

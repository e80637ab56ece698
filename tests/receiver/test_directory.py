"""Customers, agencies outside, and the whole registry out of one receiver and into another."""

import io
import json
import secrets
import zipfile

import pytest

from alarm_wire import frame, receipt
from alarm_wire import signal as wire
from receiving import Keypad, running

PLAN = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'><rect width='20'/></svg>"
ZIP = {"Content-Type": "application/zip"}


@pytest.fixture(scope="module")
def client(store):
    folder, settings = store
    with running(folder, **settings) as (_, client):
        yield client


def made(answer):
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_customers_have_sites_and_stay_while_they_do(client):
    name = secrets.token_hex(4)
    one = made(client.http.post("/v1/customers", json={"name": name, "phone": "1"}))
    assert client.http.post("/v1/customers", json={"name": name}).status_code == 409
    changed = client.http.put(f"/v1/customers/{one['id']}", json={"name": name, "phone": "2"})
    assert made(changed)["phone"] == "2"
    assert client.http.put("/v1/customers/none", json={"name": "x"}).status_code == 404
    site = client.site()
    put = client.http.put(f"/v1/sites/{site}/customer", json={"customer": one["id"]})
    assert put.status_code == 204
    assert client.http.get(f"/v1/sites/{site}").json()["customer"] == one["id"]
    assert client.http.delete(f"/v1/customers/{one['id']}").status_code == 409
    client.http.put(f"/v1/sites/{site}/customer", json={"customer": None})
    assert client.http.delete(f"/v1/customers/{one['id']}").status_code == 204
    assert name not in {row["name"] for row in client.http.get("/v1/customers").json()}


def test_a_site_has_agencies_in_their_order_and_the_polices_reference_is_the_sites(client):
    site = client.site()
    police = {"kind": "police", "name": secrets.token_hex(4), "phone": "158"}
    guards = {"kind": "guards", "name": secrets.token_hex(4), "phone": "7"}
    ids = [made(client.http.post("/v1/authorities", json=one))["id"] for one in (police, guards)]
    links = f"/v1/sites/{site}/authorities"
    form = {"rank": 2, "reference": "URN 7", "response": "withdrawn"}
    made(client.http.put(f"{links}/{ids[0]}", json=form))
    both = made(client.http.put(f"{links}/{ids[1]}", json={"rank": 1}))
    assert [one["name"] for one in both] == [guards["name"], police["name"]]
    shown = client.http.get(f"/v1/sites/{site}").json()
    assert (shown["police_reference"], shown["police_response"]) == ("URN 7", "withdrawn")
    made(client.http.put(f"/v1/authorities/{ids[1]}", json=guards | {"phone": "8"}))
    assert client.http.get(links).json()[0]["phone"] == "8"
    assert client.http.delete(f"/v1/authorities/{ids[0]}").status_code == 409
    assert client.http.delete(f"{links}/{ids[0]}").status_code == 204
    assert client.http.delete(f"{links}/{ids[0]}").status_code == 404
    assert client.http.delete(f"/v1/authorities/{ids[0]}").status_code == 204
    assert client.http.put(f"{links}/{ids[0]}", json={}).status_code == 404


def test_what_comes_out_goes_in_again_and_is_the_same(client, tmp_path):
    keypad, gateway = Keypad(), Keypad()
    site = client.site("Café «Ž»")
    client.register(keypad, site)
    client.register(gateway, site, kind="gateway", zone=0, zone_name="")
    device = keypad.device.hex()
    client.http.put(f"/v1/devices/{gateway.device.hex()}/profile", json={"profile": "DP4"})
    plan = {"params": {"name": "Shop"}, "content": PLAN}
    client.http.put(f"/v1/sites/{site}/floors/0", **plan, headers={"Content-Type": "image/svg+xml"})
    made(client.http.put(f"/v1/sites/{site}/floors/0/places/{device}", json={"x": 1, "y": 2}))
    words = {"rank": 1, "name": "Dora", "phone": "7", "password": "heron", "duress": "kite"}
    made(client.http.post(f"/v1/sites/{site}/keyholders", json=words))
    form = {"kind": "police", "name": secrets.token_hex(4)}
    police = made(client.http.post("/v1/authorities", json=form))["id"]
    made(client.http.put(f"/v1/sites/{site}/authorities/{police}", json={"reference": "9"}))
    one = made(client.http.post("/v1/customers", json={"name": secrets.token_hex(4)}))["id"]
    client.http.put(f"/v1/sites/{site}/customer", json={"customer": one})
    made(client.http.put("/v1/teams/night", json={"members": ["Ada"]}))
    archive = client.http.get("/v1/export/registry.zip")
    assert keypad.key.hex().encode() not in archive.content
    assert client.http.get("/v1/export/registry.zip").content == archive.content

    again = client.http.post("/v1/import/registry", content=archive.content, headers=ZIP).json()
    assert (again["errors"], set(again["new"].values())) == (0, {0})
    with running(tmp_path) as (_, other):
        preview = other.http.post("/v1/import/registry", content=archive.content, headers=ZIP)
        assert made(preview)["done"] is False
        assert preview.json()["new"]["devices"] >= 2
        assert other.http.get("/v1/sites").json() == []
        done = other.http.post(
            "/v1/import/registry?commit=true", content=archive.content, headers=ZIP
        )
        assert made(done)["done"] is True
        assert other.http.get("/v1/export/registry.zip").content == archive.content
        assert other.http.get(f"/v1/sites/{site}/floors/0/picture").content.startswith(b"<svg")
        assert "night" in [one["name"] for one in other.http.get("/v1/teams").json()]
        (unknown,) = other.send(keypad.press(wire.PANIC))
        assert receipt.unpack_refusal(unknown).reason == frame.UNKNOWN_DEVICE
        key = {"key": keypad.key.hex()}
        made(other.http.post(f"/v1/devices/{device}/key", json=key))
        assert keypad.read(other.send(keypad.press(wire.PANIC))[0]).state == receipt.STORED


def changed(archive, name, change):
    """The archive with one file otherwise."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, change(data) if info.filename == name else data)
    return out.getvalue()


def rows(change):
    def do(data):
        some = json.loads(data)
        change(some)
        return json.dumps(some)

    return do


def test_an_archive_that_differs_or_is_none_changes_nothing(client):
    client.site()
    archive = client.http.get("/v1/export/registry.zip").content

    def post(body, commit="true"):
        return client.http.post(f"/v1/import/registry?commit={commit}", content=body, headers=ZIP)

    other = changed(archive, "sites.json", rows(lambda some: some[0].update(name="Otherwise")))
    refused = post(other)
    assert refused.status_code == 409
    assert refused.json()["wrong"][0] == {
        "table": "sites",
        "row": 1,
        "why": "it is there already, and is otherwise",
    }
    shown = made(post(other, "false"))
    assert (shown["done"], shown["errors"]) == (False, 1)
    spoiled = {
        "a row too wide": rows(lambda some: some[0].update(more=1)),
        "no text": rows(lambda some: some[0].update(id="x", name=7)),
        "too long": rows(lambda some: some[0].update(id="x", name="n" * 201)),
        "missing": rows(lambda some: some[0].update(id="x", name=None)),
        "no row": rows(lambda some: some.append(7)),
    }
    for what, change in spoiled.items():
        answer = post(changed(archive, "sites.json", change))
        assert answer.status_code == 409, what
    twin = rows(lambda some: some.append(some[0] | {"id": "x", "name": "twin"}))
    assert post(changed(archive, "sites.json", twin)).status_code == 409
    broken = {
        "no list": changed(archive, "zones.json", lambda _: b"{}"),
        "no JSON": changed(archive, "zones.json", lambda _: b"{"),
        "of another format": changed(archive, "manifest.json", lambda _: b"{}"),
        "no archive": b"PK nothing",
        "empty": b"",
    }
    for what, body in broken.items():
        assert post(body).status_code == 422, what
    assert client.http.get("/v1/export/registry.zip").content == archive

"""Floor plans over the API, on both stores."""

import secrets

from alarm_receiver.domain.picture import BYTES_MAX
from receiving import Client, Keypad

PLAN = b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 10'><rect width='20'/></svg>"
SVG = {"Content-Type": "image/svg+xml; charset=utf-8"}


def put(client, site, floor=0, body=PLAN, name="Shop floor", headers=SVG):
    return client.http.put(
        f"/v1/sites/{site}/floors/{floor}", params={"name": name}, content=body, headers=headers
    )


def test_a_plan_is_kept_clean_and_shown_with_the_places_of_its_devices(client):
    site, keypad = client.site(), Keypad()
    client.register(keypad, site)
    assert client.http.get(f"/v1/sites/{site}/floors").json() == []
    made = put(client, site, body=PLAN.replace(b"<rect", b"<!-- me --><rect"))
    assert made.status_code == 200, made.text
    placed = client.http.put(
        f"/v1/sites/{site}/floors/0/places/{keypad.device.hex()}", json={"x": 2_500, "y": 10_000}
    )
    assert placed.status_code == 200, placed.text
    assert put(client, site, floor=-1, name="Cellar").status_code == 200
    ground, cellar = client.http.get(f"/v1/sites/{site}/floors").json()
    assert (ground["name"], ground["width"], ground["height"]) == ("Shop floor", 20, 10)
    assert ground["places"] == [{"device": keypad.device.hex(), "x": 2500, "y": 10000}]
    assert (cellar["floor"], cellar["places"]) == (-1, [])
    shown = client.http.get(ground["picture"])
    assert shown.headers["content-type"].startswith("image/svg+xml")
    assert b"<rect" in shown.content
    assert b"me" not in shown.content
    policy = shown.headers.get_list("content-security-policy")
    assert len(policy) == 1
    assert "sandbox" in policy[0]
    again = client.http.get(ground["picture"], headers={"If-None-Match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_device_is_at_one_place_and_a_new_picture_moves_nobody(client):
    site, keypad = client.site(), Keypad()
    client.register(keypad, site)
    where = f"places/{keypad.device.hex()}"
    for floor in (0, 1):
        put(client, site, floor)
        client.http.put(f"/v1/sites/{site}/floors/{floor}/{where}", json={"x": 1, "y": floor})
    first = client.http.get(f"/v1/sites/{site}/floors").json()[0]["picture"]
    put(client, site, 1, PLAN.replace(b"width='20'", b"width='19'"))
    top, ground = client.http.get(f"/v1/sites/{site}/floors").json()
    assert top["picture"] != first
    assert (top["places"][0]["y"], ground["places"]) == (1, [])
    assert client.http.delete(f"/v1/sites/{site}/floors/1/{where}").status_code == 204
    assert client.http.delete(f"/v1/sites/{site}/floors/1").status_code == 204
    assert client.http.delete(f"/v1/sites/{site}/floors/1").status_code == 404
    assert [one["floor"] for one in client.http.get(f"/v1/sites/{site}/floors").json()] == [0]


def test_what_is_no_plan_is_refused_by_name(client):
    site = client.site()
    script = put(client, site, body=PLAN.replace(b"<rect", b"<script/><rect"))
    assert (script.status_code, "script" in script.json()["detail"]) == (422, True)
    assert put(client, site, body=b"x", headers={"Content-Type": "image/gif"}).status_code == 422
    assert put(client, site, body=bytes(BYTES_MAX + 1)).status_code == 413
    assert put(client, site, floor=9_999).status_code == 422
    assert put(client, secrets.token_hex(18)).status_code == 404
    assert client.http.get(f"/v1/sites/{site}/floors").json() == []


def test_a_device_of_another_site_has_no_place_here(client):
    site, other, keypad = client.site(), client.site(), Keypad()
    client.register(keypad, other)
    put(client, site)
    where = f"/v1/sites/{site}/floors/0/places/{keypad.device.hex()}"
    assert client.http.put(where, json={"x": 1, "y": 1}).status_code == 404
    mine = Keypad()
    client.register(mine, site)
    nowhere = f"/v1/sites/{site}/floors/7/places/{mine.device.hex()}"
    assert client.http.put(nowhere, json={"x": 1, "y": 1}).status_code == 404
    outside = f"/v1/sites/{site}/floors/0/places/{mine.device.hex()}"
    assert client.http.put(outside, json={"x": 10_001, "y": 1}).status_code == 422


def test_nobody_sees_a_plan_who_is_not_signed_in(house):
    receiver, client = house
    site = client.site()
    put(client, site)
    stranger = Client(receiver.url)
    assert stranger.http.get(f"/v1/sites/{site}/floors/0/picture").status_code == 401
    stranger.close()

"""An installer's token: it opens sites and devices, nothing else, and it ends."""

import httpx
import pytest

from receiving import Keypad, running


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("receiver")) as (receiver, client):
        yield receiver, client


def send_out(client, name="Fitter 7", hours=8):
    answer = client.http.post("/v1/installers", json={"name": name, "hours": hours})
    assert answer.status_code == 201, answer.text
    return answer.json()


def ask(house, token, method, path, **body):
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, house[0].url + path, headers=headers, json=body or None)


def test_it_opens_sites_and_devices_and_nothing_else(house):
    client = house[1]
    site = client.site()
    token = send_out(client)["token"]
    keypad = Keypad()
    form = {"device": keypad.device.hex(), "kind": "keypad", "site": site, "zone": 1}
    assert ask(house, token, "GET", "/v1/sites").status_code == 200
    answer = ask(house, token, "POST", "/v1/devices", **form, key=keypad.key.hex())
    assert answer.status_code == 201
    assert keypad.key.hex() not in answer.text
    assert ask(house, token, "GET", "/v1/tickets").status_code == 403
    assert ask(house, token, "POST", "/v1/sites", name="Mine", account="1").status_code == 403
    assert ask(house, token, "POST", "/v1/installers", name="Friend").status_code == 403
    assert ask(house, token, "GET", "/v1/stream").status_code in {403, 404}
    client.send(keypad.press())
    ticket = client.tickets()[0]
    body = {"version": ticket["version"]}
    path = f"/v1/tickets/{ticket['id']}/acknowledge"
    assert ask(house, token, "POST", path, **body).status_code == 403


def test_it_ends_by_itself_and_can_be_called_back(house):
    receiver, client = house
    sent = send_out(client, "Fitter 8", hours=1)
    assert ask(house, sent["token"], "GET", "/v1/sites").status_code == 200
    clock = receiver.receiver.context.clock
    plain = clock.now_ms
    try:
        clock.now_ms = lambda: plain() + 3_600_001
        assert ask(house, sent["token"], "GET", "/v1/sites").status_code == 401
    finally:
        del clock.now_ms
    assert ask(house, sent["token"], "GET", "/v1/sites").status_code == 200
    answer = client.http.post(f"/v1/installers/{sent['id']}/call-back")
    assert answer.json() == {"ended": 1}
    assert ask(house, sent["token"], "GET", "/v1/sites").status_code == 401
    assert client.http.post("/v1/installers/nobody/call-back").status_code == 404


def test_a_new_token_ends_the_one_before_and_names_are_not_taken_over(house):
    client = house[1]
    first, second = send_out(client, "Fitter 9"), send_out(client, "Fitter 9")
    assert first["id"] == second["id"]
    assert ask(house, first["token"], "GET", "/v1/sites").status_code == 401
    assert ask(house, second["token"], "GET", "/v1/sites").status_code == 200
    answer = client.http.post("/v1/installers", json={"name": "Ada"})
    assert answer.status_code == 403
    assert "give the installer another name" in answer.text
    for hours in (0, 73):
        answer = client.http.post("/v1/installers", json={"name": "X", "hours": hours})
        assert answer.status_code == 422


def test_nobody_signs_in_as_an_installer(house):
    send_out(house[1], "Fitter 10")
    for password in ("!", "", "Fitter 10"):
        answer = httpx.post(
            house[0].url + "/v1/tokens", json={"name": "Fitter 10", "password": password}
        )
        assert answer.status_code in {401, 422}

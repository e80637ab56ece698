"""Every route names its scope and roles, and keeps to them."""

import re

import httpx
import pytest

from alarm_receiver.web import app as web_app
from alarm_receiver.web import doors
from receiving import PASSWORD, running

OWN_PROOF = {
    "POST /v1/setup",
    "POST /v1/tokens",
    "POST /v1/callbacks/{page}",
    "GET /v1/callbacks/sms/{page}",
    "POST /v1/peer/claims",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("doors")) as (receiver, client):
        yield receiver, client


def place(name):
    method, path = name.split()
    return method, re.sub(r"{(epoch|number|floor)}", "1", re.sub(r"{device}", "0" * 16, path))


def test_no_route_is_forgotten_and_no_row_is_left_over(house):
    app = web_app._people(house[0].receiver.context, web_app.ROUTED)
    assert set(doors.routes_of(app)) == set(doors.DOORS)
    app.get("/v1/forgotten")(lambda: None)
    with pytest.raises(LookupError, match="/v1/forgotten"):
        doors.check(app)


def test_every_scope_is_one_that_a_token_can_have():
    scopes = {one.scope for one in doors.DOORS.values()}
    assert scopes - {doors.OPEN, doors.SELF} == set(doors.SCOPES)


def test_without_an_account_only_open_doors_open(house):
    with httpx.Client(base_url=house[0].url, headers={"X-Part": "main"}, timeout=60) as http:
        for name, door in doors.DOORS.items():
            answer = http.request(*place(name))
            if door.asks:
                assert answer.status_code == 401, f"{name}: {answer.text}"
            elif name not in OWN_PROOF:
                assert answer.status_code != 401, name


def token(house, *scopes):
    body = {"name": "Ada", "password": PASSWORD, "scopes": scopes, "label": "t", "days": 1}
    answer = httpx.post(house[0].url + "/v1/tokens", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["token"]


@pytest.mark.parametrize("scope", sorted(doors.SCOPES))
def test_a_token_opens_its_scope_and_nothing_else(house, scope):
    headers = {"Authorization": f"Bearer {token(house, scope)}", "X-Part": "main"}
    with httpx.Client(base_url=house[0].url, headers=headers, timeout=20) as http:
        for name, door in doors.DOORS.items():
            if not door.asks or name.endswith("/stream"):
                continue
            method, path = place(name)
            answer = http.request(method, path)
            refused = answer.status_code == 403 and "this token does not open" in answer.text
            if name == "GET /":  # a person is sent to what he may see
                refused = answer.status_code == 303
            if door.scope == doors.SELF:
                assert answer.status_code == 403, name
            else:
                assert refused == (door.scope != scope), f"{name}: {answer.text}"


def test_a_scope_that_does_not_exist_is_refused(house):
    body = {"name": "Ada", "password": PASSWORD, "scopes": ["everything"]}
    answer = httpx.post(house[0].url + "/v1/tokens", json=body)
    assert answer.status_code == 422
    assert "tickets:read" in answer.text


def test_tokens_are_listed_without_their_secrets_and_end_at_once(house):
    mine = token(house, "sites:read", "tokens")
    headers = {"Authorization": f"Bearer {mine}"}
    with httpx.Client(base_url=house[0].url, headers=headers) as http:
        assert http.get("/v1/sites").status_code == 200
        shown = http.get("/v1/tokens").json()
        assert mine not in str(shown)
        (found,) = [one for one in shown if one["scopes"] == ["sites:read", "tokens"]]
        assert found["used_at"] is not None
        assert http.delete(f"/v1/tokens/{found['id']}").status_code == 204
        assert http.get("/v1/sites").status_code == 401
    with house[0].receiver.context.reader.connect() as connection:
        kept = connection.exec_driver_sql("SELECT * FROM access").all()
    assert mine not in str(kept)


def test_a_token_ends_with_its_days(house):
    headers = {"Authorization": f"Bearer {token(house, 'sites:read')}"}
    clock = house[0].receiver.context.clock
    plain = clock.now_ms
    try:
        clock.now_ms = lambda: plain() + 86_400_001
        assert httpx.get(house[0].url + "/v1/sites", headers=headers).status_code == 401
    finally:
        del clock.now_ms
    assert httpx.get(house[0].url + "/v1/sites", headers=headers).status_code == 200

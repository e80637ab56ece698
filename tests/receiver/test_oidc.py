"""Signing in at an OpenID Connect provider: a real one by others, and one that lies."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from alarm_receiver.web.access import COOKIE
from oidc_provider import CLIENT, SECRET, Provider
from receiving import free_port, running, wait_for

RULES = """
[oidc]
issuer = "{issuer}"
client_id = "{client}"
client_secret_file = "{secret}"
name = "Town hall"
claim = "groups"
[oidc.roles]
bosses = "supervisor"
desk = "operator"
"""


def rules(folder, issuer, client=CLIENT):
    kept = folder / "client.secret"
    kept.write_text(SECRET)
    text = RULES.format(issuer=issuer, client=client, secret=kept)
    (folder / "access.toml").write_text(text)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder, provider = tmp_path_factory.mktemp("oidc"), Provider()
    rules(folder, provider.issuer)
    try:
        with running(folder) as (receiver, client):
            yield receiver, client, provider
    finally:
        provider.stop()


@pytest.fixture
def browser(town):
    with httpx.Client(base_url=town[0].url, timeout=20) as http:
        yield http


def begin(http, back="/mine"):
    answer = http.get(f"/sign-in/oidc?back={back}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def at_provider(url):
    answer = httpx.get(url)
    assert answer.status_code == 302
    return answer.headers["location"]


def whole(http):
    return http.get(at_provider(begin(http)))


def test_code_flow_with_pkce_state_and_nonce(town, browser):
    _, client, provider = town
    asked = parse_qs(urlsplit(begin(browser)).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["state"][0]) >= 43
    assert len(asked["nonce"][0]) >= 43
    arrived = whole(browser)
    assert arrived.status_code == 200
    assert 'content="0;url=/mine"' in arrived.text, "no redirect: the cookie is SameSite=Strict"
    assert COOKIE in browser.cookies
    assert "Olga" in browser.get("/mine").text
    made = [one for one in client.http.get("/v1/operators").json() if one["name"] == "Olga"]
    assert made[0]["role"] == "operator"
    provider.claims["groups"] = ["other", "bosses"]
    whole(browser)
    made = [one for one in client.http.get("/v1/operators").json() if one["name"] == "Olga"]
    assert [one["role"] for one in made] == ["supervisor"], "the same person, with the role of now"
    provider.claims["groups"] = ["desk"]
    done = [one["what"] for one in client.http.get("/v1/deeds").json()]
    assert {"put_role", "sign_in", "make_operator"} <= set(done)
    tried = httpx.post(town[0].url + "/v1/tokens", json={"name": "Olga", "password": ""})
    assert tried.status_code in {401, 422}


@pytest.mark.parametrize(
    "lie",
    [
        "audience",
        "expired",
        "future",
        "nonce",
        "missing",
        "from",
        "party",
        "key",
        "none",
        "hmac",
    ],
)
def test_an_id_token_that_is_not_right_opens_nothing(town, browser, lie):
    provider = town[2]
    provider.lie = lie
    try:
        answer = whole(browser)
    finally:
        provider.lie = None
    assert answer.status_code == 403, answer.text
    assert COOKIE not in browser.cookies


def test_an_answer_is_taken_once_in_the_browser_that_asked(town, browser):
    back = at_provider(begin(browser))
    with httpx.Client(base_url=town[0].url) as stranger:
        assert stranger.get(back).status_code == 403
        assert COOKIE not in stranger.cookies
    state = browser.cookies["holdfast_state"]
    assert browser.get(back).status_code == 200
    again = httpx.get(back, headers={"Cookie": f"holdfast_state={state}"})
    assert again.status_code == 403
    other = re.sub("state=[^&]+", "state=made-up", at_provider(begin(browser)))
    assert browser.get(other).status_code == 403
    assert browser.get("/sign-in/oidc/back?error=access_denied").status_code == 403


def test_whoever_has_no_role_or_takes_a_name_stays_out(town, browser):
    provider = town[2]
    kept = dict(provider.claims)
    try:
        for claims in (
            {"sub": "u2", "preferred_username": "Nobody", "groups": ["guests"]},
            {"sub": "u3", "preferred_username": "Nobody"},
            {"sub": "u4", "preferred_username": "Ada", "groups": ["bosses"]},
        ):
            provider.claims = claims
            answer = whole(browser)
            assert answer.status_code == 403
            assert COOKIE not in browser.cookies
    finally:
        provider.claims = kept


def test_somebody_shut_out_stays_out(town, browser):
    provider = town[2]
    kept = dict(provider.claims)
    provider.claims = {"sub": "u9", "preferred_username": "Otto", "groups": ["desk"]}
    try:
        assert whole(browser).status_code == 200
        assert town[1].http.post("/v1/operators/Otto/disable").status_code == 204
        assert browser.get("/mine").status_code == 303
        browser.cookies.clear()
        assert whole(browser).status_code == 403
    finally:
        provider.claims = kept


def test_changed_keys_are_learnt(town, browser):
    from joserfc.jwk import RSAKey

    town[2].key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
    assert whole(browser).status_code == 403, "signed with kid one, published as two"
    town[2].key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    assert whole(browser).status_code == 200


def test_a_provider_that_is_away_is_said(tmp_path):
    rules(tmp_path, f"http://127.0.0.1:{free_port()}")
    with running(tmp_path) as (receiver, _):
        answer = httpx.get(receiver.url + "/sign-in/oidc")
        assert answer.status_code == 502
        assert "cannot be asked" in answer.text
        assert "Town hall" in httpx.get(receiver.url + "/sign-in").text


def test_a_provider_by_others(tmp_path):
    """oidc-provider-mock in a process of its own: the same flow with somebody else's code."""
    port = free_port()
    script = Path(sys.executable).with_name("oidc-provider-mock")
    process = subprocess.Popen(
        [script, "--port", str(port), "--require-nonce", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    issuer = f"http://localhost:{port}"
    try:
        wait_for(lambda: reached(issuer), 60)
        claims = {"preferred_username": "Hana", "groups": ["desk"]}
        assert httpx.put(f"{issuer}/users/hana", json=claims).is_success
        rules(tmp_path, issuer)
        with running(tmp_path) as (receiver, _), httpx.Client(base_url=receiver.url) as http:
            asked = begin(http)
            given = httpx.post(asked, data={"sub": "hana"})
            assert given.status_code == 302, given.text
            arrived = http.get(given.headers["location"])
            assert arrived.status_code == 200, arrived.text
            assert "Hana" in http.get("/mine").text
    finally:
        process.terminate()
        process.wait(20)


def reached(issuer):
    try:
        found = httpx.get(f"{issuer}/.well-known/openid-configuration")
    except httpx.HTTPError:
        return False
    return found.status_code == 200

"""Who cannot get in any more is let in again: by an administrator, or at the machine."""

import re

import httpx
import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from receiving import account, running


@pytest.fixture(scope="module")
def house(store):
    """(receiver, its administrator's client, the command `holdfast receiver account`)."""
    folder, settings = store
    env = {"HOLDFAST_RECEIVER_DATABASE": settings.get("database", "")}

    def command(*words):
        return CliRunner().invoke(app, ["account", *words, "--data", str(folder)], env=env)

    with running(folder, **settings) as (receiver, client):
        yield receiver, client, command


def entered(receiver, name, password):
    body = {"name": name, "password": password}
    return httpx.post(f"{receiver.url}/v1/tokens", json=body, timeout=20)


def password_in(text):
    return re.search(r"signs in with  ([a-z0-9-]+)", text)[1]


def deeds(client):
    return [
        (one["what"], one["actor"], one["subject"]) for one in client.http.get("/v1/deeds").json()
    ]


def test_an_administrator_makes_a_password_for_who_forgot_his(house):
    receiver, client, _ = house
    account(receiver, "Bo", "operator")
    old = entered(receiver, "Bo", "x" * 12).json()["token"]
    answer = client.http.post("/v1/operators/Bo/password")
    assert answer.status_code == 200, answer.text
    fresh = answer.json()["password"]
    assert entered(receiver, "Bo", "x" * 12).status_code == 401
    assert entered(receiver, "Bo", fresh).status_code == 201
    gone = httpx.get(f"{receiver.url}/v1/tickets", headers={"Authorization": f"Bearer {old}"})
    assert gone.status_code == 401
    assert ("reset_password", "operator:Ada", "Bo") in deeds(client)
    assert fresh not in client.http.get("/v1/deeds").text


def test_no_administrator_makes_the_password_of_another_or_of_nobody(house):
    receiver, client, _ = house
    account(receiver, "Cleo", "admin")
    assert client.http.post("/v1/operators/Cleo/password").status_code == 409
    assert client.http.post("/v1/operators/Ada/password").status_code == 409
    assert client.http.post("/v1/operators/Nobody/password").status_code == 404
    assert entered(receiver, "Cleo", "x" * 12).status_code == 201


def test_at_the_machine_an_administrator_without_password_and_telephone_gets_in(house):
    receiver, client, command = house
    account(receiver, "Dan", "admin")
    key = entered(receiver, "Dan", "x" * 12).json()["token"]
    dan = httpx.Client(base_url=receiver.url, headers={"Authorization": f"Bearer {key}"})
    done = command("reset", "Dan", "--by", "Jo")
    assert done.exit_code == 0, done.output
    assert dan.get("/v1/tickets").status_code == 401, "his sessions ended"
    dan.close()
    assert entered(receiver, "Dan", password_in(done.output)).status_code == 201
    assert entered(receiver, "Dan", "x" * 12).status_code == 401
    assert ("reset_password", "command:Jo", "Dan") in deeds(client)


@pytest.mark.parametrize("what", ["reset", "disable"])
def test_who_is_not_there_is_named(house, what):
    _, _, command = house
    done = command(what, "Nobody", "--by", "Jo")
    assert done.exit_code == 2
    assert "no operator Nobody who may sign in" in done.output
    assert command(what, "Ada", "--by", " ").exit_code == 2


def test_the_last_administrator_is_gone_and_another_one_is_made(house):
    receiver, client, command = house
    refused = command("administrator", "Eve", "--by", "Jo")
    assert refused.exit_code == 2
    assert "has an administrator who may sign in" in refused.output
    rest = [one["name"] for one in client.http.get("/v1/operators").json()]
    for name in rest:
        command("disable", name, "--by", "Jo")
    assert client.http.get("/v1/operators").status_code == 401
    made = command("administrator", "Eve", "--by", "Jo")
    assert made.exit_code == 0, made.output
    token = entered(receiver, "Eve", password_in(made.output)).json()["token"]
    client.http.headers["Authorization"] = f"Bearer {token}"
    assert ("make_operator", "command:Jo", "Eve") in deeds(client)
    assert ("disable_operator", "command:Jo", "Ada") in deeds(client)

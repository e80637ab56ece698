"""Policies that would page nobody are refused, and a receiver that reaches nobody says so."""

import httpx
import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.domain.addresses import usable
from alarm_receiver.domain.escalation import POLICIES, Policy, Step, TicketClass, unfit
from receiving import Keypad, running, wait_for

WAITS = {"acknowledged_s": 300, "dispatched_s": 900}


def policy(*targets, wait_s=10):
    return {"steps": [{"wait_s": wait_s, "targets": list(targets)}]} | WAITS


def put(client, body, class_="emergency"):
    return client.http.put(f"/v1/policies/{class_}", json=body)


@pytest.mark.parametrize(
    "target",
    ["role:oprator", "shift:oprator", "operator:Nobody", "team:none", "agency:none"],
)
def test_what_a_policy_names_has_to_be_there(client, target):
    before = client.http.get("/v1/policies/technical").json()
    answer = put(client, policy("role:operator", target), "technical")
    assert answer.status_code == 422, answer.text
    assert target in answer.json()["detail"]
    assert client.http.get("/v1/policies/technical").json() == before


def test_what_is_there_may_be_named_until_it_is_gone(client):
    client.http.put("/v1/teams/Night", json={"members": ["Ada"]})
    hook = {"name": "Guards", "url": "https://guards.example.org/x"}
    assert client.http.post("/v1/endpoints", json=hook).status_code == 201
    made = {"name": "Bo", "password": "twelve letters", "role": "operator"}
    assert client.http.post("/v1/operators", json=made).status_code == 201
    good = policy(
        "role:supervisor", "shift:*", "shift:operator", "operator:Bo", "team:Night",
        "agency:Guards", "agency:*",
    )  # fmt: skip
    assert put(client, good).status_code == 200
    assert client.http.post("/v1/operators/Bo/disable").status_code == 204
    assert put(client, good).status_code == 422
    assert client.http.delete("/v1/teams/Night").status_code == 204
    good["steps"][0]["targets"].remove("operator:Bo")
    assert "team:Night" in put(client, good).json()["detail"]


def test_an_emergency_does_not_wait_for_long_nor_for_nobody(client):
    assert put(client, policy("role:operator", wait_s=301)).status_code == 422
    assert put(client, policy("role:operator", wait_s=300)).status_code == 200
    assert put(client, policy(wait_s=10)).status_code == 422
    assert put(client, policy(wait_s=86_400), "technical").status_code == 200
    assert put(client, policy("role:operator"), "technical").status_code == 200


def test_shipped_policies_would_be_taken():
    for class_, one in POLICIES.items():
        assert not unfit(class_, one)
    quiet = Policy((Step(10, ("role:operator",)), Step(10)), 300, 900)
    assert "repeats for ever" in unfit(TicketClass.EMERGENCY, quiet)


@pytest.mark.parametrize(
    ("channel", "given", "kept"),
    [
        ("mail", "ada@example.org", "ada@example.org"),
        ("mail", "ada+night@mailhost", "ada+night@mailhost"),
        ("mail", "ada@münchen", None),
        ("mail", "not an address", None),
        ("mail", "ada@example.org, eve@example.org", None),
        ("mail", "ada@example.org\nBcc: eve@example.org", None),
        ("mail", "Ada <ada@example.org>", None),
        ("mail", "@example.org", None),
        ("mail", "ada@example..org", None),
        ("mail", "ada@-x", None),
        ("sms", "+420 601 234-567", "+420601234567"),
        ("sms", "(0601) 23 45 67", "0601234567"),
        ("sms", "abc", None),
        ("sms", "12", None),
        ("sms", "+", None),
        ("sms", "+4206012345670000", None),
        ("sms", "601234567;wait", None),
        ("sms", "٠٦٠١٢٣٤٥٦", None),
    ],
)
def test_where_somebody_can_be_paged(channel, given, kept):
    if kept is None:
        with pytest.raises(ValueError, match="is no"):
            usable(channel, given)
    else:
        assert usable(channel, given) == kept


def test_addresses_are_checked_and_kept_plain(client):
    def put_address(channel, value):
        body = {"channel": channel, "value": value}
        return client.http.put("/v1/operators/Ada/address", json=body)

    assert put_address("mail", "not an address").status_code == 422
    assert put_address("sms", "abc").status_code == 422
    assert put_address("sms", " +420 601 234 567 ").status_code == 204
    assert put_address("sms", "").status_code == 204


def notes(client):
    answer = client.http.get("/ready")
    assert answer.status_code == 200, "it is no fault"
    return [line for line in answer.text.splitlines() if line.startswith("note: ")]


def figure(client, class_):
    name = f'holdfast_unreached_agencies{{class="{class_}"}} '
    (line,) = [one for one in client.http.get("/metrics").text.splitlines() if name in one]
    return float(line.removeprefix(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request, tmp_path):
    """(data folder, settings) of a store that nobody else uses."""
    if request.param == "sqlite":
        return tmp_path, {}
    return tmp_path, {"database": request.getfixturevalue("postgres").fresh()}


def test_a_fresh_receiver_says_that_nobody_can_be_paged(fresh):
    folder, settings = fresh
    with running(folder, **settings) as (receiver, client):
        (said,) = notes(client)
        assert "nobody can be paged for an emergency" in said
        assert figure(client, "emergency") == 1
        assert figure(client, "test") == 0, "it names nobody, which is no mistake"
        wait_for(lambda: receiver.lines.named("to_be_mended"))
        arguments = ["check-config", "--data", str(folder)]
        checked = CliRunner().invoke(app, arguments, env=environment(settings))
        assert checked.exit_code == 0, checked.output
        assert said in checked.output

        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        (ticket,) = client.tickets()
        assert "Nobody could be paged for this ticket" in screen(receiver, ticket["id"])

        def came_back():
            entries = client.ticket(ticket["id"])["entries"]
            return [one for one in entries if one["act"] == "come_back"]

        first = wait_for(came_back, 30)[0]
        assert first["detail"]["unreached"] is True, "the timeline says that it reached nobody"

        body = {"channel": "mail", "value": "ada@example.org"}
        assert client.http.put("/v1/operators/Ada/address", json=body).status_code == 204
        said = notes(client)
        assert len(said) == 2, "an address without a relay reaches nobody either"
        assert "SMTP_HOST" in said[1]
    with running(folder, smtp_host="127.0.0.1", smtp_port=1, **settings) as (receiver, client):
        client.http.headers["Authorization"] = f"Bearer {token(client)}"
        assert notes(client) == []
        assert figure(client, "emergency") == 0


def token(client):
    body = {"name": "Ada", "password": "correct horse battery"}
    return client.http.post("/v1/tokens", json=body).json()["token"]


def environment(settings):
    return {"HOLDFAST_RECEIVER_DATABASE": settings.get("database", "")}


def screen(receiver, id_):
    with httpx.Client(base_url=receiver.url, follow_redirects=True) as browser:
        browser.post("/sign-in", data={"name": "Ada", "password": "correct horse battery"})
        return browser.get(f"/tickets/{id_}").text

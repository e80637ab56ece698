"""Further agencies: made by the house or at the machine, and begun with a link that works once."""

import re
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.store.agencies import OPENS_MS
from receiving import PASSWORD, Keypad, running, wait_for


@pytest.fixture(scope="module")
def house(store):
    """(receiver, its administrator's client, the command `holdfast receiver agency`)."""
    folder, settings = store
    env = {"HOLDFAST_RECEIVER_DATABASE": settings.get("database", "")}

    def command(*words):
        words = ["agency", *words, "--data", str(folder)]
        return CliRunner().invoke(app, words, env=env)

    with running(folder, **settings) as (receiver, client):
        yield receiver, client, command


def token_of(text):
    return re.search(r"/setup/([A-Za-z0-9_-]{30,})", text)[1]


def enter(receiver, token, name):
    """The answer to whoever makes the first account with a link."""
    body = {"token": token, "name": name, "password": PASSWORD}
    return httpx.post(f"{receiver.url}/v1/setup", json=body, timeout=20)


@contextmanager
def entered(receiver, token, name):
    """The client of whoever makes the first account with a link."""
    answer = enter(receiver, token, name)
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['token']}"}
    with httpx.Client(base_url=receiver.url, timeout=20, headers=headers) as http:
        yield http


def deeds(http):
    return [(one["what"], one["actor"], one["subject"]) for one in http.get("/v1/deeds").json()]


def test_a_command_makes_an_agency_and_its_administrator_takes_it_from_there(house):
    receiver, client, command = house
    said = command("add", "  Wachdienst   Süd ", "--by", "Jo")
    assert said.exit_code == 0, said.output
    assert "agency wachdienst-sud is there" in said.output
    token = token_of(said.output)
    assert "Wachdienst Süd" in httpx.get(f"{receiver.url}/setup/{token}").text
    with entered(receiver, token, "Greta") as http:
        assert enter(receiver, token, "Hans").status_code == 403, "once"
        assert http.get("/v1/sites").json() == []
        assert [one["name"] for one in http.get("/v1/operators").json()] == ["Greta"]
        site = http.post("/v1/sites", json={"name": "Depot", "account": "1"}).json()["id"]
        keypad = Keypad()
        body = {"device": keypad.device.hex(), "kind": "keypad", "site": site}
        body |= {"key": keypad.key.hex()}
        assert http.post("/v1/devices", json=body).status_code == 201
        client.send(keypad.press())
        (ticket,) = http.get("/v1/tickets").json()["tickets"]
        assert (ticket["number"], ticket["site"]) == (1, site), "numbers of its own"
        assert client.tickets() == []
        assert ("make_agency", "command:Jo", "wachdienst-sud") in deeds(client.http)
        assert ("make_agency", "command:Jo", "wachdienst-sud") in deeds(http)
        assert ("setup", "operator:Greta", "Greta") in deeds(http)
        assert "Greta" not in str(deeds(client.http))
    said = command("list").output
    assert "wachdienst-sud  Wachdienst Süd  1 sites, 1 people, 1 of them administrators\n" in said


def test_an_administrator_of_the_house_makes_one_over_the_api(house):
    receiver, client, _ = house
    made = client.http.post("/v1/agencies", json={"name": "Guards North", "id": "north"})
    assert made.status_code == 201, made.text
    assert made.json()["link"].startswith(f"{receiver.url}/setup/")
    wait_for(lambda: "north" in receiver.receiver.context.policies.agencies)
    with entered(receiver, token_of(made.json()["link"]), "Nora") as http:
        for method, path in (
            ("GET", "/v1/agencies"),
            ("POST", "/v1/agencies"),
            ("PATCH", "/v1/agencies/own"),
            ("POST", "/v1/agencies/own/link"),
        ):
            body = {"json": {"name": "Ours now"}} if method != "GET" else {}
            refused = http.request(method, path, **body)
            assert refused.status_code == 403
            assert "only the house" in refused.text
    found = {one["id"]: one for one in client.http.get("/v1/agencies").json()}
    assert found["north"] == {
        "id": "north", "name": "Guards North", "sites": 0, "people": 1, "admins": 1,
        "link_until": None,
    }  # fmt: skip


def test_the_page_behind_a_link_says_whose_it_is_and_signs_in(house):
    receiver, client, _ = house
    made = client.http.post("/v1/agencies", json={"name": "Night <Watch>"}).json()
    place = urlsplit(made["link"]).path
    with httpx.Client(base_url=receiver.url, follow_redirects=True) as browser:
        assert "Night &lt;Watch&gt;" in browser.get(place).text
        taken = browser.post(place, data={"name": " ADA", "password": PASSWORD})
        assert taken.status_code == 422, "one name, one person, in whatever agency"
        assert "somebody of this name already" in taken.text
        assert browser.post(place, data={"name": "Nils", "password": PASSWORD}).status_code == 200
        assert "Nils" in browser.get("/people").text
        assert "Ada" not in browser.get("/people").text
        roles = browser.get("/roles").text
        assert "take registers out" in roles
        assert "further agencies" not in roles, "that is the house's"
        assert browser.get(place).status_code == 403


def test_names_and_ids_are_clean_and_there_once(house):
    _, client, command = house
    made = client.http.post("/v1/agencies", json={"name": "Straße 7"})
    assert made.json()["id"] == "strae-7"
    assert (
        client.http.post("/v1/agencies", json={"name": "日本"}).json()["id"].startswith("agency-")
    )
    for name, id_ in (("STRASSE  7", ""), ("Another", "strae-7"), ("own agency", "")):
        refused = client.http.post("/v1/agencies", json={"name": name, "id": id_})
        assert refused.status_code == 409, name
        assert "already" in refused.text
    for form in (
        {"name": "  "}, {"name": "x" * 81}, {"name": "a\tb\x01"}, {"name": "x", "id": "Über"},
        {"name": "x", "id": "-a"}, {"name": "x", "id": "a" * 33}, {},
    ):  # fmt: skip
        assert client.http.post("/v1/agencies", json=form).status_code == 422, form
    for words, why in (
        (("add", " ", "--by", "Jo"), "1 to 80 letters"),
        (("add", "x", "--by", " "), "--by names nobody"),
        (("add", "x", "--id", "A B", "--by", "Jo"), "is no id of an agency"),
        (("add", "OWN AGENCY", "--by", "Jo"), "is called Own agency already"),
        (("rename", "nowhere", "x", "--by", "Jo"), "no agency nowhere"),
        (("link", "nowhere", "--by", "Jo"), "no agency nowhere"),
        (("link", "own", "--by", "Jo"), "has accounts already"),
    ):
        said = command(*words)
        assert said.exit_code == 2, said.output
        assert why in said.output
        assert "Traceback" not in said.output


def test_an_agency_is_renamed_and_both_read_it(house):
    receiver, client, command = house
    made = client.http.post("/v1/agencies", json={"name": "Before", "id": "renamed"}).json()
    with entered(receiver, token_of(made["link"]), "Rita") as http:
        assert command("rename", "renamed", "After", "--by", "Jo").exit_code == 0
        changed = client.http.patch("/v1/agencies/renamed", json={"name": "Long after"})
        assert changed.status_code == 204
        assert client.http.patch("/v1/agencies/none", json={"name": "x"}).status_code == 404
        for record in (client.http, http):
            told = [one for one in record.get("/v1/deeds").json() if one["what"] == "rename_agency"]
            assert [one["detail"] for one in told][:2] == [
                {"name": "Long after", "before": "After"},
                {"name": "After", "before": "Before"},
            ]
    again = client.http.patch("/v1/agencies/renamed", json={"name": "LONG AFTER"})
    assert again.status_code == 204, "it may change how its own name is written"


def test_of_several_links_the_newest_opens_and_none_for_ever(house, monkeypatch):
    receiver, client, command = house
    made = client.http.post("/v1/agencies", json={"name": "Late", "id": "late"}).json()
    older = token_of(made["link"])
    newer = token_of(command("link", "late", "--by", "Jo").output)
    assert enter(receiver, older, "Lars").status_code == 403
    clock = receiver.receiver.context.clock
    now_ms = clock.now_ms
    monkeypatch.setattr(clock, "now_ms", lambda: now_ms() + OPENS_MS + 1000)
    assert enter(receiver, newer, "Lars").status_code == 403, "three days"
    assert httpx.get(f"{receiver.url}/setup/{newer}").status_code == 403
    monkeypatch.undo()
    assert enter(receiver, newer, "Lars").status_code == 201
    assert client.http.post("/v1/agencies/late/link").status_code == 409
    assert client.http.post("/v1/agencies/none/link").status_code == 404


def test_an_agency_made_before_the_first_start_leaves_the_house_its_own_link(tmp_path):
    run = CliRunner().invoke
    assert run(app, ["demo-data", "--data", str(tmp_path)]).exit_code == 0
    said = run(app, ["agency", "add", "Guards", "--by", "Jo", "--data", str(tmp_path)])
    assert said.exit_code == 0, said.output
    with running(tmp_path) as (receiver, client):
        assert receiver.token, "nobody of the house has an account"
        with entered(receiver, token_of(said.output), "Greta") as http:
            assert http.get("/v1/agencies").status_code == 403
        assert [one["id"] for one in client.http.get("/v1/agencies").json()] == ["guards", "own"]
    with running(tmp_path) as (receiver, _):
        assert receiver.token is None


def test_a_store_of_another_version_is_named(tmp_path):
    (tmp_path / "receiver.sqlite3").touch()
    said = CliRunner().invoke(app, ["agency", "list", "--data", str(tmp_path)])
    assert said.exit_code == 2
    assert "holdfast receiver migrate" in said.output

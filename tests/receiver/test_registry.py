"""Registry, team, tests and ledger over the API; roles; CSV in and out."""

import csv
import io
import secrets

import pytest

from alarm_receiver.domain.ledger import DAY_MS, ledger
from alarm_wire import frame, receipt
from alarm_wire import signal as wire
from receiving import PASSWORD, Client, Keypad, running

MEMBERS = []
HEAD = "account,site_name,device,kind,zone,zone_name,key\n"


@pytest.fixture(scope="module")
def house(store):
    folder, settings = store
    with running(folder, **settings) as (receiver, client):
        yield receiver, client
        while MEMBERS:
            MEMBERS.pop().close()


def member(house, role):
    """A client of a new operator with `role`."""
    receiver, admin = house
    name = f"{role} {secrets.token_hex(3)}"
    made = admin.http.post("/v1/operators", json={"name": name, "password": "x" * 12, "role": role})
    assert made.status_code == 201, made.text
    other = Client(receiver.url)
    token = other.http.post("/v1/tokens", json={"name": name, "password": "x" * 12}).json()["token"]
    other.http.headers["Authorization"] = f"Bearer {token}"
    other.name = name
    MEMBERS.append(other)
    return other


def test_a_site_is_described_and_chooses_its_plans(client):
    site = client.site()
    changed = client.http.patch(
        f"/v1/sites/{site}", json={"jurisdiction": "gb", "hazards": "a dog", "phone": "+44 1"}
    )
    assert changed.json()["hazards"] == "a dog"
    keypad = Keypad()
    client.register(keypad, site)
    client.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT))
    assert client.tickets(site=site)[0]["plan"]["jurisdiction"] == "gb"
    assert "URN" in client.tickets(site=site)[0]["plan"]["steps"][0]
    wrong = client.http.patch(f"/v1/sites/{site}", json={"jurisdiction": "atlantis"})
    assert wrong.status_code == 422


def test_on_test_diverts_technical_alarms_only_and_ends(client):
    site = client.site()
    keypad = Keypad()
    client.register(keypad, site)
    test = client.http.post(
        f"/v1/sites/{site}/tests", json={"minutes": 30, "zones": [1], "reason": "new battery"}
    )
    assert test.status_code == 201, test.text
    assert test.json()["id"] in [one["id"] for one in client.http.get("/v1/tests").json()]
    client.send(keypad.press(wire.BATTERY_LOW, zone=1), keypad.press(wire.BATTERY_LOW, zone=2))
    client.send(keypad.press(wire.HOLD_UP, zone=1))
    tickets = {one["class"]: one for one in client.tickets(site=site)}
    assert set(tickets) == {"test", "technical", "emergency"}
    assert tickets["emergency"]["entries"][0]["detail"]["signal"]["on_test"] is True
    ended = client.http.post(f"/v1/sites/{site}/tests/{test.json()['id']}/end")
    assert ended.status_code == 204
    client.send(keypad.press(wire.LOOP_FAULT, zone=1))
    assert len(client.tickets(site=site, **{"class": "technical"})[0]["signals"]) == 2
    too_long = client.http.post(f"/v1/sites/{site}/tests", json={"minutes": 241, "reason": "x"})
    assert too_long.status_code == 422


def test_keyholders_and_their_words(client):
    site = client.site()
    path = f"/v1/sites/{site}/keyholders"
    holder = {
        "rank": 1,
        "name": "Eva",
        "phone": "+1",
        "password": "blue horse",
        "duress": "red cow",
    }
    made = client.http.post(path, json=holder).json()
    assert "blue" not in str(client.http.get(path).json())
    keypad = Keypad()
    client.register(keypad, site)
    client.send(keypad.press(wire.PANIC))
    ticket = client.tickets(site=site)[0]
    client.act(ticket["id"], "acknowledge", 1)
    results = []
    for word in ("Blue  Horse", "green hen", "RED COW"):
        said = client.http.post(
            f"{path}/{made['id']}/word", json={"ticket": ticket["id"], "word": word}
        )
        results.append(said.json()["result"])
    assert results == ["right", "wrong", "duress"]
    warned = client.ticket(ticket["id"])["entries"][-2]
    assert (warned["act"], warned["detail"]["security"]["reason"]) == ("security", "duress_word")
    for near in ({"password": "1234", "duress": "1235"}, {"password": "cow", "duress": "C ow "}):
        assert client.http.post(path, json=holder | near).status_code == 422


def test_a_rotated_key_overlaps_with_the_old_one(client):
    keypad, site = Keypad(), client.site()
    client.register(keypad, site)
    old = keypad.key
    client.send(keypad.press())
    keypad.key = secrets.token_bytes(32)
    assert receipt.unpack_refusal(client.send(keypad.press())[0]).reason == frame.WRONG_SEAL
    path = f"/v1/devices/{keypad.device.hex()}/key"
    assert client.http.post(path, json={"key": keypad.key.hex()}).status_code == 200
    assert keypad.read(client.send(keypad.press())[0]).state == receipt.STORED
    keypad.key = old
    assert keypad.read(client.send(keypad.press())[0]).state == receipt.STORED
    assert keypad.read(client.send(keypad.heartbeat())[0]).state == receipt.HEARD


def test_roles(house):
    _, admin = house
    site = admin.site()
    keypad = Keypad()
    admin.register(keypad, site)
    admin.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT))
    id_ = admin.tickets(site=site)[0]["id"]
    auditor, installer, desk = (
        member(house, "auditor"),
        member(house, "installer"),
        member(house, "operator"),
    )
    for one in (auditor, installer):
        assert one.act(id_, "acknowledge", 1).status_code == 403
    assert auditor.http.get("/v1/deeds").status_code == 200
    assert desk.http.get("/v1/deeds").status_code == 403
    assert auditor.http.post("/v1/sites", json={"name": "x", "account": "y"}).status_code == 403
    assert desk.act(id_, "acknowledge", 1).status_code == 200
    override = desk.act(id_, "call", 2, target="premises", override="because")
    assert override.status_code == 403
    new = {"name": "Mallory", "password": "x" * 12, "role": "admin"}
    assert desk.http.post("/v1/operators", json=new).status_code == 403
    assert admin.http.post(f"/v1/operators/{desk.name}/disable").status_code == 204
    assert desk.http.get("/v1/tickets").status_code == 401
    done = [one["what"] for one in admin.http.get("/v1/deeds").json()]
    assert done[:3] == ["disable_operator", "make_token", "make_operator"]


def test_a_policy_is_data_and_the_next_ticket_follows_it(client):
    path = "/v1/policies/test"
    before = client.http.get(path).json()
    new = {
        "steps": [{"wait_s": 7, "targets": ["role:operator"]}],
        "acknowledged_s": 60,
        "dispatched_s": 60,
    }
    assert client.http.put(path, json=new).json() == new
    keypad, site = Keypad(), client.site()
    client.register(keypad, site)
    client.send(keypad.press(flags=wire.TEST))
    ticket = client.tickets(site=site)[0]
    opened, due = seconds(ticket["opened_at"]), seconds(ticket["due_at"])
    assert due - opened == 7
    for wrong in ({"steps": []}, {"steps": [{"wait_s": 1, "targets": ["nobody"]}]}):
        assert client.http.put(path, json=new | wrong).status_code == 422
    client.http.put(path, json=before)


def seconds(text):
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp()


def test_csv_is_previewed_then_done_whole_or_not_at_all(client):
    one, other = secrets.token_hex(8), secrets.token_hex(8)
    account = secrets.token_hex(4)
    good = f"{account},Shop,{one},keypad,1,Counter,{'11' * 32}\n"
    bad = f"{account},Shop,{other},toaster,x,Door,{'11' * 32}\n"
    post = client.http.post
    path = "/v1/import/devices"
    preview = post(path, content=HEAD + good + bad).json()
    assert (preview["done"], preview["errors"]) == (False, 1)
    assert preview["lines"][1]["line"] == 3
    assert "kind" in preview["lines"][1]["error"]
    assert "zone" in preview["lines"][1]["error"]
    assert post(f"{path}?commit=true", content=HEAD + good + bad).status_code == 409
    devices = [found["device"] for found in client.http.get("/v1/devices").json()]
    assert one not in devices
    assert post(f"{path}?commit=true", content=HEAD + good).json()["done"]
    again = post(f"{path}?commit=true", content=HEAD + good)
    assert again.json()["done"], "the same file twice is the same file once"
    for wrong in ("a,b\n1,2\n", b"\xff\xfe", HEAD + '"'):
        assert post(path, content=wrong).status_code == 422


def test_no_cell_of_an_export_is_a_formula(client):
    names = ("=cmd()|x", "@SUM(1)", "+1", "-1")
    for name in names:
        keypad = Keypad()
        client.register(keypad, client.site(name=name), zone_name=name)
        client.send(keypad.press())
    for path, columns in (("devices", ("site_name", "zone_name")), ("tickets", ("site",))):
        rows = list(csv.DictReader(io.StringIO(client.http.get(f"/v1/export/{path}.csv").text)))
        for column in columns:
            assert {f"'{name}" for name in names} <= {row[column] for row in rows}, column
        for row in rows:
            for cell in row.values():
                assert not cell.startswith(("=", "+", "-", "@")), row


def closed_false(client, keypad, site, kind):
    client.send(keypad.press(kind))
    id_ = client.tickets(site=site)[0]["id"]
    client.act(id_, "acknowledge", 1)
    said = {"outcome": "false_alarm", "text": "leant on it"}
    assert client.act(id_, "close", 2, **said).status_code == 200


def test_the_ledger_counts_the_kinds_that_withdraw_the_police_and_no_others(client):
    keypad, site = Keypad(), client.site()
    client.register(keypad, site)
    for kind in (wire.MEDICAL, wire.FIRE, wire.PANIC, wire.MEDICAL):
        closed_false(client, keypad, site, kind)
    history = client.http.get(f"/v1/sites/{site}/history").json()
    assert (history["false_alarms"], history["outcomes"]["false_alarm"]) == (1, 4)
    assert history["false_alarm_kinds"] == ["hold_up", "duress", "panic"]


def test_where_the_police_have_withdrawn_the_ticket_says_whom_to_send(client):
    keypad, site = Keypad(), client.site()
    client.register(keypad, site)
    client.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT))
    id_ = client.tickets(site=site)[0]["id"]
    before = client.ticket(id_)["plan"]
    assert before["steps"][0].startswith("Call the police")
    changed = client.http.patch(f"/v1/sites/{site}", json={"police_response": "withdrawn"})
    assert changed.status_code == 200
    after = client.ticket(id_)["plan"]
    assert (before["police_response"], after["police_response"]) == ("active", "withdrawn")
    assert after["steps"][0].startswith("Police response is withdrawn: send the guard")
    assert before["steps"][0] not in after["steps"]
    assert after["premises"] == "never"


def test_each_country_has_its_own_clock_for_the_first_action(house):
    receiver, client = house
    browser = Client(receiver.url)
    browser.http.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
    for country, limit_s, both in (("us", 90, "90 and 90 s"), ("gb", 30, "30 and 60 s")):
        keypad, site = Keypad(), client.site()
        client.register(keypad, site)
        client.http.patch(f"/v1/sites/{site}", json={"jurisdiction": country})
        client.send(keypad.press())
        id_ = client.tickets(site=site)[0]["id"]
        card = browser.http.get("/").text.split(f'id="t-{id_}"')[1].split(">")[0]
        assert f'data-limit="{limit_s * 1000}"' in card
        assert "First action" not in browser.http.get(f"/tickets/{id_}").text
        assert client.act(id_, "acknowledge", 1).status_code == 200
        assert both in browser.http.get(f"/tickets/{id_}").text
    wall = browser.http.get("/wall").text
    browser.close()
    assert "taken within 30\u201390 s" in wall


def test_the_false_alarm_ledger(client):
    keypad, site = Keypad(), client.site()
    client.register(keypad, site)
    for _ in range(2):
        client.send(keypad.press())
        id_ = client.tickets(site=site)[0]["id"]
        client.act(id_, "acknowledge", 1)
        assert client.act(id_, "close", 2, outcome="false_alarm").status_code == 200
    history = client.http.get(f"/v1/sites/{site}/history").json()
    assert (history["false_alarms"], history["false_alarms_left"]) == (2, 0)
    assert history["at_risk"]
    assert history["outcomes"] == {"false_alarm": 2}


def test_the_ledger_forgets_what_has_left_the_window():
    now = 400 * DAY_MS
    found = ledger([30 * DAY_MS, 100 * DAY_MS, 399 * DAY_MS], now, limit=2, window_days=365)
    assert (found.count, found.left, found.oldest_ends_ms) == (2, 0, 465 * DAY_MS)
    assert ledger([], now, limit=2, window_days=365).at_risk is False


def test_a_device_and_a_zone_are_mended_and_a_phone_costs_no_words(client):
    site, keypad = client.site(), Keypad()
    client.register(keypad, site, zone=1)
    path = f"/v1/devices/{keypad.device.hex()}"
    assert client.http.get(path).json()["zone"] == 1
    assert client.http.patch(path, json={"zone": 2}).json()["zone"] == 2
    assert deed(client, "change_device")["detail"] == {"before": {"zone": 1}, "after": {"zone": 2}}
    assert client.http.put(f"/v1/sites/{site}/zones/2", json={"name": "Vault"}).status_code == 200
    zones = client.http.get(f"/v1/sites/{site}/zones").json()
    assert zones == [{"number": 1, "name": "Counter"}, {"number": 2, "name": "Vault"}]
    assert client.http.get(path).json()["zone_name"] == "Vault"
    holder = {"rank": 1, "name": "Eva", "phone": "+1", "password": "blue horse", "duress": "cow 77"}
    people = f"/v1/sites/{site}/keyholders"
    made = client.http.post(people, json=holder).json()
    other = client.http.post(people, json={"rank": 2, "name": "Jan", "phone": "+3"}).json()
    changed = client.http.put(
        f"{people}/{made['id']}", json={"rank": 1, "name": "Eva", "phone": "+2"}
    )
    assert changed.json() == made | {"phone": "+2"}
    assert changed.json()["has_duress"], "his words are as they were"
    client.send(keypad.press())
    said = {"ticket": client.tickets(site=site)[0]["id"], "word": "Blue horse"}
    client.act(said["ticket"], "acknowledge", 1)
    word = client.http.post(f"{people}/{made['id']}/word", json=said)
    assert word.json()["result"] == "right"
    taken = {"rank": 1, "name": "Jan", "phone": "+3"}
    assert client.http.put(f"{people}/{other['id']}", json=taken).status_code == 409
    assert client.http.put(f"{people}/nobody", json=taken | {"rank": 3}).status_code == 404


def deed(client, what):
    return next(one for one in client.http.get("/v1/deeds").json() if one["what"] == what)


def test_deeds_say_what_was_before_and_after(client):
    site = client.site()
    client.http.patch(f"/v1/sites/{site}", json={"phone": "1", "hazards": "a dog"})
    client.http.patch(f"/v1/sites/{site}", json={"phone": "2", "hazards": "a dog"})
    told = deed(client, "change_site")["detail"]
    assert told == {"changed": ["phone"], "before": {"phone": "1"}, "after": {"phone": "2"}}
    client.http.get("/v1/export/devices.csv")
    assert deed(client, "export_devices")["subject"] == "devices.csv"
    made = deed(client, "setup")
    assert (made["actor"], made["detail"]) == ("operator:Ada", {"role": "admin"})


def test_a_register_that_goes_on_says_where(client, monkeypatch):
    for _ in range(3):
        keypad, site = Keypad(), client.site()
        client.register(keypad, site)
        client.send(keypad.press())
    whole = client.http.get("/v1/export/tickets.csv")
    assert "link" not in whole.headers
    monkeypatch.setattr("alarm_receiver.web.exchange.LINES_MAX", 1)
    monkeypatch.setattr("alarm_receiver.web.exchange.AT_ONCE", 1)
    rows, path = [], "/v1/export/tickets.csv"
    while path:
        answer = client.http.get(path)
        rows += answer.text.splitlines()[1:]
        path = answer.links.get("next", {}).get("url")
    assert rows == whole.text.splitlines()[1:]


def test_what_is_refused_reads_well(client, house):
    wrong = client.http.put("/v1/sites", json={})
    assert (wrong.status_code, wrong.json()["title"]) == (405, "Method Not Allowed")
    said = member(house, "agency").http.post("/v1/sites", json={"name": "x", "account": "y"})
    assert said.json()["detail"].startswith("the role agency may not do this")


def test_the_preview_says_what_the_import_would_meet(client):
    """Whatever a line cannot do is said before, and by the import itself in the same words."""
    account, other = secrets.token_hex(4), secrets.token_hex(4)
    one, gone, fresh, twin = (secrets.token_hex(8) for _ in range(4))
    keys = {name: secrets.token_hex(32) for name in (one, gone, fresh)}

    def line(device, kind="keypad", zone=1, key=None, at=account, name="Shop"):
        return f"{at},{name},{device},{kind},{zone},Counter,{key or keys[device]}\n"

    path = "/v1/import/devices"
    done = client.http.post(f"{path}?commit=true", content=HEAD + line(one) + line(gone))
    assert done.json()["done"], done.text
    client.http.post(f"/v1/devices/{gone}/revoke")
    wrong = {
        line(one, key="22" * 32): "has another key",
        line(one, kind="gateway"): "registered as a keypad",
        line(one, zone=2): "registered in zone 1",
        line(one, at=other): "at another site",
        line(gone): "is revoked",
        line(fresh, name="Shed"): "is 'Shop' here",
        line(twin, key=keys[one]): f"device {one} has this key",
        line(fresh) + line(twin, key=keys[fresh]): f"device {fresh} has this key",
    }
    for rows, why in wrong.items():
        preview = client.http.post(path, content=HEAD + rows).json()
        assert preview["errors"] == 1, (why, preview)
        said = [found["error"] for found in preview["lines"] if found["error"]]
        assert why in said[0]
        refused = client.http.post(f"{path}?commit=true", content=HEAD + rows)
        assert refused.status_code == 409
        assert [found["error"] for found in refused.json()["lines"]] == said
    devices = {found["device"] for found in client.http.get("/v1/devices").json()}
    assert not devices & {fresh, twin}, "nothing was done by halves"
    assert client.http.post(path, content=HEAD + line(one) + line(fresh)).json()["errors"] == 0

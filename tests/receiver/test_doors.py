"""Both doors of a running receiver, over real HTTP, on a real SQLite file."""

import json
import threading

import httpx
import pytest

from alarm_receiver.web.stream import BEAT_S
from alarm_wire import batch, frame, receipt
from alarm_wire import signal as wire
from alarm_wire.signal import Moment
from receiving import Client, Keypad, Running, running, wait_for


@pytest.fixture
def keypad(client):
    one = Keypad()
    client.register(one, client.site())
    return one


def test_a_press_becomes_a_ticket_and_its_receipt_is_sealed_for_the_keypad(client, keypad):
    (answer,) = client.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT, zone=1))
    told = keypad.read(answer)
    assert (told.epoch, told.number, told.state) == (1, 1, receipt.STORED)
    ticket = client.tickets()[0]
    assert ticket["id"].replace("-", "") == told.ticket.hex()
    assert (ticket["state"], ticket["version"], ticket["class"]) == ("open", 1, "emergency")
    assert ticket["due_at"] > ticket["opened_at"]
    (signal,) = ticket["signals"]
    assert signal["device"] == keypad.device.hex()
    assert (signal["kind"], signal["zone_name"]) == ("hold_up", "Counter")
    assert (signal["silent"], signal["test"], signal["arrivals"]) == (True, False, 1)
    assert (signal["age_ms"], signal["age_exact"], signal["late"]) == (50, True, False)
    assert [one["act"] for one in ticket["entries"]] == ["open"]


def test_a_duplicate_is_counted_and_answered_alike(client, keypad):
    pressed = keypad.press()
    (first,) = client.send(pressed)
    again = [client.send(pressed)[0] for _ in range(3)]
    assert {keypad.read(one).ticket for one in [first, *again]} == {keypad.read(first).ticket}
    assert {keypad.read(one).state for one in again} == {receipt.STORED}
    ticket = client.ticket(str(client.tickets()[0]["id"]))
    assert [one["arrivals"] for one in ticket["signals"]] == [4]
    assert len(ticket["entries"]) == 1


def test_a_duplicate_sent_later_has_another_moment_of_sending_and_is_still_one(client, keypad):
    said = keypad.signal()
    client.send(keypad.frame(said))
    (answer,) = client.send(keypad.frame(said, Moment(2, 90_000)))
    assert keypad.read(answer).state == receipt.STORED
    assert client.tickets()[0]["signals"][0]["arrivals"] == 2


def test_a_second_press_is_evidence_on_the_same_ticket(client, keypad):
    answers = client.send(keypad.press(), keypad.press(wire.DURESS))
    assert len({keypad.read(one).ticket for one in answers}) == 1
    ticket = client.tickets()[0]
    assert [one["act"] for one in ticket["entries"]] == ["open", "signal"]
    assert ticket["version"] == 2


def test_acknowledging_tells_every_keypad_of_the_ticket_through_its_gateway(client):
    site = client.site()
    one, other, gateway = Keypad(), Keypad(), Keypad()
    client.register(one, site)
    client.register(other, site, zone=2)
    client.register(gateway, site, kind="gateway", zone=0)
    client.send(one.press(), other.press())
    ticket = client.tickets()[0]
    got = {}

    def wait():
        got["answer"] = client.receipts(gateway, wait_s=20)

    waiting = threading.Thread(target=wait)
    waiting.start()
    taken = client.act(ticket["id"], "acknowledge", ticket["version"])
    assert taken.status_code == 200, taken.text
    assert taken.json()["holder"] == "operator:Ada"
    waiting.join(20)
    frames, sequence = got["answer"]
    assert len(frames) == 2
    told = [one.read(frames[0]), other.read(frames[1])]
    assert {found.state for found in told} == {receipt.ACKNOWLEDGED}
    assert client.receipts(gateway, after=sequence) == ([], sequence)
    (again,) = client.send(one.frame(one.signal(number=1)))
    assert one.read(again).state == receipt.ACKNOWLEDGED


def test_a_press_on_a_ticket_in_work_is_acknowledged_at_once(client, keypad):
    client.send(keypad.press())
    ticket = client.tickets()[0]
    client.act(ticket["id"], "acknowledge", 1)
    (answer,) = client.send(keypad.press())
    assert keypad.read(answer).state == receipt.ACKNOWLEDGED


def test_two_operators_cannot_act_on_the_same_version(client, keypad):
    client.send(keypad.press())
    ticket = client.tickets()[0]
    assert client.act(ticket["id"], "acknowledge", 1).status_code == 200
    late = client.act(ticket["id"], "acknowledge", 1)
    assert late.status_code == 409
    assert late.headers["content-type"] == "application/problem+json"
    assert late.json()["version"] == 2
    assert late.json()["changed"] == [{"version": 2, "act": "acknowledge", "actor": "operator:Ada"}]


def test_nobody_closes_over_a_press_that_came_in_meanwhile(client, keypad):
    client.send(keypad.press())
    ticket = client.tickets()[0]
    client.act(ticket["id"], "acknowledge", 1)
    client.send(keypad.press())
    closing = client.act(ticket["id"], "close", 2, outcome="false_alarm")
    assert closing.status_code == 409
    assert [one["act"] for one in closing.json()["changed"]] == ["signal"]
    assert client.act(ticket["id"], "close", 3, outcome="false_alarm").status_code == 200
    assert client.ticket(ticket["id"])["due_at"] is None


def test_the_whole_life_of_a_ticket(client, keypad):
    client.send(keypad.press())
    id_ = client.tickets()[0]["id"]
    assert client.act(id_, "close", 1, outcome="attended").status_code == 409
    assert client.act(id_, "acknowledge", 1).status_code == 200
    assert client.act(id_, "note", 2, text="Owner called back").status_code == 200
    assert client.act(id_, "dispatch", 3, to="Police").status_code == 200
    assert client.act(id_, "hand-back", 4).json()["state"] == "open"
    assert client.act(id_, "acknowledge", 5).status_code == 200
    closed = client.act(id_, "close", 6, outcome="attended", text="Unit 12 was there").json()
    assert (closed["state"], closed["outcome"]) == ("closed", "attended")
    acts = [one["act"] for one in closed["entries"]]
    assert acts == ["open", "acknowledge", "note", "dispatch", "hand_back", "acknowledge", "close"]
    (answer,) = client.send(keypad.press())
    assert keypad.read(answer).ticket.hex() != id_.replace("-", "")


def test_classes_have_tickets_of_their_own_and_status_has_none(client, keypad):
    answers = client.send(
        keypad.press(wire.STARTED),
        keypad.press(wire.TAMPER),
        keypad.press(wire.PANIC, flags=wire.TEST),
        keypad.press(wire.PANIC),
        keypad.press(20),
        keypad.press(90),
        keypad.press(200),
    )
    tickets = [keypad.read(one).ticket for one in answers]
    assert tickets[0] == tickets[6] == receipt.NO_TICKET
    assert tickets[3] == tickets[4]
    assert tickets[1] == tickets[5]
    assert len({tickets[1], tickets[2], tickets[3]}) == 3
    assert [one["class"] for one in client.tickets(limit=3)] == ["test", "technical", "emergency"]


def test_a_late_signal_is_taken_and_marked(client, keypad):
    said = keypad.signal(pressed_ms=1000)
    client.send(keypad.frame(said, Moment(1, 301_000)))
    (signal,) = client.tickets()[0]["signals"]
    assert (signal["age_ms"], signal["age_exact"], signal["late"]) == (300_000, True, True)
    other = keypad.signal(pressed_ms=1000)
    client.send(keypad.frame(other, Moment(3, 500)))
    signal = client.tickets()[0]["signals"][1]
    assert (signal["age_ms"], signal["age_exact"], signal["late"]) == (500, False, False)


def test_an_identity_used_again_with_other_content_is_refused_and_put_before_people(client, keypad):
    client.send(keypad.press(wire.PANIC))
    forged = keypad.frame(keypad.signal(wire.MEDICAL, number=1))
    for _ in range(3):
        (answer,) = client.send(forged)
        assert receipt.unpack_refusal(answer).reason == frame.IDENTITY_REUSED
    technical, emergency = client.tickets(limit=2)
    assert technical["class"] == "technical"
    assert technical["signals"] == []
    assert [one["act"] for one in technical["entries"]] == ["open"]
    assert technical["entries"][0]["detail"]["security"]["reason"] == "identity_reused"
    assert [one["kind"] for one in emergency["signals"]] == ["panic"]
    assert emergency["signals"][0]["arrivals"] == 1


def test_bad_frames_are_refused_by_name_beside_a_good_one(house, client, keypad):
    receiver, _ = house
    good = keypad.press()
    forged = bytearray(keypad.press())
    forged[30] ^= 1
    stranger = Keypad().press()
    version = b"\x07" + keypad.press()[1:]
    wrong_type = bytearray(keypad.press())
    wrong_type[1] = 3
    bad = [
        (bytes(forged), frame.WRONG_SEAL),
        (good[:40], frame.TRUNCATED),
        (good + b"x", frame.OVERSIZE),
        (stranger, frame.UNKNOWN_DEVICE),
        (version, frame.WRONG_VERSION),
        (bytes(wrong_type), frame.WRONG_TYPE),
        (b"", frame.TRUNCATED),
    ]
    before = len(client.tickets(limit=200))
    answers = client.send(*[one for one, _ in bad], good)
    assert [receipt.unpack_refusal(one).reason for one in answers[:-1]] == [r for _, r in bad]
    assert keypad.read(answers[-1]).state == receipt.STORED
    assert len(client.tickets(limit=200)) == before + 1
    assert receiver.receiver.context.quarantine.counts["wrong_seal"] >= 1
    assert 'holdfast_refused_total{reason="wrong_seal"}' in client.http.get("/metrics").text


def test_bodies_that_are_no_batch_get_4xx(client):
    post = client.http.post
    assert post("/v1/signals", content=b"\x00\x05ab").status_code == 400
    assert post("/v1/signals", content=b"\x01\x00" + b"x" * 256).status_code == 413
    assert post("/v1/signals", content=b"x" * (batch.BATCH_BYTES_MAX + 1)).status_code == 413
    assert post("/v1/receipts", content=b"").status_code == 400
    assert post("/v1/receipts?after=-1", content=b"").status_code == 400
    assert post("/v1/receipts?wait_s=nan", content=b"").status_code == 400
    assert client.http.get("/v1/signals").status_code in (404, 405)


def test_heartbeats_are_heard_once(client, keypad):
    beat = keypad.heartbeat()
    (answer,) = client.send(beat)
    assert keypad.read(answer).state == receipt.HEARD
    (again,) = client.send(beat)
    assert receipt.unpack_refusal(again).reason == frame.STALE
    client.send(keypad.heartbeat(number=5))
    (overtaken,) = client.send(keypad.heartbeat(number=3))
    assert keypad.read(overtaken).state == receipt.HEARD
    (old,) = client.send(keypad.heartbeat(number=1))
    assert receipt.unpack_refusal(old).reason == frame.STALE
    (shown,) = [
        one for one in client.http.get("/v1/devices").json() if one["device"] == keypad.device.hex()
    ]
    assert shown["heard_at"]


def test_only_a_gateway_gets_receipts(client, keypad):
    for body in (keypad.heartbeat(), Keypad().heartbeat()):
        answer = client.http.post("/v1/receipts", content=batch.pack([body]))
        assert answer.status_code == 403
        assert answer.json()["reason"] in ("bad_field", "unknown_device")


def test_a_revoked_device_is_believed_no_more(client, keypad):
    revoked = client.http.post(f"/v1/devices/{keypad.device.hex()}/revoke")
    assert revoked.json()["revoked"]
    (answer,) = client.send(keypad.press())
    assert receipt.unpack_refusal(answer).reason == frame.REVOKED_DEVICE


def test_an_emergency_of_a_revoked_device_is_put_before_people_as_not_verified(client):
    keypad = Keypad()
    site = client.site()
    client.register(keypad, site)
    client.http.post(f"/v1/devices/{keypad.device.hex()}/revoke")
    forger = Keypad(keypad.device)
    client.send(forger.press(), keypad.press(wire.STARTED), keypad.press(wire.TAMPER))
    pressed = keypad.press(flags=wire.TEST)
    for frames in ([pressed, pressed], [pressed], [keypad.press()]):
        for answer in client.send(*frames):
            assert receipt.unpack_refusal(answer).reason == frame.REVOKED_DEVICE
    (ticket,) = wait_for(lambda: client.tickets(site=site))
    assert (ticket["class"], ticket["state"]) == ("technical", "open")
    (opened,) = client.ticket(ticket["id"])["entries"]
    told = opened["detail"]["security"]
    assert (told["reason"], told["kind"], told["number"]) == ("revoked_device", "panic", 3)
    assert told["device"] == keypad.device.hex()


def test_registering_twice_is_registering_once(client):
    one, site = Keypad(), client.site()
    assert client.register(one, site) == client.register(one, site)
    body = {"device": one.device.hex(), "kind": "keypad", "site": site, "zone": 1, "key": "11" * 32}
    assert client.http.post("/v1/devices", json=body).status_code == 409


def test_nobody_gets_in_without_a_token_and_setup_works_once(house):
    receiver, _ = house
    with httpx.Client(base_url=receiver.url) as stranger:
        for path in ("/v1/tickets", "/v1/sites", "/v1/devices", "/v1/stream"):
            answer = stranger.get(path)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
        body = {"token": receiver.token, "name": "Eve", "password": "x" * 12}
        assert stranger.post("/v1/setup", json=body).status_code == 403
        bearer = {"Authorization": "Bearer wrong"}
        assert stranger.get("/v1/tickets", headers=bearer).status_code == 401
        assert stranger.get("/", follow_redirects=False).headers["location"] == "/sign-in"
        wrong = {"name": "Ada", "password": "wrong"}
        assert stranger.post("/v1/tokens", json=wrong).status_code == 401


def test_the_page_shows_tickets_and_takes_one(house, client, keypad):
    receiver, _ = house
    client.send(keypad.press(zone=1))
    with httpx.Client(base_url=receiver.url, follow_redirects=True) as browser:
        entered = {"name": "Ada", "password": "correct horse battery"}
        page = browser.post("/sign-in", data=entered)
        assert page.status_code == 200
        assert "Counter" in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        id_ = client.tickets()[0]["id"]
        foreign = {"Sec-Fetch-Site": "cross-site"}
        path = f"/tickets/{id_}/take"
        assert browser.post(path, data={"version": 1}, headers=foreign).status_code == 403
        assert browser.post(path, data={"version": 1}).status_code == 200
        assert client.ticket(id_)["state"] == "acknowledged"
        browser.post("/sign-out")
        assert browser.get("/queue/stream").status_code == 401


def test_the_stream_tells_what_happened_before_and_after_it_was_opened(client, keypad):
    client.send(keypad.press())
    newest = client.tickets()[0]
    lines = []
    with client.http.stream("GET", "/v1/stream?after=0") as stream:
        acknowledged = False
        for line in stream.iter_lines():
            lines.append(line)
            if line.startswith("data:") and newest["id"] in line:
                if acknowledged:
                    break
                acknowledged = client.act(newest["id"], "acknowledge", 1).status_code == 200
    sequences = [int(line[4:]) for line in lines if line.startswith("id: ")]
    assert sequences == sorted(set(sequences))
    shown = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    assert [one["version"] for one in shown if one.get("ticket") == newest["id"]] == [1, 2]


def test_a_quiet_stream_still_beats(client):
    assert BEAT_S <= 3
    with client.http.stream("GET", "/v1/stream") as stream:
        beats = 0
        for line in stream.iter_lines():
            beats += line == "event: heartbeat"
            if beats == 2:
                break


def test_committed_hops_are_logged_after_the_commit(house, client, keypad):
    receiver, _ = house
    client.send(keypad.press())
    wait_for(
        lambda: [
            one
            for one in receiver.lines.hops()
            if (one["device"], one["number"]) == (keypad.device.hex(), 1)
        ]
    )


def test_the_schema_documents_both_doors(client):
    schema = client.http.get("/openapi.json").json()
    assert {"/v1/signals", "/v1/receipts", "/v1/tickets", "/v1/setup"} <= set(schema["paths"])
    for path, methods in schema["paths"].items():
        for method in methods.values():
            assert method.get("summary"), path
            assert method.get("tags"), path


def test_ready_and_health(client):
    assert client.http.get("/health").json() == {"status": "ok"}
    assert client.http.get("/ready").status_code == 200


def test_everything_is_there_again_after_a_restart(tmp_path):
    keypad = Keypad()
    with running(tmp_path) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        before, token = client.tickets(), client.token
    again = Running(tmp_path)
    client = Client(again.url)
    try:
        assert again.token is None
        client.http.headers["Authorization"] = f"Bearer {token}"
        (answer,) = client.send(keypad.frame(keypad.signal(number=1)))
        assert keypad.read(answer).ticket.hex() == before[0]["id"].replace("-", "")
        assert [one["number"] for one in client.tickets()] == [1]
    finally:
        client.close()
        again.stop()

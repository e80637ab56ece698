"""Pages go out on every channel, at least once, and come back as acknowledgements."""

import base64
import hashlib
import hmac
import json
import secrets
import socketserver
import threading
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

import one_page
from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.domain.paged import NotSent
from alarm_receiver.domain.webhook import genuine, signature
from alarm_receiver.notify.mail import Mail
from alarm_receiver.notify.sms import Sms
from alarm_receiver.notify.words import CLASSES, KINDS, NO_CALL, NOBODY, SILENT, clip, line
from alarm_receiver.store.desk import LANGUAGES
from alarm_receiver.store.reach import OVERLAP_MS
from alarm_wire import signal as wire
from receiving import Keypad, running, wait_for
from taking import taking

PAGED = replace(one_page.PAGED, site="Shop\nBcc: eve@example.org", language="cs")


class Relay(socketserver.StreamRequestHandler):
    """The least of an SMTP relay."""

    def handle(self):
        self.wfile.write(b"220 relay\r\n")
        data, letter = False, []
        for raw in self.rfile:
            if data:
                if raw == b".\r\n":
                    data = False
                    self.server.got.append(b"".join(letter))
                    self.wfile.write(b"250 taken\r\n")
                else:
                    letter.append(raw)
                continue
            word = raw.split()[0].upper() if raw.split() else b""
            data = word == b"DATA"
            if word == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"354 go on\r\n" if data else b"250 fine\r\n")


@pytest.fixture
def other():
    with taking() as server:
        yield server


@pytest.fixture
def relay():
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_an_agency_takes_a_ticket_through_its_own_system(tmp_path, other):
    other.refusals = 1
    with running(tmp_path, webhook_networks="127.0.0.0/8") as (receiver, client):
        made = client.http.post("/v1/endpoints", json={"name": "Guards", "url": other.url}).json()
        secret = base64.b64decode(made["secret"].removeprefix("whsec_"))
        assert made["secret"] not in client.http.get("/v1/endpoints").text
        keypad = Keypad()
        client.register(keypad, client.site(name="Shop"))
        client.send(keypad.press(wire.HOLD_UP, flags=wire.SILENT, zone=1))
        id_ = client.tickets()[0]["id"]
        wait_for(lambda: len(other.got) >= 2, 20)
        (first, _), (again, body_again) = other.got[:2]
        assert first["webhook-id"] == again["webhook-id"], "the second try is the same page"
        said = json.loads(body_again)
        assert (said["type"], said["data"]["kind"]) == ("holdfast.ticket.paged", "hold_up")
        assert said["subject"] == id_
        signed = f"{again['webhook-id']}.{again['webhook-timestamp']}.".encode() + body_again
        wanted = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
        assert again["webhook-signature"] == f"v1,{wanted}"
        wait_for(
            lambda: client.http.get(f"/v1/tickets/{id_}/pages").json()[0]["state"] == "accepted"
        )

        path = said["data"]["callback"]
        assert path == f"/v1/callbacks/{said['id']}", "no PUBLIC_URL: no address to name"
        assert said["source"] == "urn:holdfast:receiver"
        assert "note: tickets are handed" in client.http.get("/ready").text
        answer = json.dumps({"page": said["id"], "act": "acknowledge"}).encode()
        at = int(time.time())
        headers = {
            "webhook-id": "c1",
            "webhook-timestamp": str(at),
            "webhook-signature": signature(secret, "c1", at, answer),
        }
        del client.http.headers["Authorization"]
        for bad in (
            headers | {"webhook-signature": "v1,AAAA"},
            headers | {"webhook-timestamp": str(at - 400)},
            headers | {"webhook-id": "c2"},
            {},
        ):
            assert client.http.post(path, content=answer, headers=bad).status_code == 401
        for _ in range(2):
            taken = client.http.post(path, content=answer, headers=headers)
            assert taken.json()["state"] == "acknowledged", taken.text
        client.http.headers["Authorization"] = f"Bearer {client.token}"
        ticket = client.ticket(id_)
        assert ticket["holder"] == "agency:Guards"
        assert client.http.get(f"/v1/tickets/{id_}/pages").json()[0]["state"] == "acknowledged"
        assert receiver.token


def test_a_secret_is_sealed_and_rotated_while_the_old_one_still_holds(tmp_path, other):
    with running(tmp_path, webhook_networks="127.0.0.0/8") as (receiver, client):
        made = client.http.post("/v1/endpoints", json={"name": "Guards", "url": other.url}).json()
        old = base64.b64decode(made["secret"].removeprefix("whsec_"))
        files = b"".join(one.read_bytes() for one in tmp_path.glob("receiver.sqlite3*"))
        assert old not in files
        assert b"Guards" in files, "the search can find something"
        again = client.http.post(f"/v1/endpoints/{made['id']}/secret")
        assert again.status_code == 200, again.text
        new = base64.b64decode(again.json()["secret"].removeprefix("whsec_"))
        assert client.http.post("/v1/endpoints/nobody/secret").status_code == 404
        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        wait_for(lambda: other.got, 20)
        headers, body = other.got[0]
        id_, at = headers["webhook-id"], int(headers["webhook-timestamp"])
        wanted = [signature(one, id_, at, body) for one in (new, old)]
        assert headers["webhook-signature"].split(" ") == wanted
        path = json.loads(body)["data"]["callback"]
        answer = json.dumps({"page": id_, "act": "complete"}).encode()

        def call_back(secret):
            at, id_ = receiver.receiver.context.clock.now_ms() // 1000, secrets.token_hex(8)
            sealed = signature(secret, id_, at, answer)
            sent = {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": sealed}
            return client.http.post(path, content=answer, headers=sent).status_code

        assert call_back(old) == 200
        clock = receiver.receiver.context.clock
        plain = clock.now_ms
        try:
            clock.now_ms = lambda: plain() + OVERLAP_MS
            assert call_back(old) == 401, "its day is over"
            assert call_back(new) == 200
        finally:
            del clock.now_ms


def test_mail_goes_to_the_relay_and_no_name_becomes_a_header(relay):
    host, port = relay.server_address
    assert Mail(host, port, "holdfast@example.org").send(PAGED) == "accepted"
    (letter,) = relay.got
    head, _, body = letter.partition(b"\r\n\r\n")
    assert b"\nBcc:" not in head
    assert b"Message-ID: <p1@" in head
    assert b"Content-Language: cs" in head
    assert b"/tickets/" not in body
    linked = Mail(host, port, "holdfast@example.org", public_url="https://desk.example.org/")
    assert linked.send(replace(PAGED, language="en")) == "accepted"
    body = relay.got.pop().partition(b"\r\n\r\n")[2].decode()
    assert "https://desk.example.org/tickets/t1\r\n" in body
    assert "nobody rings the site" in body
    with pytest.raises(NotSent):
        Mail(host, 1, "holdfast@example.org").send(PAGED)
    with pytest.raises(NotSent, match="in clear"):
        Mail(host, port, "holdfast@example.org", "me", "secret").send(PAGED)
    assert len(relay.got) == 1


def test_sms_speaks_kannel(other):
    sms = Sms(other.url, "me", "secret", "Holdfast")
    assert sms.send(PAGED) == "accepted"
    fields = parse_qs(urlsplit(other.got[0][0]).query)
    assert fields["to"] == ["ada@example.org"]
    assert fields["coding"] == ["2"]
    assert len(fields["text"][0]) <= 70
    other.status = 503
    with pytest.raises(NotSent) as failed:
        sms.send(PAGED)
    assert "secret" not in str(failed.value)


def test_every_language_says_every_class_and_every_kind_that_a_ticket_can_have():
    languages = {"en", "cs", "fa", "he", "hu", "ru"}
    assert set(LANGUAGES) == languages
    for words in (KINDS, CLASSES, SILENT, NO_CALL, NOBODY):
        assert set(words) == languages
    alarms = {name for number, name in wire.KIND_NAMES.items() if number < wire.STARTED}
    for language in languages:
        assert set(KINDS[language]) == alarms | {"signals_missing", "security", "certificate_ends"}
        assert set(CLASSES[language]) == set(TicketClass)
        said = list(KINDS[language].values()) + list(CLASSES[language].values())
        assert all(said)
        assert len(set(said)) == len(said), "no two of them read alike"


def test_a_page_reads_as_what_it_is():
    assert line(PAGED).startswith("#7 TÍSEŇ přepadení tichý 4711")
    lost = replace(PAGED, class_="technical", kind="path_lost", silent=False, language="en")
    assert line(lost).startswith("#7 technical path lost 4711")
    panic = replace(PAGED, kind="panic", silent=False, language="en")
    assert line(panic).startswith("#7 EMERGENCY panic button 4711")
    assert line(replace(panic, language="xx")) == line(panic), "English for what nobody knows"
    assert line(replace(panic, kind="kind_77")).startswith("#7 EMERGENCY 4711")
    for language in LANGUAGES:
        short = clip(line(replace(PAGED, language=language, site="Shop", round=0)))
        assert "4711 Shop, Counter" in short, "it fits"
    assert len(clip("x" * 500)) == 160
    assert len(clip("ž" * 500)) == 70


def test_a_signature_has_its_time():
    body = b"{}"
    headers = {"webhook-id": "a", "webhook-timestamp": "1000"}
    headers["webhook-signature"] = "v1,x " + signature(b"k", "a", 1000, body)
    assert genuine(b"k", headers, body, 1000 + 299)
    assert not genuine(b"k", headers, body, 1000 + 301)
    assert not genuine(b"l", headers, body, 1000)
    assert not genuine(b"k", headers | {"webhook-timestamp": "x"}, body, 1000)

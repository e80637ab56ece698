"""The attacks that a receiver must expect, by name: each with what it has to do about it.

What other tests already show is not repeated here: identity reused, revoked and unknown devices,
duplicates, heartbeats sent again (test_doors), audit (test_audit), full and failing disks
(tests/faults/test_receiver_disk.py), clocks set a day off (test_clock).
"""

import asyncio
import contextlib
import resource
import secrets
import socket
import threading
import time
import uuid

import httpx
import pytest

from alarm_receiver.store import people, registry
from alarm_receiver.store import writer as store_writer
from alarm_receiver.store.waiting import Lane
from alarm_receiver.web import hurry
from alarm_receiver.web.access import PASSWORDS
from alarm_receiver.web.limits import FAILURES_MAX
from alarm_wire import batch, frame, receipt, seal
from alarm_wire import signal as wire
from alarm_wire.signal import Moment, Signal
from receiving import PASSWORD, Client, Keypad, wait_for

NASTY = (
    "'; DROP TABLE ticket; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}${7*7}",
    "=cmd()|x",
    "\u202eevil\u2066",
    "a\r\nSet-Cookie: x=y",
    "خطر «جدی» سلام",
    "שוד מזוין",
    "👍🏽" * 20,
)


@pytest.fixture
def keypad(client):
    one = Keypad()
    client.register(one, client.site())
    return one


def test_attack_01_wrong_missing_and_truncated_seals(client, keypad):
    whole = keypad.press()
    other = seal.Signer(keypad.key, seal.HEARTBEAT)
    bad = [
        whole[:-16],
        whole[:-16] + bytes(16),
        whole[:-1],
        whole[:-16] + other.seal(whole[:-16]),
        whole[:-16] + seal.Signer(bytes(32), seal.SIGNAL).seal(whole[:-16]),
    ]
    reasons = [receipt.unpack_refusal(one).reason for one in client.send(*bad)]
    assert set(reasons) <= {frame.TRUNCATED, frame.WRONG_SEAL}
    for bit in range(0, len(whole) * 8, 7):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        (answer,) = client.send(bytes(flipped))
        assert receipt.unpack_refusal(answer).reason


def test_attack_04_numbers_that_jump_forth_and_back(client, keypad):
    for epoch, number in ((1, 1), (1, 2**31), (1, 5), (2**32 - 1, 2**32 - 1), (7, 1)):
        said = Signal(keypad.device, epoch, number, wire.PANIC, pressed_ms=1)
        whole = keypad.frame(said, Moment(epoch, 2))
        assert keypad.read(client.send(whole)[0]).state == receipt.STORED


def test_attack_05_clocks_of_1970_2038_and_beyond(client, keypad):
    for utc_ms in (1, 2**31 * 1000, 2**32 * 1000, 2**63 - 1, 2**64 - 1):
        said = keypad.signal(flags=wire.CLOCK_KNOWN, pressed_utc_ms=utc_ms)
        assert keypad.read(client.send(keypad.frame(said))[0]).state == receipt.STORED
    said = keypad.signal(pressed_ms=0)
    client.send(keypad.frame(said, Moment(1, 2**64 - 1)))
    assert client.tickets()[0]["signals"][-1]["late"]


def test_attack_07_a_gateway_can_neither_alter_nor_forge(client, keypad):
    gateway = Keypad()
    client.register(gateway, client.site(), kind="gateway")
    said = keypad.signal()
    content = frame.content_of(said)
    own = frame.seal_content(content, Moment(1, 100), seal.Signer(gateway.key, seal.SIGNAL))
    assert receipt.unpack_refusal(client.send(own)[0]).reason == frame.WRONG_SEAL
    (answer,) = client.send(keypad.frame(said))
    with pytest.raises(frame.WireError):
        receipt.open_receipt(answer, seal.Signer(gateway.key, seal.RECEIPT))


def test_attack_08_bodies_made_to_hurt(client):
    bodies = [
        b'{"name": "a", "name": "b", "account": "x"}',
        b'{"name": NaN, "account": 1e400}',
        b'{"name": 199.0, "account": true}',
        b"[" * 100_000,
        b'{"name": "\\ud800", "account": "d800"}',
        b'{"name": "a\\u0000b", "account": "nul"}',
        b"\xef\xbb\xbf{}",
        b"\xff" * 1000,
        b"",
        b"null",
        b'{"name": "' + b"x" * 1_000_000 + b'", "account": "x"}',
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for body in bodies:
        answer = client.http.post(
            "/v1/sites", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code < 500, body[:60]
    with httpx.Client(base_url=client.url, headers=client.http.headers) as other:
        huge = other.post("/v1/sites", content=bytes(11 * 1024 * 1024))
        assert huge.status_code == 413
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_attack_09_words_that_try_to_be_more_than_words(house, client):
    receiver, _ = house
    for text in NASTY:
        keypad, site = Keypad(), client.site(name=text)
        client.register(keypad, site, zone_name=text)
        client.send(keypad.press(zone=1))
        id_ = client.tickets(site=site)[0]["id"]
        client.act(id_, "acknowledge", 1)
        noted = client.act(id_, "note", 2, text=text)
        assert noted.json()["entries"][-1]["detail"]["text"] == text
        assert client.tickets(site=site)[0]["site_name"] == text
    with httpx.Client(base_url=receiver.url, follow_redirects=True) as browser:
        page = browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        assert "<script>alert(1)" not in page.text
        assert "\n49\n" not in page.text


def test_attack_10_a_request_that_never_ends_is_given_up(house, monkeypatch):
    monkeypatch.setattr("alarm_receiver.web.intake.BODY_S_MAX", 0.3)
    receiver, client = house
    with socket.create_connection(("127.0.0.1", receiver.port)) as slow:
        slow.sendall(b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab")
        assert client.http.get("/health").status_code == 200
        slow.settimeout(10)
        assert b" 408 " in slow.recv(1000)


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nX-Drip: ",
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET",
        b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n\r\n",
        b"POST /v1/sites HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
    ],
    ids=["nothing", "half a head", "half of a second", "empty lines", "no body"],
)
def test_attack_10_nobody_holds_a_connection_for_nothing(house, monkeypatch, said):
    monkeypatch.setattr(hurry, "HEAD_S", 0.5)
    monkeypatch.setattr(hurry, "BODY_S", 0.6)
    receiver, _ = house
    with socket.create_connection(("127.0.0.1", receiver.port)) as slow:
        slow.settimeout(30)
        slow.sendall(said)
        heard = b""
        while True:
            try:
                some = slow.recv(4000)
            except ConnectionResetError:
                break
            if not some:
                break
            heard += some
        assert heard.count(b"HTTP/1.1 200") == said.count(b"\r\n\r\n") * said.count(b"/health")


def test_attack_10_dripping_does_not_win_time(house, monkeypatch):
    monkeypatch.setattr(hurry, "HEAD_S", 0.5)
    receiver, _ = house
    with socket.create_connection(("127.0.0.1", receiver.port)) as slow:
        slow.sendall(b"GET /health HTTP/1.1\r\nX-Drip: ")
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            drip(slow, 30)


def drip(slow, for_s):
    deadline = time.monotonic() + for_s
    while time.monotonic() < deadline:
        slow.sendall(b"x")
        time.sleep(0.05)


def test_attack_10_a_panic_gets_through_four_hundred_idle_connections(house, client, keypad):
    receiver, _ = house
    with contextlib.ExitStack() as held:
        for place in range(400):
            one = held.enter_context(socket.create_connection(("127.0.0.1", receiver.port)))
            if place % 2:
                one.sendall(b"POST /v1/signals HTTP/1.1\r\nHost: x\r\n")
        (answer,) = client.send(keypad.press())
        assert keypad.read(answer).state == receipt.STORED


def test_attack_10_two_lengths_in_one_request(house):
    receiver, _ = house
    with socket.create_connection(("127.0.0.1", receiver.port)) as two:
        two.sendall(
            b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/tickets HTTP/1.1\r\n\r\n"
        )
        two.settimeout(10)
        assert two.recv(4000).count(b"HTTP/1.1") <= 1


def test_attack_11_a_flood_of_status_signals_does_not_hold_up_a_panic(
    house, client, keypad, monkeypatch
):
    """The flood waits for its turn, a transaction for each batch; the panic comes last of all."""
    monkeypatch.setattr(store_writer, "GROUP_MAX", 500)
    receiver, _ = house
    writer = receiver.receiver.writer
    noisy = Keypad()
    client.register(noisy, client.site())
    flood = [noisy.press(wire.PERIODIC_TEST) for _ in range(1500)]
    panic = keypad.press()
    begun, go_on, answered = threading.Event(), threading.Event(), []

    async def send(http, frames):
        answer = await http.post("/v1/signals", content=batch.pack(frames))
        answered.append(frames)
        return answer

    def come(count):
        return writer.waiting + len(answered) >= count

    async def storm():
        async with httpx.AsyncClient(base_url=receiver.url, timeout=60) as http:
            pieces = [flood[start : start + 500] for start in range(0, len(flood), 500)]
            busy = [asyncio.create_task(send(http, piece)) for piece in pieces]
            await asyncio.to_thread(wait_for, lambda: come(len(pieces)))
            before = len(answered)
            busy.append(asyncio.create_task(send(http, [panic])))
            await asyncio.to_thread(wait_for, lambda: come(len(pieces) + 1))
            go_on.set()
            return before, await asyncio.gather(*busy)

    writer.submit(Lane.PEOPLE, lambda _: begun.set() or go_on.wait(60))
    assert begun.wait(30)
    before, answers = asyncio.run(storm())
    assert all(one.status_code == 200 for one in answers)
    assert keypad.read(batch.unpack(answers[-1].content)[0]).state == receipt.STORED
    assert [panic] in answered[before : before + 2], "in the first transaction, or by itself"


def test_attack_18_tickets_of_another_agency_are_not_there(house, client, keypad):
    receiver, _ = house
    client.send(keypad.press())
    id_ = client.tickets()[0]["id"]
    site = client.tickets()[0]["site"]
    name = "Eve " + secrets.token_hex(4)

    def make(connection):
        registry.make_agency(connection, "other", "Other")
        people.make_operator(
            connection,
            str(uuid.uuid4()),
            agency_id="other",
            name=name,
            password=PASSWORDS.hash("x" * 12),
            role="admin",
            now_ms=0,
        )

    receiver.receiver.writer.do(make)
    eve = Client(receiver.url)
    token = eve.http.post("/v1/tokens", json={"name": name, "password": "x" * 12}).json()["token"]
    eve.http.headers["Authorization"] = f"Bearer {token}"
    try:
        assert eve.tickets() == []
        assert eve.http.get(f"/v1/tickets/{id_}").status_code == 404
        assert eve.http.get(f"/v1/sites/{site}").status_code == 404
        assert eve.act(id_, "acknowledge", 1).status_code == 404
        revoke = f"/v1/devices/{keypad.device.hex()}/revoke"
        assert eve.http.post(revoke).status_code == 404
        body = {"device": "0" * 16, "kind": "keypad", "site": site, "zone": 1, "key": "11" * 32}
        assert eve.http.post("/v1/devices", json=body).status_code == 404
        with eve.http.stream("GET", "/v1/stream?after=0") as stream:
            for line in stream.iter_lines():
                assert id_ not in line
                if line == "event: heartbeat":
                    break
    finally:
        eve.close()


def test_attack_18_fields_that_nobody_asked_for(client):
    extra = {"name": "x", "account": secrets.token_hex(4), "agency": "other", "id": "mine"}
    assert client.http.post("/v1/sites", json=extra).status_code == 422


def test_attack_18_a_cookie_from_another_site(house):
    receiver, _ = house
    with httpx.Client(base_url=receiver.url) as browser:
        signed = browser.post("/sign-in", data={"name": "Ada", "password": PASSWORD})
        cookie = signed.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        body = {"name": "x", "account": secrets.token_hex(4)}
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            assert browser.post("/v1/sites", json=body, headers=headers).status_code == 403
        assert browser.post("/v1/sites", json=body).status_code == 201


def test_attack_19_guessing_a_password_is_slow(client):
    name = "Guessed " + secrets.token_hex(4)
    made = {"name": name, "password": "y" * 12, "role": "operator"}
    assert client.http.post("/v1/operators", json=made).status_code == 201
    wrong = {"name": name, "password": "wrong"}
    codes = [
        client.http.post("/v1/tokens", json=wrong).status_code for _ in range(FAILURES_MAX + 2)
    ]
    assert codes == [401] * FAILURES_MAX + [429] * 2
    right = {"name": "Ada", "password": PASSWORD}
    assert client.http.post("/v1/tokens", json=right).status_code == 201


def test_attack_19_an_unknown_name_takes_as_long_as_a_wrong_password(house):
    receiver, _ = house
    hashed = []
    verify = type(PASSWORDS).verify

    def noted(self, password, hash_):
        hashed.append(hash_)
        return verify(self, password, hash_)

    type(PASSWORDS).verify = noted
    try:
        with httpx.Client(base_url=receiver.url) as stranger:
            for name in ("Ada", "nobody at all"):
                said = {"name": name, "password": "z"}
                assert stranger.post("/v1/tokens", json=said).status_code == 401
    finally:
        type(PASSWORDS).verify = verify
    assert len(hashed) == 2
    assert all(one.startswith("$argon2") for one in hashed)

"""When certificates end: what devices seal, what endpoints show, and who is told in time."""

import secrets
import subprocess

import pytest

from alarm_receiver.domain.expiry import DAY_MS, HOUR_MS
from alarm_receiver.engine.expiry import Expiry
from alarm_receiver.store import certificates
from alarm_wire import signal as wire
from needs import needs
from receiving import Keypad, running, wait_for
from taking import taking


class Watch:
    """The receiver's own watcher, at a time of ours."""

    def __init__(self, receiver):
        self.receiver = receiver
        self.later_ms = 0
        self.shown = {}
        self.watcher = Expiry(
            receiver.writer,
            receiver.context.reader,
            self.shown,
            now_ms=self.now_ms,
            log=lambda *_a, **_n: None,
            policies=receiver.policies,
        )

    def now_ms(self):
        return self.receiver.context.clock.now_ms() + self.later_ms

    def look(self, later_ms=0):
        self.later_ms = later_ms
        self.watcher._turn()

    def soon(self):
        with self.receiver.context.reader.connect() as connection:
            return certificates.soon(connection, "own", self.now_ms() + 30 * DAY_MS)


@pytest.fixture
def watch(house):
    running, _ = house
    return Watch(running.receiver)


@pytest.fixture
def keypad(client):
    keypad = Keypad()
    keypad.site = client.site(account=secrets.token_hex(6))
    client.register(keypad, keypad.site)
    return keypad


def tell(client, watch, keypad, days, part=wire.CERTIFICATE_OWN):
    hour = (watch.receiver.context.clock.now_ms() + days * DAY_MS) // HOUR_MS if days else 0
    client.send(keypad.press(wire.CERTIFICATE, zone=part, value=hour))
    return hour * HOUR_MS


def of_device(client, keypad):
    listed = client.http.get("/v1/devices").json()
    (one,) = [one for one in listed if one["device"] == keypad.device.hex()]
    return one["certificate"], one["certificate_ends_at"]


def said(client, keypad):
    return [
        [one["detail"]["silence"] for one in ticket["entries"] if "silence" in one["detail"]]
        for ticket in client.tickets(site=keypad.site)
    ]


def test_what_a_device_seals_is_known_and_the_newest_counts(watch, client, keypad):
    assert of_device(client, keypad) == (None, None)
    older = keypad.press(wire.CERTIFICATE, zone=wire.CERTIFICATE_OWN, value=1)
    ends_ms = tell(client, watch, keypad, 200, wire.CERTIFICATE_AUTHORITY)
    watch.look()
    client.send(older)  # late on its way: it says nothing new
    watch.look()
    part, ends_at = of_device(client, keypad)
    assert part == "authority"
    assert ends_at.startswith(
        subprocess.check_output(
            ["date", "-u", "-d", f"@{ends_ms // 1000}", "+%Y-%m-%dT%H"], text=True
        ).strip()
    )
    assert said(client, keypad) == []
    tell(client, watch, keypad, 0)
    watch.look()
    assert of_device(client, keypad) == (None, None), "it uses none any more"


def test_two_weeks_ahead_it_is_on_one_ticket_and_a_renewal_ends_that(watch, client, keypad):
    ends_ms = tell(client, watch, keypad, 20)
    watch.look()
    assert said(client, keypad) == []
    assert [one["device"] for one in watch.soon()] == [keypad.device.hex()]
    for _ in range(3):
        watch.look(later_ms=7 * DAY_MS)
    ((told,),) = said(client, keypad)
    who = f"certificate:{keypad.device.hex()}"
    expected = {"who": who, "kind": "certificate_ends", "part": "own"}
    assert {name: told[name] for name in expected} == expected
    assert (told["ends_ms"], told["days"]) == (ends_ms, 12)
    assert client.tickets(site=keypad.site)[0]["kind"] == "certificate_ends"
    tell(client, watch, keypad, 20)  # a new start tells the same again
    watch.look(later_ms=7 * DAY_MS)
    assert len(said(client, keypad)) == 1
    tell(client, watch, keypad, 365)
    watch.look(later_ms=7 * DAY_MS)
    (ticket,) = client.tickets(site=keypad.site)
    assert (ticket["state"], ticket["outcome"]) == ("closed", "restored")
    assert watch.soon() == []


def test_a_revoked_device_is_nobodys_trouble(watch, client, keypad):
    tell(client, watch, keypad, 10)
    client.http.post(f"/v1/devices/{keypad.device.hex()}/revoke")
    watch.look()
    assert said(client, keypad) == []
    assert watch.soon() == []


def test_a_part_that_is_not_known_yet_has_its_end_all_the_same(watch, client, keypad):
    tell(client, watch, keypad, 100, part=77)
    watch.look()
    assert of_device(client, keypad)[0] == "other"


def test_what_an_endpoint_shows_is_listed_when_it_ends_soon(tmp_path, monkeypatch):
    command = [needs("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt"]
    command += ["ec_paramgen_curve:prime256v1", "-nodes", "-days", "9", "-subj", "/CN=agency"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "ca")]
    subprocess.run(command, check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca"))
    served = taking(certificate=tmp_path / "ca", key=tmp_path / "key")
    data = {"webhook_networks": "127.0.0.0/8"}
    with served as server, running(tmp_path / "data", **data) as (receiver, client):
        url = f"https://127.0.0.1:{server.server_address[1]}/hook"
        answer = client.http.post("/v1/endpoints", json={"name": "Police", "url": url})
        assert answer.status_code == 201, answer.text
        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        wait_for(lambda: server.got)
        watch = Watch(receiver.receiver)
        wait_for(lambda: receiver.receiver.expiry._shown)
        receiver.receiver.expiry._turn()
        (found,) = watch.soon()
        assert (found["part"], found["name"]) == ("endpoint", "Police")
        assert 8 * DAY_MS < found["ends_ms"] - watch.now_ms() <= 9 * DAY_MS

"""A carrier that hangs or drips holds up no page but its own."""

import time

import pytest

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.notify import mail, sms
from hanging import saying
from one_page import PAGED
from receiving import Keypad, account, running, wait_for
from taking import taking

PEOPLE = 12


def test_a_mail_relay_that_hangs_holds_up_no_sms(tmp_path):
    with saying() as (host, port), taking() as gateway:
        more = {"smtp_host": host, "smtp_port": port, "smtp_from": "a@example.org"}
        with running(tmp_path, sms_url=gateway.url, **more) as (receiver, client):
            for number in range(PEOPLE):
                account(receiver, f"Mail {number}", "operator")
                where = {"channel": "mail", "value": f"m{number}@example.org"}
                done = client.http.put(f"/v1/operators/Mail {number}/address", json=where)
                assert done.status_code == 204, done.text
            where = {"channel": "sms", "value": "+420601234567"}
            client.http.put("/v1/operators/Ada/address", json=where)
            client.policy((1, "role:operator"), (60, "operator:Ada"))
            keypad = Keypad()
            client.register(keypad, client.site())
            client.send(keypad.press())
            wait_for(lambda: gateway.got, 10)


def drips(send):
    began = time.monotonic()
    with pytest.raises(NotSent):
        send(PAGED)
    return time.monotonic() - began


def test_a_relay_that_drips_is_cut_off(monkeypatch):
    monkeypatch.setattr(mail, "TOTAL_S", 1.0)
    with saying(b"2") as (host, port):
        assert drips(mail.Mail(host, port, "a@example.org").send) < 10


def test_an_sms_gateway_that_drips_is_cut_off(monkeypatch):
    monkeypatch.setattr(sms, "TOTAL_S", 1.0)
    with saying(b"H") as (host, port):
        assert drips(sms.Sms(f"http://{host}:{port}/", "me", "secret", "Holdfast").send) < 10


def test_one_agencys_system_that_hangs_holds_up_no_other(tmp_path):
    settings = {"webhook_networks": "127.0.0.0/8"}
    with saying() as slow, taking() as other, running(tmp_path, **settings) as (_, client):
        for name, url in (("slow", "http://{}:{}/".format(*slow)), ("quick", other.url)):
            made = client.http.post("/v1/endpoints", json={"name": name, "url": url})
            assert made.status_code == 201, made.text
        client.policy((1, "agency:slow"), (60, "agency:quick"))
        for _ in range(PEOPLE):
            client.send(pressed(client))
        wait_for(lambda: other.got, 9)


def pressed(client):
    """A press of a keypad at a site of its own."""
    keypad = Keypad()
    client.register(keypad, client.site())
    return keypad.press()

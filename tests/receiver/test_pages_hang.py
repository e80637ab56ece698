"""A carrier that hangs or drips holds up no page but its own."""

import socket
import threading
import time

import pytest

from alarm_receiver.domain.outward import networks
from alarm_receiver.domain.paged import NotSent
from alarm_receiver.notify import outward, sms
from hanging import deaf, pouring, saying
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


def gateway(host, port):
    return sms.Sms(f"http://{host}:{port}/", "me", "secret", "Holdfast").send


@pytest.mark.timeout(30)
def test_an_sms_gateway_that_drips_is_cut_off(monkeypatch):
    monkeypatch.setattr(sms, "TOTAL_S", 1.0)
    with saying(b"H") as (host, port):
        assert drips(gateway(host, port)) < 10


@pytest.mark.timeout(30)
def test_a_name_that_takes_its_time_counts_into_an_sms_gateways_deadline(monkeypatch):
    found = socket.getaddrinfo

    def slowly(*asked, **more):
        time.sleep(1.0)
        return found(*asked, **more)

    monkeypatch.setattr(sms, "TOTAL_S", 0.5)
    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with saying(b"H") as (host, port):
        assert drips(gateway(host, port)) < 10


@pytest.mark.timeout(30)
def test_what_an_sms_gateway_says_after_its_status_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(sms, "TOTAL_S", 5.0)
    head = b"HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n"
    with pouring(head) as (host, port):
        assert gateway(host, port)(PAGED) == "accepted"


@pytest.mark.timeout(30)
def test_many_addresses_of_an_agency_share_one_deadline(monkeypatch):
    monkeypatch.setattr(outward, "TOTAL_S", 0.5)
    with deaf(12) as (hosts, port):

        def resolve(*_asked, **_more):
            return [(0, 0, 0, "", (host, port)) for host in hosts]

        there = outward.Outward(networks("127.0.0.0/8"), resolve)
        began = time.monotonic()
        with pytest.raises(outward.NotAnswered):
            there.post(f"http://agency.example:{port}/", b"{}", {})
        assert time.monotonic() - began < 3


@pytest.mark.timeout(30)
def test_an_agencys_name_that_takes_its_time_counts_into_the_deadline(monkeypatch):
    monkeypatch.setattr(outward, "TOTAL_S", 0.5)
    ended = threading.Event()
    there = outward.Outward((), lambda *_asked, **_more: ended.wait(10))
    began = time.monotonic()
    with pytest.raises(outward.NotAnswered, match="no whole answer in"):
        there.post("http://agency.example/", b"{}", {})
    assert time.monotonic() - began < 5
    ended.set()


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

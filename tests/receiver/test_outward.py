"""Attack 25: an endpoint's URL that leads the receiver to where it has no business (SSRF)."""

import socket
import threading

import pytest

from alarm_receiver.domain.outward import networks, refused
from alarm_receiver.notify import outward
from alarm_receiver.notify.outward import NotAnswered, Outward
from receiving import Keypad, running, wait_for
from taking import taking

LOOPBACK = networks("127.0.0.0/8")
INSIDE = (
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1",  # noqa: S104 - nothing listens there
    "169.254.169.254", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::1", "2001:db8::1", "localhost", "", "1", "0x7f.1",
)  # fmt: skip
OUTSIDE = ("8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8")


@pytest.fixture
def other():
    with taking() as server:
        yield server


def resolving(*answers):
    """A resolver whose answers change, as an attacker's own name does; and what it was asked."""
    asked = []

    def resolve(host, port, **_how):
        addresses = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    return resolve, asked


def at(server, host):
    return f"http://{host}:{server.server_address[1]}/hook"


@pytest.mark.parametrize("address", INSIDE)
def test_attack_25_addresses_inside(address):
    assert refused(address, ())


@pytest.mark.parametrize("address", OUTSIDE)
def test_attack_25_addresses_of_the_public_internet_pass(address):
    assert not refused(address, ())


def test_attack_25_only_the_network_that_is_allowed_is_open():
    allowed = networks("10.1.0.0/16, fd00:1::/32")
    assert not refused("10.1.2.3", allowed)
    assert not refused("::ffff:10.1.2.3", allowed)
    assert not refused("fd00:1::5", allowed)
    for still in ("10.2.0.1", "127.0.0.1", "fd00:2::5"):
        assert refused(still, allowed)
    with pytest.raises(ValueError, match="host bits"):
        networks("10.1.0.1/16")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001"])
def test_attack_25_nothing_knocks_at_our_own_door(other, host):
    with pytest.raises(NotAnswered, match="public internet"):
        Outward().post(at(other, host), b"{}", {})
    assert other.got == []


def test_attack_25_a_name_that_changes_its_mind_gains_nothing(other):
    resolve, asked = resolving(["127.0.0.1"], ["10.0.0.1"])
    assert Outward(LOOPBACK, resolve).post(at(other, "agency.example"), b"{}", {}) == 202
    assert asked == ["agency.example"], "resolved once: what was checked is what was connected to"
    ((headers, _),) = other.got
    assert headers["Host"].startswith("agency.example:")
    resolve, asked = resolving(["10.0.0.1"], ["127.0.0.1"])
    with pytest.raises(NotAnswered, match=r"10\.0\.0\.1 is not on the public"):
        Outward(LOOPBACK, resolve).post(at(other, "agency.example"), b"{}", {})
    assert len(other.got) == 1


def test_attack_25_of_several_addresses_only_a_good_one_is_taken(other):
    resolve, _ = resolving(["169.254.169.254", "127.0.0.1"])
    assert Outward(LOOPBACK, resolve).post(at(other, "two.example"), b"{}", {}) == 202


def test_attack_25_a_redirect_is_not_followed(other):
    with taking() as inner:
        other.status, other.location = 307, inner.url
        assert Outward(LOOPBACK).post(other.url, b"{}", {}) == 307
        assert inner.got == []


def test_attack_25_no_proxy_of_the_environment_is_asked(other, monkeypatch):
    with taking() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert Outward(LOOPBACK).post(other.url, b"{}", {}) == 202
        assert proxy.got == []


@pytest.mark.parametrize("url", ["http://x:99999/", "http:///x", "ftp://x/", "http://[::1/", ""])
def test_attack_25_addresses_that_are_none(url):
    with pytest.raises(NotAnswered):
        Outward(LOOPBACK, resolving(["127.0.0.1"])[0]).post(url, b"{}", {})


def drip(listening, ending):
    with listening.accept()[0] as one:
        one.sendall(b"HTTP/1.1 200 OK\r\n")
        while not ending.wait(0.05):
            try:
                one.sendall(b"x")
            except OSError:
                return


def test_attack_25_an_answer_that_only_drips_is_given_up(monkeypatch):
    monkeypatch.setattr(outward, "TOTAL_S", 0.5)
    ending = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening, ending), daemon=True)
        thread.start()
        with pytest.raises(NotAnswered):
            Outward(LOOPBACK).post(f"http://127.0.0.1:{listening.getsockname()[1]}/", b"", {})
        ending.set()
        thread.join(10)


def test_attack_25_the_api_refuses_and_the_page_says_why(tmp_path, other):
    with running(tmp_path) as (_, client):
        for url in (other.url, "http://[::1]/", "http://169.254.169.254/latest", "http://x:99999/"):
            made = client.http.post("/v1/endpoints", json={"name": "Evil", "url": url})
            assert made.status_code == 422, url
        url = at(other, "localhost")
        made = client.http.post("/v1/endpoints", json={"name": "Evil", "url": url})
        assert made.status_code == 201, "what a name leads to is asked with every page"
        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        id_ = client.tickets()[0]["id"]

        def told():
            pages = client.http.get(f"/v1/tickets/{id_}/pages").json()
            return [one for one in pages if "public internet" in one["detail"]]

        (page,) = wait_for(told, 30)
        assert page["state"] in ("queued", "sending")
        assert other.got == []

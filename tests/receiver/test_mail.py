"""Mail over a relay: one deadline for it all, no password without TLS, what each answer means."""

import socket
import time

import pytest

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.notify import mail
from mail_relay import PASSWORD, USER, certify, mail_relay
from one_page import PAGED

TOTAL_S = 0.5
LATEST_S = 10


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(mail, "TOTAL_S", TOTAL_S)


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certify(tmp_path) / "ca"))
    return tmp_path


def channel(relay, user="", password=PASSWORD):
    return mail.Mail(relay.host, relay.port, "holdfast@example.org", user, password)


def refused(channel):
    """What it says, and after how long."""
    began = time.monotonic()
    with pytest.raises(NotSent) as error:
        channel.send(PAGED)
    return str(error.value), time.monotonic() - began


@pytest.mark.usefixtures("short")
@pytest.mark.timeout(30)
@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_relay_that_drips_has_one_deadline_for_all_of_it(verb):
    with mail_relay() as relay:
        relay.drips.add(verb)
        said, took_s = refused(channel(relay))
    assert "no whole answer in" in said
    assert took_s < LATEST_S


@pytest.mark.usefixtures("short")
@pytest.mark.timeout(30)
def test_a_name_that_takes_its_time_counts_into_the_deadline(monkeypatch):
    found = socket.getaddrinfo

    def slowly(*asked, **more):
        time.sleep(2 * TOTAL_S)
        return found(*asked, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with mail_relay() as relay:
        relay.drips.add("EHLO")
        _, took_s = refused(channel(relay))
    assert took_s < LATEST_S


@pytest.mark.usefixtures("short")
@pytest.mark.timeout(30)
def test_tls_that_takes_its_time_counts_into_the_deadline(trusted):
    with mail_relay(trusted) as relay:
        relay.before_tls_s = 2 * TOTAL_S
        relay.drips.add("AUTH")
        _, took_s = refused(channel(relay, USER))
    assert took_s < LATEST_S


@pytest.mark.usefixtures("short")
def test_a_letter_that_was_taken_is_not_sent_again_for_a_goodbye():
    for manner in ("drips", "answers"):
        with mail_relay() as relay:
            relay.drips |= {"QUIT"} if manner == "drips" else set()
            relay.answers |= {"QUIT": "421 4.3.2 going down"} if manner == "answers" else {}
            assert channel(relay).send(PAGED) == "accepted"
            assert len(relay.got) == 1


def test_a_password_goes_out_under_tls_only(trusted):
    with mail_relay(trusted) as relay:
        assert channel(relay, USER).send(PAGED) == "accepted"
        assert all(secured for verb, secured, _ in relay.heard if verb in ("AUTH", "MAIL", "DATA"))
        assert {"AUTH", "MAIL", "DATA"} <= set(relay.verbs())
    with mail_relay() as relay:
        said, _ = refused(channel(relay, USER))
        assert "offers no STARTTLS" in said
        assert "AUTH" not in relay.verbs()
        assert relay.got == []


def test_port_465_speaks_tls_from_the_first_byte(trusted, monkeypatch):
    with mail_relay(trusted) as relay:
        relay.implicit = True
        monkeypatch.setattr(mail, "IMPLICIT_PORT", relay.port)
        assert channel(relay, USER).send(PAGED) == "accepted"
        assert relay.verbs() == ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]
        assert all(secured for _, secured, _ in relay.heard)
        monkeypatch.delenv("SSL_CERT_FILE")
        said, _ = refused(channel(relay, USER))
        assert "certificate verify failed" in said
    with mail_relay() as relay:
        monkeypatch.setattr(mail, "IMPLICIT_PORT", relay.port)
        refused(channel(relay, USER))
        assert relay.got == []
        assert "AUTH" not in relay.verbs()


def test_a_wrong_password_is_told_by_the_relays_answer_and_is_in_no_error(trusted):
    with mail_relay(trusted) as relay:
        said, _ = refused(channel(relay, USER, "wrong word"))
    assert "(535, '5.7.8 no')" in said
    assert "wrong word" not in said


def test_a_certificate_of_nobody_or_for_another_ends_it(tmp_path, monkeypatch):
    stranger, other = tmp_path / "stranger", tmp_path / "other"
    for folder, address in ((stranger, "127.0.0.1"), (other, "127.0.0.2")):
        folder.mkdir()
        certify(folder, address)
    monkeypatch.setenv("SSL_CERT_FILE", str(other / "ca"))
    for folder in (stranger, other):
        with mail_relay(folder) as relay:
            said, _ = refused(channel(relay))
            assert "certificate verify failed" in said, folder
            assert relay.verbs() == ["EHLO", "STARTTLS"]


def test_a_relay_that_offers_tls_and_then_refuses_it_gets_nothing(trusted):
    with mail_relay(trusted) as relay:
        relay.answers["STARTTLS"] = "454 4.7.0 not now"
        said, _ = refused(channel(relay))
        assert "(454, '4.7.0 not now')" in said
        assert "MAIL" not in relay.verbs()


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "451 4.7.1 greylisted"),
        ("RCPT", "450 4.2.0 greylisted"),
        ("RCPT", "550 5.1.1 no such user"),
        (".", "552 5.3.4 too much"),
        (".", "451 4.3.0 later"),
    ],
)
def test_what_a_relay_refuses_is_not_accepted_and_its_words_are_kept(verb, answer):
    with mail_relay() as relay:
        relay.answers[verb] = answer
        said, _ = refused(channel(relay))
    assert f"({answer[:3]}, '{answer[4:]}'" in said


def test_bytes_that_are_no_text_can_be_written_down():
    with mail_relay() as relay:
        relay.answers["RCPT"] = "550 caf\xe9\0"
        said, _ = refused(channel(relay))
    assert "(550, 'caf" in said
    assert said.encode().decode().isprintable()


def test_an_answer_without_end_is_cut_off_before_the_deadline():
    with mail_relay() as relay:
        relay.answers["MAIL"] = "\n".join(["250-and more"] * 20_000)
        said, took_s = refused(channel(relay))
    assert "Response too long" in said
    assert took_s < mail.TOTAL_S / 2

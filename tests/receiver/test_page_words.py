"""Why a page did not go out is said in the reader's language, by what each way really says."""

import socket
import ssl
import threading
from contextlib import contextmanager

import pytest

from alarm_receiver.domain.paged import NotSent, Paged, Premises
from alarm_receiver.notify.mail import Mail
from alarm_receiver.notify.outward import Outward
from alarm_receiver.notify.sms import Sms
from alarm_receiver.notify.webhook import Webhook
from alarm_receiver.web import page_words
from alarm_receiver.web.language import NAMES, language
from receiving import free_port
from taking import taking


def paged(address):
    return Paged(
        page="p1", ticket="t1", number=1, class_="emergency", kind="panic", silent=False, round=0,
        site="Shop", account="1", place="Till", opened_at="2026-11-30T00:00:00Z", address=address,
        language="en", premises=Premises("s1"), secrets=(b"x" * 32,),
    )  # fmt: skip


def said(channel, address):
    """What a channel says of a page that it could not hand over."""
    with pytest.raises(NotSent) as error:
        channel.send(paged(address))
    return str(error.value)


@contextmanager
def relay(*lines):
    """A mail relay that greets, and answers each command with the next of these lines."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            there, _ = server.accept()
            with there, there.makefile("rwb") as talk:
                for one in ("220 relay", *lines):
                    talk.write(one.replace("\n", "\r\n").encode() + b"\r\n")
                    talk.flush()
                    if not talk.readline():
                        return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


def post(url, allowed=("127.0.0.0/8",)):
    from ipaddress import ip_network

    return said(Webhook(lambda: 0, "", Outward([ip_network(one) for one in allowed])), url)


def mailed(*lines, user=""):
    with relay(*lines) as port:
        return said(Mail("127.0.0.1", port, "a@example.org", user, "x"), "bo@example.org")


def texted(url):
    return said(Sms(url, "u", "p", "1"), "+1")


def answered(send):
    with taking() as carrier:
        carrier.status = 500
        return send(carrier.url)


def closed():
    return f"http://127.0.0.1:{free_port()}/"


def seldom(monkeypatch, error):
    """What mail says when its connection ends in this way."""

    async def connect(_relay):
        raise error

    monkeypatch.setattr("aiosmtplib.SMTP.connect", connect)
    return said(Mail("relay.example.org", 25, "a@example.org"), "bo@example.org")


def texts(monkeypatch):
    """What is really said, and how people read it."""
    ehlo, ok, bye = "250-relay\n250 SIZE", "250 ok", "221 bye"
    bad = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] verify failed")
    name = socket.gaierror(-2, "Name or service not known")
    return {
        answered(texted): "The SMS gateway refused it.",
        texted(closed()): "The SMS gateway cannot be reached.",
        answered(post): "The agency's own system refused it.",
        post(closed()): "The other side cannot be reached.",
        post("http://10.0.0.1/"): "Its address is not one that may be connected to.",
        mailed(ehlo, bye, user="u"): "The mail relay offers no encryption: no password was sent.",
        mailed(ehlo, ok, "550 no such user", ok, bye): "The mail relay refused the address.",
        mailed(ehlo, ok, "450 later", ok, bye): "The mail relay asks to try later.",
        said(Mail("127.0.0.1", free_port(), "a@b"), "c@d"): "The other side cannot be reached.",
        mailed(): "The other side cannot be reached.",
        seldom(monkeypatch, bad): "The certificate of the other side is not good.",
        seldom(monkeypatch, name): "The name of the other side is not known.",
        seldom(monkeypatch, TimeoutError("timed out")): "No answer came in time.",
        "r:587: (535, '5.7.8 no')": (
            "The mail relay did not let us in: look at its user and password."
        ),
        "no sms is set up here": "This way is not set up at this receiver.",
        "the SMS gateway reports 2": "The network did not deliver it to the telephone.",
        "the SMS gateway: ReadTimeout": "No answer came in time.",
        "https://a.example/x: ReadTimeout: no whole answer in 10 s": "No answer came in time.",
        "ZeroDivisionError()": "It did not go out.",
    }


def test_every_way_says_why_in_words_that_are_known(monkeypatch):
    wanted = texts(monkeypatch)
    found = {raw: page_words.why(raw) for raw in wanted}
    assert found == wanted
    assert set(wanted.values()) == {text for _, text in page_words.WHY} | {page_words.UNKNOWN}


@pytest.mark.parametrize("code", sorted(NAMES))
def test_each_reason_is_said_in_each_language(code):
    spoken = language(code)
    for _, text in page_words.WHY:
        assert (spoken(text) == text) == (code == "en"), text

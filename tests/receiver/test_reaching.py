"""`check-config --reach`: each way out is tried, what is wrong is named, nobody gets anything."""

import pytest
from typer.testing import CliRunner

from alarm_receiver import reaching
from alarm_receiver.command import app
from alarm_receiver.store import standby
from alarm_receiver.store.database import StoreError
from hanging import saying
from kannel import PASSWORD as KANNELS
from kannel import USER as KANNEL
from kannel import kannel
from mail_relay import PASSWORD, USER, certify, mail_relay
from oidc_provider import Provider
from receiving import free_port, running
from taking import taking

PRE = "HOLDFAST_RECEIVER_"


def tried(folder, code, **env):
    """What the command says of each way out, in order."""
    env = {PRE + name: str(value) for name, value in env.items()}
    said = CliRunner().invoke(app, ["check-config", "--data", str(folder), "--reach"], env=env)
    assert said.exit_code == code, said.output
    lines = [one.removeprefix("reach: ") for one in said.output.splitlines() if "reach: " in one]
    assert ("everything can be used" in said.output) == (code == 0)
    return lines


def one(folder, code, **env):
    (line,) = tried(folder, code, **env)
    return line


def relayed(relay, **more):
    return {"SMTP_HOST": relay.host, "SMTP_PORT": relay.port, "SMTP_FROM": "a@example.org"} | more


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    folder = tmp_path / "tls"
    folder.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(certify(folder) / "ca"))
    return folder


def test_a_relay_that_lets_us_in_gets_no_letter(tmp_path, trusted):
    with mail_relay(trusted) as relay:
        given = relayed(relay, SMTP_USER=USER, SMTP_PASSWORD=PASSWORD)
        line = one(tmp_path, 0, **given)
        assert line == f"mail relay {relay.host}:{relay.port}: ok, TLSv1.3, it lets {USER!r} in"
        assert relay.verbs() == ["EHLO", "STARTTLS", "EHLO", "AUTH", "QUIT"]
    with mail_relay() as relay:
        assert "ok, no TLS, pages go in clear" in one(tmp_path, 0, **relayed(relay))
        assert relay.verbs() == ["EHLO", "QUIT"]


def test_what_is_wrong_with_a_relay_is_said_with_what_to_do(tmp_path, trusted, monkeypatch):
    with mail_relay(trusted) as relay:
        given = relayed(relay, SMTP_USER=USER, SMTP_PASSWORD="wrong word")
        line = one(tmp_path, 2, **given)
        assert "WRONG: " in line
        assert line.endswith("(535, '5.7.8 no'); look at its user and password")
        assert "wrong word" not in line
    with mail_relay() as relay:
        line = one(tmp_path, 2, **relayed(relay, SMTP_USER=USER, SMTP_PASSWORD=PASSWORD))
        assert "offers no STARTTLS" in line
        assert PASSWORD not in line
    gone = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": free_port(), "SMTP_FROM": "a@example.org"}
    assert one(tmp_path, 2, **gone).endswith("look at host and port, and if it runs")
    monkeypatch.delenv("SSL_CERT_FILE")
    with mail_relay(trusted) as relay:
        line = one(tmp_path, 2, **relayed(relay))
        assert line.endswith(
            "its certificate must be good for this name, from an authority known here"
        )


def test_a_carrier_that_hangs_is_waited_for_once_and_the_next_one_is_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(reaching, "EACH_S", 0.5)
    with saying(b"2") as (host, port), kannel() as gateway:
        given = {"SMTP_HOST": host, "SMTP_PORT": port, "SMTP_FROM": "a@example.org"}
        sms = {"SMS_URL": gateway.url, "SMS_USER": KANNEL, "SMS_PASSWORD": KANNELS}
        first, second = tried(tmp_path, 2, **given, **sms)
    assert "WRONG: " in first
    assert "no whole answer in 0.5 s; look at host and port, and at firewalls between" in first
    assert "ok, " in second


@pytest.mark.parametrize(
    ("path", "password", "code", "says"),
    [
        ("/cgi-bin/sendsms", KANNELS, 0, f"ok, it lets {KANNEL!r} in and answers 400"),
        ("/cgi-bin/sendsms", "wrong word", 2, "answered 403 when it was asked for no SMS; look at"),
        ("/elsewhere", KANNELS, 2, "answered 404"),
    ],
)
def test_an_sms_gateway_is_asked_for_no_sms(tmp_path, path, password, code, says):
    with kannel() as gateway:
        url = gateway.url.replace("/cgi-bin/sendsms", path)
        line = one(tmp_path, code, SMS_URL=url, SMS_USER=KANNEL, SMS_PASSWORD=password)
        assert says in line
        assert password not in line
        assert gateway.taken == []


def test_agencies_systems_are_connected_to_and_get_nothing(tmp_path):
    allowed = {"webhook_networks": "127.0.0.0/8"}
    with taking() as there:
        with running(tmp_path, **allowed) as (_, client):
            gone = f"http://127.0.0.1:{free_port()}/a-secret-word"
            for name, url in (("Guards", there.url), ("Nobody", gone)):
                made = client.http.post("/v1/endpoints", json={"name": name, "url": url})
                assert made.status_code == 201, made.text
        guards, nobody = tried(tmp_path, 2, WEBHOOK_NETWORKS="127.0.0.0/8")
        assert guards.startswith("system 'Guards' of agency 'own' http://127.0.0.1:")
        assert guards.endswith("ok, no TLS; only the connection was tried")
        assert "WRONG: ConnectError: " in nobody
        assert "a-secret-word" not in nobody
        guards, _ = tried(tmp_path, 2)
        assert guards.endswith("name its network in HOLDFAST_RECEIVER_WEBHOOK_NETWORKS")
        assert there.got == []


def test_tls_of_an_agencys_system_is_tried(tmp_path, trusted):
    with (
        taking(certificate=trusted / "ca", key=trusted / "key") as there,
        running(tmp_path, webhook_networks="127.0.0.0/8") as (_, client),
    ):
        url = there.url.replace("http:", "https:")
        client.http.post("/v1/endpoints", json={"name": "Guards", "url": url})
        line = one(tmp_path, 0, WEBHOOK_NETWORKS="127.0.0.0/8", PORT=free_port())
        assert line.endswith("ok, TLSv1.3; only the connection was tried")


def test_an_openid_provider_is_asked_for_its_description(tmp_path):
    provider = Provider()
    rules = '[oidc]\nissuer = "{}"\nclient_id = "x"\n[oidc.roles]\ndesk = "operator"\n'
    try:
        (tmp_path / "access.toml").write_text(rules.format(provider.issuer))
        assert one(tmp_path, 0).endswith("ok, it speaks for itself and shows 1 keys")
    finally:
        provider.stop()
    assert "WRONG: the provider cannot be asked" in one(tmp_path, 2)


def test_the_other_receiver_must_answer_and_have_the_same_secret(tmp_path):
    (tmp_path / "here").mkdir()
    with running(tmp_path / "there", peer_secret="between us") as (receiver, _):
        peer = {"PEER_URL": receiver.url, "POSITION": 1}
        line = one(tmp_path / "here", 0, PEER_SECRET="between us", **peer)
        assert line.endswith("ok, it answers, and has the same secret")
        line = one(tmp_path / "here", 2, PEER_SECRET="another word", **peer)
        assert "PEER_SECRET is not the one over there" in line
        assert "another word" not in line


def test_a_postgresql_without_a_standby_says_so(tmp_path, postgres):
    line = one(tmp_path, 0, DATABASE=postgres.fresh())
    assert line.startswith("standby of postgresql://")
    assert "ok, but no commit waits for a standby (0 connected)" in line


def test_a_standby_that_is_waited_for_and_not_there_is_wrong():
    with pytest.raises(StoreError, match="no standby is connected"):
        standby.told(Saying("b", 0))
    assert standby.told(Saying("b", 2)) == "commits wait for 'b', 2 connected"


class Saying:
    """A PostgreSQL that answers one question after the other."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def connect(self):
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, _query):
        return self

    def scalar_one(self):
        return self.answers.pop(0)


def test_nothing_set_up_is_said(tmp_path):
    assert one(tmp_path, 0) == "no way out is set up"

"""Settings come from where the docs say, and those that cannot work are named one by one."""

import os
import socket

import httpx
import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.config import Misconfigured, Settings, read_settings, url_at
from alarm_receiver.config_check import places
from receiving import Process, free_port, wait_for

PRE = "HOLDFAST_RECEIVER_"
NOBODY = 65534
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")


def places_as(user, folder):
    """What `places` says to another user; in a process of its own, which is that user for good."""
    out, back = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setuid(user)
        os.write(back, "\n".join(places(Settings(data=folder, port=0))).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    os.close(back)
    with os.fdopen(out) as file:
        return file.read()


def check(folder, **env):
    env = {PRE + name: value for name, value in env.items()}
    return CliRunner().invoke(app, ["check-config", "--data", str(folder)], env=env)


def served_and_ended(process):
    wait_for(lambda: process.said("listening"), 60)
    try:
        assert httpx.get(f"{process.url()}/health", timeout=60).status_code == 200
    finally:
        assert process.end() == 0


def test_data_host_and_port_are_variables(tmp_path):
    port = free_port()
    env = {f"{PRE}PORT": str(port), f"{PRE}HOST": "127.0.0.9", f"{PRE}DATA": str(tmp_path)}
    env[f"{PRE}SMPT_HOST"] = "mail"
    process = Process(None, None, **env)
    served_and_ended(process)
    assert process.url() == f"http://127.0.0.9:{port}"
    assert (tmp_path / "receiver.sqlite3").exists()
    fault = process.said("setting_cannot_work")["fault"]
    assert f"{PRE}SMTP_HOST" in fault, "it serves all the same, and says so"


def test_the_command_line_wins(tmp_path, monkeypatch):
    monkeypatch.setenv(f"{PRE}PORT", "1")
    monkeypatch.setenv(f"{PRE}DATA", str(tmp_path))
    assert read_settings(data=None, port=None).port == 1
    assert read_settings(data=tmp_path / "other", port=0).port == 0
    assert read_settings(data=tmp_path / "other").data == tmp_path / "other"


def test_a_folder_that_nobody_named_is_asked_for(monkeypatch):
    monkeypatch.delenv(f"{PRE}DATA", raising=False)
    said = CliRunner().invoke(app, ["check-config"])
    assert said.exit_code == 2
    assert "--data" in said.output
    assert f"{PRE}DATA" in said.output


def test_a_value_that_cannot_be_is_named_and_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv(f"{PRE}SMTP_PORT", "hunter2")
    with pytest.raises(Misconfigured, match=f"{PRE}SMTP_PORT") as error:
        read_settings(data=tmp_path)
    assert "hunter2" not in str(error.value)


FAULTY = {
    "mail without a sender": ({"SMTP_HOST": "mail"}, "SMTP_FROM"),
    "a sender that is none": ({"SMTP_HOST": "mail", "SMTP_FROM": "holdfast"}, "SMTP_FROM"),
    "a user without a password": (
        {"SMTP_HOST": "mail", "SMTP_FROM": "a@b", "SMTP_USER": "x"},
        "SMTP_PASSWORD",
    ),
    "a sender without a relay": ({"SMTP_FROM": "a@b"}, "SMTP_HOST"),
    "an SMS gateway that is none": ({"SMS_URL": "garbage"}, "SMS_URL"),
    "an SMS sender without a gateway": ({"SMS_FROM": "us"}, "SMS_URL"),
    "a peer without a secret": ({"PEER_URL": "http://b:1"}, "PEER_SECRET"),
    "a peer that is none": ({"PEER_URL": "b:1", "PEER_SECRET": "s" * 20}, "PEER_URL"),
    "a public address that is none": ({"PUBLIC_URL": "garbage"}, "PUBLIC_URL"),
    "a slip of the pen": ({"SMPT_HOST": "mail"}, f"{PRE}SMTP_HOST is"),
    "no setting at all": ({"COLOUR": "red"}, "COLOUR is no setting"),
}


@pytest.mark.parametrize("what", FAULTY)
def test_what_cannot_work_together_is_named(tmp_path, what):
    settings, name = FAULTY[what]
    said = check(tmp_path, **settings)
    assert said.exit_code == 2
    assert name in said.output
    assert "everything can be used" not in said.output


def test_what_fits_together_is_not(tmp_path):
    said = check(
        tmp_path,
        SMTP_HOST="mail",
        SMTP_FROM="holdfast@example.org",
        SMS_URL="http://sms:13013/cgi-bin/sendsms",
        SMS_USER="x",
        PEER_URL="https://b.example.org",
        PEER_SECRET="s" * 20,
        PUBLIC_URL="https://a.example.org",
    )
    assert said.exit_code == 0, said.output
    assert "everything can be used" in said.output


@pytest.mark.parametrize("name", ["ENGINE_PORT", "STREAMS_MAX", "KEY_FILE", "DATABASE"])
def test_an_empty_variable_is_one_that_is_not_set(tmp_path, name):
    done = check(tmp_path, **{name: ""})
    assert done.exit_code == 0, done.output


def test_an_address_that_is_not_ours_and_a_port_that_is_not_for_us_are_named(tmp_path):
    done = check(tmp_path, HOST="192.0.2.1")
    assert done.exit_code == 2
    assert f"{PRE}HOST" in done.output
    assert "192.0.2.1 port 8480" in done.output
    assert check(tmp_path, HOST="no such host").exit_code == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert check(tmp_path, PORT=port).exit_code == 0, "it may be our own receiver"


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    done = check(tmp_path / "file" / "data")
    assert done.exit_code == 2
    assert f"{PRE}DATA" in done.output
    assert "is no folder" in done.output
    assert sorted(one.name for one in tmp_path.iterdir()) == ["file"], "it made nothing"


@needs_root
def test_a_data_folder_of_somebody_else_is_named(tmp_path):
    tmp_path.chmod(0o755)
    for one in tmp_path.parents[:2]:
        one.chmod(0o755)
    said = places_as(NOBODY, tmp_path / "data")
    assert f"{PRE}DATA" in said
    assert "cannot be written by this user" in said


@pytest.mark.parametrize(
    "url",
    ["postgresql://plain:s3cret@[::1/name", "s3cret", "mysql://a:s3cret@h/n"],
)
def test_a_database_that_is_none_is_named_without_its_password(tmp_path, url):
    done = check(tmp_path, DATABASE=url)
    assert done.exit_code == 2
    assert f"{PRE}DATABASE" in done.output
    assert "postgresql://USER@HOST" in done.output
    assert "s3cret" not in done.output


def test_a_password_with_a_sign_of_urls_is_not_shown(tmp_path):
    done = check(tmp_path, DATABASE="postgresql://plain:one@s3cret@127.0.0.1:1/name")
    assert done.exit_code == 2
    assert "s3cret" not in done.output


def test_a_peer_that_is_ourselves_is_named(tmp_path):
    both = {"PEER_URL": "https://a.example/", "PUBLIC_URL": "https://a.example"}
    done = check(tmp_path, PEER_SECRET="s" * 20, **both)
    assert done.exit_code == 2
    assert f"{PRE}PEER_URL is our own" in done.output


@pytest.mark.parametrize(
    ("host", "url"), [("127.0.0.1", "http://127.0.0.1:8480"), ("::1", "http://[::1]:8480")]
)
def test_the_link_to_an_address_can_be_opened(host, url):
    assert url_at(host, 8480) == url
    assert (httpx.URL(url).host, httpx.URL(url).port) == (host, 8480)

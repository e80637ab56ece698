"""Whoever changes what was done is found, and the first bad row is named; backup and restore."""

import os
import pty
import shutil
import subprocess
import sys

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.config import Misconfigured, Settings
from alarm_receiver.log import Log
from alarm_receiver.store import audit
from alarm_receiver.store.database import open_writer
from alarm_receiver.wiring import Receiver
from receiving import Client, Keypad, Lines, Running, running, wait_for
from tampering import unguarded

CUTS = {
    "an entry's actor": ("UPDATE entry SET actor = 'nobody' WHERE seq = 2", "entry", 2, "changed"),
    "an entry's detail": ("UPDATE entry SET detail = '{}' WHERE seq = 1", "entry", 1, "changed"),
    "a signal's frame": ("UPDATE signal SET frame = 'x' WHERE seq = 1", "signal", 1, "changed"),
    "a signal's moment": (
        "UPDATE signal SET received_ms = 1 WHERE seq = 1",
        "signal",
        1,
        "changed",
    ),
    "an entry gone": ("DELETE FROM entry WHERE seq = 2", "entry", 2, "missing"),
    "a deed gone": ("DELETE FROM deed WHERE seq = 1", "deed", 1, "missing"),
    "a deed forged": ("UPDATE deed SET actor = 'operator:Bo' WHERE seq = 2", "deed", 2, "changed"),
    "a link gone": ("DELETE FROM audit WHERE seq = 3", "audit", 3, "missing"),
}


@pytest.fixture(scope="module")
def chained(store):
    """A store whose chain covers everything, with the head that was exported."""
    folder, settings = store
    keypad = Keypad()
    with running(folder, **settings) as (receiver, client):
        client.register(keypad, client.site())
        client.send(keypad.press(), keypad.press())
        id_ = client.tickets()[0]["id"]
        client.act(id_, "acknowledge", 2)

        def covered():
            with receiver.receiver.context.reader.connect() as connection:
                return audit.head(connection).seq >= 7

        wait_for(covered)
    engine = open_writer(Settings(data=folder, **settings).database_url)
    with engine.connect() as connection:
        head = audit.head(connection)
    yield engine, head
    engine.dispose()


def test_an_untouched_chain_is_whole(chained):
    engine, head = chained
    with engine.connect() as connection:
        assert audit.verify(connection, head) is None


def test_a_chain_is_read_in_parts_and_tells_how_far_it_is(chained, monkeypatch):
    engine, head = chained
    monkeypatch.setattr(audit, "AT_ONCE", 2)
    told = []
    with engine.connect() as connection:
        assert audit.verify(connection, head, tell=told.append) is None
    assert told == list(range(2, head.seq + 1, 2))


@pytest.mark.parametrize("at_once", [500, 2])
@pytest.mark.parametrize("what", CUTS)
def test_the_first_bad_row_is_named(chained, what, at_once, monkeypatch):
    monkeypatch.setattr(audit, "AT_ONCE", at_once)
    engine, _ = chained
    statement, source, row, said = CUTS[what]
    with engine.connect() as connection:
        transaction = connection.begin()
        unguarded(connection)
        connection.execute(text(statement))
        fault = audit.verify(connection)
        assert fault is not None
        assert (fault.source, fault.row) == (source, row)
        assert said in fault.what
        transaction.rollback()


def test_a_chain_cut_short_or_written_anew_is_found_with_a_kept_head(chained):
    engine, head = chained
    with engine.connect() as connection:
        transaction = connection.begin()
        unguarded(connection)
        cut = text("DELETE FROM audit WHERE seq > :last")
        connection.execute(cut, {"last": head.seq - 2})
        assert audit.verify(connection) is None, "without a kept head a cut tail looks whole"
        assert "cut short" in audit.verify(connection, head).what
        connection.execute(text("DELETE FROM audit"))
        connection.execute(text("UPDATE entry SET actor = 'nobody' WHERE seq = 2"))
        while audit.seal(connection, 2**50):
            pass
        assert audit.verify(connection) is None, "without a kept head a new chain looks whole"
        assert audit.verify(connection, head) is not None
        transaction.rollback()


def test_every_byte_counts(chained):
    engine, _ = chained
    with engine.connect() as connection:
        transaction = connection.begin()
        unguarded(connection)
        frame = connection.execute(text("SELECT frame FROM signal WHERE seq = 1")).scalar_one()
        for place in range(len(frame)):
            bad = bytearray(frame)
            bad[place] ^= 1
            statement = text("UPDATE signal SET frame = :bad WHERE seq = 1")
            connection.execute(statement, {"bad": bytes(bad)})
            assert audit.verify(connection).source == "signal"
        transaction.rollback()


def test_backup_restore_and_verify_from_the_command_line(tmp_path):
    run = CliRunner().invoke
    data, copy, again = tmp_path / "a", tmp_path / "copy.sqlite3", tmp_path / "b"
    keypad = Keypad()
    with running(data) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        token, before = client.token, client.tickets()
        made = run(app, ["backup", "--data", str(data), str(copy)])
        assert made.exit_code == 0, made.output
        assert run(app, ["backup", "--data", str(data), str(copy)]).exit_code == 2
    assert run(app, ["restore", "--data", str(data), str(copy)]).exit_code == 2
    again.mkdir()
    shutil.copy(data / "receiver.key", again)
    restored = run(app, ["restore", "--data", str(again), str(copy)])
    assert restored.exit_code == 0, restored.output
    (tmp_path / "junk").write_bytes(b"junk" * 1000)
    junk = run(app, ["restore", "--data", str(tmp_path / "c"), str(tmp_path / "junk")])
    assert junk.exit_code == 2
    assert "no backup" in junk.output
    with pytest.raises(Misconfigured, match="confirm-store"):
        Receiver(Settings(data=again), Log(Lines()))
    assert run(app, ["confirm-store", "--data", str(again), "--by", "Ada"]).exit_code == 0
    receiver = Running(again)
    client = Client(receiver.url)
    client.http.headers["Authorization"] = f"Bearer {token}"
    try:
        assert before[0]["id"] in [one["id"] for one in client.tickets()]
        (answer,) = client.send(keypad.press())
        assert keypad.read(answer).ticket.hex() == before[0]["id"].replace("-", "")
    finally:
        client.close()
        receiver.stop()
    whole = run(app, ["audit", "verify", "--data", str(again)])
    assert whole.exit_code == 0, whole.output
    assert run(app, ["migrate", "--data", str(again)]).exit_code == 0
    checked = run(app, ["check-config", "--data", str(again)])
    assert "still to be confirmed for cz" in checked.output


def test_a_head_is_signed_and_a_changed_one_is_found(tmp_path):
    run = CliRunner().invoke
    flags = ["--data", str(tmp_path)]
    keypad = Keypad()
    with running(tmp_path) as (receiver, client):
        client.register(keypad, client.site())
        client.send(keypad.press())

        def told():
            with receiver.receiver.context.reader.connect() as connection:
                return audit.head(connection).seq >= 4

        wait_for(told)
    signed = run(app, ["audit", "head", *flags]).output.strip()
    public = run(app, ["audit", "key", *flags]).output.strip()
    assert public in signed
    whole = run(app, ["audit", "verify", *flags, "--head", signed, "--public", public])
    assert whole.exit_code == 0, whole.output
    assert run(app, ["audit", "verify", *flags, "--head", signed]).exit_code == 0
    seq, value, moment, _, signature = signed.split(":")
    for changed in (
        f"{int(seq) - 1}:{value}:{moment}:{public}:{signature}",
        f"{seq}:{'00' * 32}:{moment}:{public}:{signature}",
        f"{seq}:{value}:{int(moment) + 1}:{public}:{signature}",
    ):
        said = run(app, ["audit", "verify", *flags, "--head", changed])
        assert said.exit_code == 2
        assert "does not hold" in said.output
    other = run(app, ["audit", "verify", *flags, "--head", signed, "--public", "00" * 32])
    assert "not by 0000" in other.output
    unsigned = run(app, ["audit", "verify", *flags, "--head", f"{seq}:{value}"])
    assert unsigned.exit_code == 0
    junk = run(app, ["audit", "verify", *flags, "--head", "1:2:3"])
    assert junk.exit_code == 2
    engine = open_writer(Settings(data=tmp_path).database_url)
    with engine.begin() as connection:
        unguarded(connection)
        connection.execute(text("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"))
    engine.dispose()
    cut = run(app, ["audit", "verify", *flags, "--head", signed])
    assert cut.exit_code == 1
    assert "cut short" in cut.output


def test_heads_are_logged_with_their_signature(tmp_path):
    from alarm_receiver.store.signer import read_head

    with running(tmp_path) as (receiver, client):
        client.site()

        def told():
            receiver.receiver.upkeep._headed_ms = 0  # a minute is long in a test
            return receiver.lines.named("audit_head")

        said = wait_for(told, 60)
    kept = read_head(said[0]["signed"])
    assert kept.holds()
    assert kept.head.seq == said[0]["seq"]


def test_on_a_terminal_it_shows_how_far_it_is_and_in_a_log_nothing(tmp_path):
    with running(tmp_path) as (_, client):
        client.site()
    command = [sys.executable, "-m", "holdfast", "receiver", "audit", "verify"]
    command += ["--data", str(tmp_path)]
    quiet = subprocess.run(command, capture_output=True, text=True, check=True)
    assert quiet.stderr == ""
    master, slave = pty.openpty()
    with open(master, "rb", buffering=0) as terminal, open(slave, "wb", buffering=0) as stderr:
        shown = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "TERM": "xterm"},
            check=True,
        )
        said = terminal.read(65536)
    assert b"links of the chain" in said
    assert b"tickets" in said
    assert shown.stdout.decode() == quiet.stdout

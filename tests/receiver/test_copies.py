"""Backup and restore leave nothing half done, and a store that crashed is never mixed into one."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from receiving import Keypad, running

LOST = 20


def run(*words, **env):
    return CliRunner().invoke(app, [str(word) for word in words], env=env)


def tickets(path):
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as store:
        return store.execute("SELECT count(*) FROM ticket").fetchone()[0]


@pytest.fixture(scope="module")
def crashed(tmp_path_factory):
    """(folder of a store as a SIGKILL leaves it after more alarms, the backup before them)."""
    data, copy = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("copy") / "copy.sqlite3"
    with running(data) as (_, client):
        keypads = [Keypad() for _ in range(1 + LOST)]
        for keypad in keypads:
            client.register(keypad, client.site())
        client.send(keypads[0].press())
        assert run("backup", "--data", data, copy).exit_code == 0
        client.send(*[keypad.press() for keypad in keypads[1:]])
        killed = tmp_path_factory.mktemp("killed") / "data"
        shutil.copytree(data, killed, ignore=shutil.ignore_patterns("bells"))
    assert (killed / "receiver.sqlite3-wal").stat().st_size > 0
    return killed, copy


@pytest.fixture
def again(crashed, tmp_path):
    """A copy of the crashed folder to work on, and the backup."""
    data = tmp_path / "data"
    shutil.copytree(crashed[0], data)
    return data, crashed[1]


def test_what_a_crash_left_is_never_played_into_a_restored_store(again, tmp_path):
    data, copy = again
    place, away = data / "receiver.sqlite3", tmp_path / "away"
    away.mkdir()
    said = run("restore", "--data", data, copy)
    assert said.exit_code == 2
    for name in ("receiver.sqlite3", "receiver.sqlite3-wal", "receiver.sqlite3-shm"):
        assert name in said.output, "all of them are to be moved together"
    place.rename(away / place.name)  # what the old text asked for
    half = run("restore", "--data", data, copy)
    assert half.exit_code == 2
    assert "receiver.sqlite3-wal" in half.output
    assert not place.exists()
    for end in ("-wal", "-shm"):
        (data / f"receiver.sqlite3{end}").rename(away / f"receiver.sqlite3{end}")
    done = run("restore", "--data", data, copy)
    assert done.exit_code == 0, done.output
    assert tickets(place) == 1
    assert run("audit", "verify", "--data", data).exit_code == 0
    assert tickets(away / place.name) == 1 + LOST, "what was moved away is whole"
    assert not [one for one in data.iterdir() if one.name.startswith(".receiver")]


def test_a_crashed_store_is_itself_a_source_with_what_lies_beside_it(again, tmp_path):
    data, _ = again
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(data / "receiver.key", fresh)
    done = run("restore", "--data", fresh, data / "receiver.sqlite3")
    assert done.exit_code == 0, done.output
    assert tickets(fresh / "receiver.sqlite3") == 1 + LOST
    assert tickets(data / "receiver.sqlite3") == 1 + LOST, "the source keeps all it has"


def test_the_key_is_asked_for_before_anything_is_copied(crashed, tmp_path):
    data, copy = crashed
    fresh = tmp_path / "fresh"
    said = run("restore", "--data", fresh, copy)
    assert said.exit_code == 2
    assert "no key file" in said.output
    assert not fresh.exists()
    fresh.mkdir()
    shutil.copy(data / "receiver.key", fresh)
    assert run("restore", "--data", fresh, copy).exit_code == 0, "what the message said is enough"


def test_a_restore_that_fails_half_way_leaves_no_store(crashed, tmp_path, monkeypatch):
    data, copy = crashed
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(data / "receiver.key", fresh)

    def torn(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("alarm_receiver.copies.upgrade", torn)
    said = run("restore", "--data", fresh, copy)
    assert said.exit_code == 2
    assert "Input/output error" in said.output
    assert [one.name for one in fresh.iterdir()] == ["receiver.key"]


def test_a_backup_that_fails_leaves_no_file(tmp_path, monkeypatch):
    with running(tmp_path / "data") as (_, client):
        client.site()
        monkeypatch.setattr("alarm_receiver.copies.check", lambda path, _: (path / "x").stat())
        copy = tmp_path / "to" / "copy.sqlite3"
        copy.parent.mkdir()
        said = run("backup", "--data", tmp_path / "data", copy)
        assert said.exit_code == 2
        assert list(copy.parent.iterdir()) == []


LOOKING = {
    "migrate": ["migrate"],
    "backup": ["backup", "COPY"],
    "audit verify": ["audit", "verify"],
    "audit head": ["audit", "head"],
    "audit key": ["audit", "key"],
    "keys show": ["keys", "show"],
    "keys rotate": ["keys", "rotate"],
    "keys retire": ["keys", "retire"],
    "retention": ["retention"],
    "restore of nothing": ["restore", "COPY"],
    "check-config": ["check-config"],
}


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("what", LOOKING)
def test_who_looks_at_a_store_that_is_not_there_makes_nothing(tmp_path, what, there):
    data, copy = tmp_path / "data", tmp_path / "copy"
    if there:
        data.mkdir()
    words = [str(copy) if word == "COPY" else word for word in LOOKING[what]]
    said = run(*words, "--data", data)
    assert said.exit_code == (0 if what == "check-config" else 2), said.output
    assert said.exception is None or isinstance(said.exception, SystemExit)
    assert str(tmp_path) in said.output
    assert data.exists() == there
    assert not there or list(data.iterdir()) == []
    assert not copy.exists()


def test_a_file_that_is_no_store_is_named_in_words(tmp_path):
    (tmp_path / "receiver.sqlite3").write_bytes(b"no database" * 500)
    for what, words in LOOKING.items():
        if "COPY" not in words:
            said = run(*words, "--data", tmp_path)
            assert said.exit_code == 2, what
            assert isinstance(said.exception, SystemExit), what


def test_what_is_no_backup_is_refused_with_what_to_do(tmp_path):
    missing, other = tmp_path / "missing", tmp_path / "other"
    other.write_bytes(b"no database" * 500)
    for file, remedy in ((missing, "name the backup"), (other, "take one that `receiver backup`")):
        said = run("restore", "--data", tmp_path / "data", file)
        assert said.exit_code != 0
        assert str(file) in said.output
        assert remedy in said.output
        assert not (tmp_path / "data" / "receiver.sqlite3").exists()

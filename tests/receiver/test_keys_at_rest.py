"""Devices' keys are sealed at rest: in the file, in its backups, and when the schema is older."""

import secrets
import sqlite3
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, select, text, update
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.config import Settings
from alarm_receiver.store import registry, sealing
from alarm_receiver.store.database import StoreError, Unfit, engine_url, open_writer
from alarm_receiver.store.keybox import KeyBox, KeyMissing, write
from alarm_receiver.store.migrate import configuration, upgrade
from alarm_receiver.store.tables import device_key
from alarm_wire import receipt
from receiving import Client, Keypad, Running, running, wait_for

RUN = CliRunner().invoke


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """(data folder, settings) of an empty store for one test."""
    if request.param == "sqlite":
        return tmp_path, {}
    return tmp_path, {"database": request.getfixturevalue("postgres").fresh()}


def test_what_is_sealed_opens_only_with_the_key_and_only_in_its_row():
    box, secret = KeyBox(None, [bytes(32)]), secrets.token_bytes(32)
    sealed = box.seal(secret, "row 1")
    assert secret not in sealed
    assert sealed != box.seal(secret, "row 1"), "the same secret twice looks different"
    assert box.open(sealed, "row 1") == secret
    with pytest.raises(StoreError, match="belongs to another row"):
        box.open(sealed, "row 2")
    for place in (8, 20, 67):
        bad = bytearray(sealed)
        bad[place] ^= 1
        with pytest.raises(StoreError):
            box.open(bytes(bad), "row 1")
    with pytest.raises(KeyMissing, match="does not hold"):
        KeyBox(None, [b"x" * 32]).open(sealed, "row 1")


def test_a_key_file_is_for_its_owner_alone_and_never_written_over(tmp_path):
    path = tmp_path / "receiver.key"
    KeyBox.make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(KeyMissing, match="File exists"):
        KeyBox.make(path)
    path.chmod(0o640)
    with pytest.raises(KeyMissing, match="chmod 600"):
        KeyBox.read(path)
    for junk in ("", "12\n", "g" * 64, ("00" * 32 + "\n") * 9):
        path.write_text(junk)
        path.chmod(0o600)
        with pytest.raises(KeyMissing, match="is no key file"):
            KeyBox.read(path)
    assert [one.name for one in tmp_path.iterdir()] == ["receiver.key"]


def every_file(folder):
    return b"".join(path.read_bytes() for path in Path(folder).iterdir() if path.is_file())


def test_no_key_is_in_the_store_or_its_backup_and_restoring_needs_the_file(tmp_path):
    data, copy, again = tmp_path / "a", tmp_path / "copy.sqlite3", tmp_path / "b"
    keypad = Keypad()
    with running(data) as (_, client):
        client.register(keypad, client.site())
        client.send(keypad.press())
        assert RUN(app, ["backup", "--data", str(data), str(copy)]).exit_code == 0
        assert keypad.key not in every_file(data)
        assert keypad.device.hex().encode() in every_file(data), "the search can find something"
    key_file = data / "receiver.key"
    assert keypad.key not in copy.read_bytes()
    assert bytes.fromhex(key_file.read_text().split()[-1]) not in copy.read_bytes()
    missing = RUN(app, ["restore", "--data", str(again), str(copy)])
    assert missing.exit_code == 2
    assert "there is no key file" in missing.output
    assert KeyBox.read(key_file).ids[0] in missing.output, "it says which key is wanted"
    assert not again.exists(), "nothing was copied that nobody could open"
    again.mkdir()
    (again / "receiver.key").write_bytes(key_file.read_bytes())
    (again / "receiver.key").chmod(0o600)
    assert RUN(app, ["restore", "--data", str(again), str(copy)]).exit_code == 0
    assert "key file" in RUN(app, ["check-config", "--data", str(again)]).output
    assert RUN(app, ["confirm-store", "--data", str(again), "--by", "Ada"]).exit_code == 0
    receiver = Running(again)
    client = Client(receiver.url)
    try:
        (answer,) = client.send(keypad.press())
        assert keypad.read(answer).state == receipt.STORED
    finally:
        client.close()
        receiver.stop()


def test_a_receiver_does_not_start_with_another_key(place):
    folder, settings = place
    with running(folder, **settings) as (_, client):
        client.register(Keypad(), client.site())
    path = folder / "other.key"
    url = Settings(data=folder, **settings).database_url
    with pytest.raises(KeyMissing, match="there is no key file"):
        sealing.open_box(url, path)
    KeyBox.make(path)
    with pytest.raises(KeyMissing, match="is not the key file of this database"):
        sealing.open_box(url, path)


def test_keys_in_clear_are_sealed_when_the_schema_is_brought_up(place):
    folder, settings = place
    url = engine_url(Settings(data=folder, **settings).database_url)
    engine = create_engine(url)
    with engine.connect() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        connection.commit()
    found = {f"{n:016x}": secrets.token_bytes(32) for n in range(50)}
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO agency (id, name) VALUES ('own', 'Own')"))
        put = (
            "INSERT INTO site (id, agency, name, account, made_ms) VALUES ('s', 'own', 'S', '1', 1)"
        )
        connection.execute(text(put))
        for device, key in found.items():
            put = "INSERT INTO device (id, site, kind, zone, made_ms) "
            put += "VALUES (:d, 's', 'keypad', 1, 1)"
            connection.execute(text(put), {"d": device})
            put = (
                "INSERT INTO device_key (device, generation, secret, made_ms) VALUES (:d, 1, :k, 1)"
            )
            connection.execute(text(put), {"d": device, "k": key})
    engine.dispose()
    with pytest.raises(Unfit, match="no key file is given"):
        upgrade(url)
    box = KeyBox.make(folder / "migrated.key")
    upgrade(url, box)
    engine = open_writer(url).execution_options(box=box)
    with engine.connect() as connection:
        assert {one.device: one.secret for one in registry.known(connection)} == found
        assert sealing.counts(connection) == {box.ids[0]: 50}
    engine.dispose()
    with pytest.raises(KeyMissing):
        sealing.open_box(url, folder / "nowhere.key")
    if "database" not in settings:
        assert not [key for key in found.values() if key in every_file(folder)]


def test_a_migration_that_fails_leaves_everything_as_it_was(tmp_path):
    path = tmp_path / "receiver.sqlite3"
    url = f"sqlite:///{path}"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE zone (x)")
    with pytest.raises(Unfit):
        upgrade(url)
    with sqlite3.connect(path) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master")]
    assert names == ["zone"]


def test_rotation_while_the_receiver_runs(place):
    folder, settings = place
    keypad, later = Keypad(), Keypad()
    flags = ["--data", str(folder)]
    env = {f"HOLDFAST_RECEIVER_{name.upper()}": value for name, value in settings.items()}
    key_file = folder / "receiver.key"
    with running(folder, **settings) as (receiver, client):
        site = client.site()
        client.register(keypad, site)
        old = KeyBox.read(key_file).ids[0]
        rotated = RUN(app, ["keys", "rotate", *flags], env=env)
        assert rotated.exit_code == 0, rotated.output
        new = KeyBox.read(key_file).ids
        assert new[1:] == [old]
        wait_for(lambda: receiver.receiver._box.ids == new)
        client.register(later, site)
        assert keypad.read(client.send(keypad.press())[0]).state == receipt.STORED
        retired = RUN(app, ["keys", "retire", *flags], env=env)
        assert retired.exit_code == 0, retired.output
        shown = RUN(app, ["keys", "show", *flags], env=env)
        assert shown.exit_code == 0
        assert old not in shown.output
        assert later.read(client.send(later.press())[0]).state == receipt.STORED
    assert KeyBox.read(key_file).ids == new[:1]


def test_a_key_moved_to_another_device_opens_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/receiver.sqlite3"
    with running(tmp_path) as (_, client):
        one, other, site = Keypad(), Keypad(), client.site()
        client.register(one, site)
        client.register(other, site)
    box = sealing.open_box(url, tmp_path / "receiver.key")
    engine = open_writer(url).execution_options(box=box)
    with engine.begin() as connection:
        mine = select(device_key.c.sealed).where(device_key.c.device == one.device.hex())
        sealed = connection.execute(mine).scalar_one()
        theirs = update(device_key).where(device_key.c.device == other.device.hex())
        connection.execute(theirs.values(sealed=sealed))
        with pytest.raises(StoreError, match="belongs to another row"):
            list(registry.known(connection))
    engine.dispose()


def test_a_key_file_is_replaced_whole(tmp_path):
    path = tmp_path / "k"
    write(path, [b"a" * 32])
    write(path, [b"b" * 32, b"a" * 32])
    assert len(KeyBox.read(path).ids) == 2


def test_no_key_is_made_for_a_database_that_cannot_be_asked(tmp_path):
    """A further machine that starts while PostgreSQL is away would have the wrong one for good."""
    with pytest.raises(Unfit, match="cannot be opened"):
        sealing.open_box("postgresql://u@127.0.0.1:1/n", tmp_path / "receiver.key")
    (tmp_path / "receiver.sqlite3").write_text("no database")
    with pytest.raises(Unfit, match="not a database"):
        sealing.open_box(f"sqlite:///{tmp_path}/receiver.sqlite3", tmp_path / "receiver.key")
    assert not (tmp_path / "receiver.key").exists()

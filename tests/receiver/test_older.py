"""Attack 21: a store that is older than what the receiver has seen waits for a word of somebody."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime

import psycopg
import pytest
from typer.testing import CliRunner

from alarm_receiver import older
from alarm_receiver.command import app
from alarm_receiver.config import Misconfigured, Settings
from alarm_receiver.log import Log
from alarm_receiver.wiring import Receiver
from alarm_wire import batch
from alarm_wire.receipt import STORED
from gateway.acts import Frame
from gateway.relay import ALARMS, OTHERS, Relay
from receiving import BATCH, Client, Keypad, Lines, Running, running, wait_for


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """The head of the chain is looked at with every turn, not once a minute."""
    monkeypatch.setattr("alarm_receiver.engine.upkeep.HEAD_MS", 0)


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def refused(match, folder, **settings):
    with pytest.raises(Misconfigured, match=match):
        Receiver(Settings(data=folder, **settings), Log(Lines()))


def seen(folder):
    path = folder / older.SEEN
    return json.loads(path.read_text())["seq"] if path.exists() else 0


class Line:
    """A keypad, and its gateway as it is: the relay, which forgets nothing that was receipted."""

    def __init__(self, client):
        self.keypad = Keypad()
        self.gateway = Keypad()
        site = client.site()
        client.register(self.keypad, site)
        client.register(self.gateway, site, kind="gateway")
        self.relay = Relay(1, self.gateway.device, lambda _: True)

    def press(self, client):
        raw = self.keypad.press()
        frame = Frame(self.keypad.device, 1, self.keypad.number, raw[:50], raw)
        self.relay.take(frame, 0)
        self.carry(client, ALARMS)

    def carry(self, client, lane):
        order = self.relay.next(0, lane, 0)
        answers = client.send(*(one.bytes for one in order.frames))
        assert all(self.keypad.read(one).state == STORED for one in answers)
        self.relay.answered(order, answers, 0)
        return len(order.frames)

    def confirmed(self, client):
        body = batch.pack([self.gateway.heartbeat()])
        answer = client.http.post("/v1/receipts?after=0&wait_s=0", content=body, headers=BATCH)
        return int(answer.headers["Holdfast-Confirmed"])


def presses(client, line):
    (one,) = [one for one in client.tickets() if one["class"] == "emergency"]
    found = client.ticket(one["id"])["signals"]
    return sorted(one["number"] for one in found if one["device"] == line.keypad.device.hex())


def restored(folder, copy):
    """A receiver that was lost and whose backup was put back; its line, and the operator."""
    with running(folder) as (_, client):
        line = Line(client)
        line.press(client)
        assert run("backup", "--data", folder, copy).exit_code == 0
        assert line.confirmed(client) == 0
        line.press(client)
        line.press(client)
        wait_for(lambda: seen(folder) >= 7)
        token = client.token
    for one in folder.glob("receiver.sqlite3*"):
        one.unlink()
    done = run("restore", "--data", folder, copy)
    assert done.exit_code == 0, done.output
    assert "confirm-store" in done.output
    return line, token


def test_attack_21_a_restored_backup_serves_nobody_until_it_is_confirmed(tmp_path):
    folder, copy = tmp_path / "data", tmp_path / "copy.sqlite3"
    line, token = restored(folder, copy)
    for command in (("serve", "--port", "0"), ("engine",)):
        whole = [sys.executable, "-m", "alarm_receiver", *command, "--data", folder]
        refused = subprocess.run(whole, capture_output=True, text=True, timeout=60, check=False)
        assert refused.returncode == 2
        assert f"this store is the backup {copy}, put back; it lacks what" in refused.stderr
        assert f"{datetime.now(UTC):%Y-%m-%d}" in refused.stderr
        assert f"holdfast receiver confirm-store --data {folder} --by NAME" in refused.stderr
    confirmed = run("confirm-store", "--data", folder, "--by", "Ada")
    assert confirmed.exit_code == 0, confirmed.output
    assert "confirmed by Ada: this store is the backup" in confirmed.output
    assert "nothing to confirm" in run("confirm-store", "--data", folder, "--by", "Ada").output

    receiver = Running(folder)
    client = Client(receiver.url)
    client.http.headers["Authorization"] = f"Bearer {token}"
    try:
        assert presses(client, line) == [1]
        (house,) = [one for one in client.tickets() if one["class"] == "technical"]
        told = client.ticket(house["id"])["entries"][0]["detail"]["silence"]
        assert (told["kind"], told["source"]) == ("records_missing", str(copy))
        newest, *_ = client.http.get("/v1/deeds").json()
        assert (newest["actor"], newest["what"]) == ("command:Ada", older.CONFIRMED)

        assert house["number"] > 2_000, "no number of a ticket that was lost is given again"
        assert newest["detail"]["numbers_from"] == house["number"]

        assert line.confirmed(client) > 0, "the gateway sees that the store is another one"
        assert line.relay.again(0) == 3
        assert line.carry(client, OTHERS) == 3
        assert presses(client, line) == [1, 2, 3], "what was lost is there, and nothing twice"
        line.press(client)
        assert presses(client, line) == [1, 2, 3, 4]
    finally:
        client.close()
        receiver.stop()
    assert run("audit", "verify", "--data", folder).exit_code == 0


def test_a_store_that_was_set_back_behind_our_back_is_told_by_what_was_seen(tmp_path):
    folder, place = tmp_path / "data", tmp_path / "data" / "receiver.sqlite3"
    with running(folder) as (_, client):
        line = Line(client)
        line.press(client)
    shutil.copy(place, tmp_path / "old")
    with running(folder) as (_, client):
        line.press(client)
        wait_for(lambda: seen(folder) >= 5)
    shutil.copy(place, tmp_path / "new")
    shutil.copy(tmp_path / "old", place)
    refused(r"this store lacks what .* \([0-9]+ records\)", folder)
    shutil.copy(tmp_path / "new", place)
    with running(folder):
        pass
    (folder / older.SEEN).write_text(json.dumps({"seq": 1, "hash": "00" * 32, "at_ms": 1}))
    refused("records that differ", folder)
    (folder / older.SEEN).write_text("{")
    refused("cannot be read", folder)


def test_the_same_is_so_on_postgresql(tmp_path, postgres):
    url = postgres.fresh()
    with running(tmp_path, database=url) as (_, client):
        line = Line(client)
        line.press(client)
    older_name = "old_" + url.rsplit("/", 1)[1]
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {older_name} TEMPLATE {url.rsplit('/', 1)[1]}")
    with running(tmp_path, database=url) as (_, client):
        line.press(client)
        wait_for(lambda: seen(tmp_path) >= 5)
    refused("this store lacks what", tmp_path, database=postgres.url(older_name))
    with running(tmp_path, database=url):
        pass


def served(folder, **settings):
    """A store that was served and has links of the record; its line."""
    with running(folder, **settings) as (_, client):
        line = Line(client)
        line.press(client)
        wait_for(lambda: seen(folder) >= 5)
    return line


@pytest.mark.parametrize("store", ["sqlite", "postgresql"], indirect=True)
def test_a_store_from_elsewhere_in_a_brand_new_folder_waits_for_a_word(store, tmp_path):
    folder, settings = store
    served(folder, **settings)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(folder / "receiver.key", fresh)
    if not settings:
        shutil.copy(folder / "receiver.sqlite3", fresh)
    refused(
        "has never seen this store, which was served elsewhere and is not now", fresh, **settings
    )
    refused("confirm-store", fresh, **settings)
    env = {"HOLDFAST_RECEIVER_DATABASE": settings.get("database", "")}
    words = ["confirm-store", "--data", str(fresh), "--by", "Ada"]
    done = CliRunner().invoke(app, words, env=env)
    assert "confirmed by Ada: this data folder has never seen" in done.output, done.output
    with running(fresh, **settings):
        pass


def test_a_second_machine_joins_while_the_store_is_served(postgres, tmp_path):
    settings = {"database": postgres.fresh()}
    one, other = tmp_path / "one", tmp_path / "other"
    other.mkdir()
    with running(one, **settings) as (_, client):
        Line(client).press(client)
        wait_for(lambda: seen(one) >= 5)
        shutil.copy(one / "receiver.key", other)
        receiver = Running(other, **settings)
        receiver.stop()


def test_a_machine_that_was_set_back_whole_is_confirmed_when_somebody_says_so(tmp_path):
    line = served(tmp_path)
    assert "nothing to confirm" in run("confirm-store", "--data", tmp_path, "--by", "Ada").output
    words = ("confirm-store", "--set-back", "--data", tmp_path, "--by", "Ada")
    assert "set back together with its data folder" in run(*words).output
    with running(tmp_path) as (_, client):
        assert line.confirmed(client) > 0, "gateways send again what they have sent lately"

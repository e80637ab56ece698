"""holdfast provision: real boards behind their ports, a real receiver; the key stays secret."""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from alarm_receiver.store import registry
from alarm_wire.seal import derive
from holdfast.provision import ProvisionError, box, broker, command, keypad
from holdfast.provision.keypad import Identity
from holdfast.provision.receiver import Receiver, read_token, write_token

HOLDFAST = Path(sys.executable).with_name("holdfast")
ROOT = Path(__file__).resolve().parents[2]


def nvs(board):
    values = json.loads((board.folder / "flash.nvs.holdfast").read_text())
    return {name: bytes.fromhex(value) for name, value in values.items() if isinstance(value, str)}


def receivers_key(house, device):
    with house[0].receiver.context.reader.connect() as connection:
        return next(registry.known(connection, device)).secret


def test_board_and_receiver_share_a_key_that_is_nowhere_else(job, house):
    before = subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, check=True)
    board = job.board()
    (job.folder / "maker.pub").write_text("a7" * 384 + "\n")
    with job.watched():
        said = job.keypad(board, "--broker-keys", "keypads.psk", "--maker", "maker.pub")
    device = re.search(r"keypad ([0-9a-f]{16}) is registered", said)[1]
    key = nvs(board)["key"]
    assert len(key) == 32
    assert nvs(board)["maker"] == b"\xa7" * 384
    assert nvs(board)["device"].hex() == device
    assert receivers_key(house, device) == key
    assert json.loads(nvs(board)["config"]) == {"host": "127.0.0.1", "zone": 3}
    assert job.devices()[device]["zone_name"] == "Counter 3"
    broker_keys = job.folder / "keypads.psk"
    assert broker_keys.read_text() == f"{device}:{derive(key, b'psk').hex()}\n"
    assert broker_keys.stat().st_mode & 0o777 == 0o600
    # nowhere: not said, not in a file of the installer, a process list, a log, or git
    forms = [key, key.hex().encode(), key.hex().upper().encode(), base64.b64encode(key)]
    forms.append(repr(key)[2:-1].encode())
    places = {
        "said": said.encode(),
        "processes": b"\n".join(job.seen_commands),
        "receiver's log": house[0].lines.text.encode(),
        "what the board printed": "\n".join(board.said()).encode(),
        "environment": repr(os.environ).encode(),
    }
    for path in job.folder.rglob("*"):
        if path.is_file() and path.name != "flash.nvs.holdfast":
            places[str(path)] = path.read_bytes()
    assert any(b"provision" in command for command in job.seen_commands)
    for place, content in places.items():
        for form in forms:
            assert form not in content, place
        assert job.token.encode() not in content or place == str(job.folder / "token"), place
    after = subprocess.run(["git", "status", "--short"], cwd=ROOT, capture_output=True, check=True)
    assert after.stdout == before.stdout
    assert key.hex() not in repr(Identity(bytes(8), key))
    assert (job.folder / "labels" / f"{device}.svg").exists()


@pytest.mark.timeout(600)
def test_again_gives_a_new_identity_and_revokes_the_old(job):
    board = job.board()
    job.keypad(board)
    old = nvs(board)
    (before,) = box.done(job.folder / "labels" / "provisioned.csv")
    (board.folder / "flash.ring").write_bytes(b"\0" * 131072)  # signals of the old identity
    job.open(board)
    told = nvs(board)
    said = job.keypad(board, code=1)
    assert f"is provisioned as {old['device'].hex()}; with --again" in said
    assert nvs(board) == told
    job.keypad(board, "--again")
    new = nvs(board)
    assert new["device"] != old["device"]
    assert new["key"] != old["key"]
    devices = job.devices()
    assert devices[old["device"].hex()]["revoked"]
    assert not devices[new["device"].hex()]["revoked"]
    assert (board.folder / "flash.ring").read_bytes().count(b"\0") < 1000
    (after,) = box.done(job.folder / "labels" / "provisioned.csv")
    assert after.device == new["device"].hex(), "it takes the revoked one's place on the sheet"
    assert job.shows("a4.pdf", after)
    assert not job.shows("a4.pdf", before)
    said = job.run("revoke", new["device"].hex(), *job.common())
    assert "is revoked" in said
    assert job.devices()[new["device"].hex()]["revoked"]


def test_a_box_of_twenty_in_one_go_and_on_from_where_it_stopped(job):
    boards = [job.board(f"b{number}") for number in range(20)]
    lines = ["zone,zone_name,port"]
    lines += [f"{number},Counter {number},{board.port}" for number, board in enumerate(boards, 1)]
    (job.folder / "box.csv").write_text("\n".join(lines))
    words = ("box", "--site", "4711", "--csv", "box.csv", *job.common())
    boards[6].cut_power()
    said = job.run(*words, code=1)
    assert "answers as MicroPython" in said
    assert len(box.done(job.folder / "labels" / "provisioned.csv")) == 6
    boards[6].start()
    said = job.run(*words)
    assert said.count("done before") == 6
    assert said.count("is registered, and starts") == 14
    done = box.done(job.folder / "labels" / "provisioned.csv")
    assert [one.zone for one in done] == list(range(1, 21))
    assert {one.device for one in done} == {nvs(board)["device"].hex() for board in boards}
    assert len({nvs(board)["key"] for board in boards}) == 20
    assert {one.device for one in done} <= set(job.devices())
    assert len(list((job.folder / "labels").glob("*.svg"))) == 20
    assert "20/20] zone 20: done before" in job.run(*words)


def test_each_refusal_says_what_to_do_and_changes_nothing(job):
    board = job.board()
    said = job.run(
        *("keypad", "--site", "815", "--zone", 1, "--port", board.port), *job.common(), code=1
    )
    assert "the receiver has no site with account 815; it has: 4711 (Bank of the Lowlands)" in said
    (job.folder / "keypad.toml").write_text('host = "x"\nheartbeat_s = 100000\n')
    assert "setting heartbeat_s: value 100000, allowed are 1 to 3600" in job.keypad(board, code=1)
    (job.folder / "keypad.toml").write_text('hots = "x"\n')
    assert "setting hots is not known" in job.keypad(board, code=1)
    (job.folder / "keypad.toml").unlink()
    assert "write at least the broker's address into it: host = " in job.keypad(board, code=1)
    (job.folder / "keypad.toml").write_text('host = "127.0.0.1"\n')
    (job.folder / "token").chmod(0o644)
    assert "may be read by others; do: chmod 600" in job.keypad(board, code=1)
    write_token(job.folder / "token", "wrong")
    assert "does not take the token: it has ended" in job.keypad(board, code=1)
    write_token(job.folder / "token", job.token)
    said = job.keypad(board, "--receiver", "http://127.0.0.1:9", code=1)
    assert "does not answer (ConnectError); check the address" in said
    said = job.keypad(board, "--receiver", "http://receiver.example", code=1)
    assert "is not https: a key would travel in the clear" in said
    assert "would do" in job.keypad(board, "--dry-run")
    assert not (board.folder / "flash.nvs.holdfast").exists()
    (board.folder / "flash.ring").rename(board.folder / "kept")
    assert "no partition named ring" in job.keypad(board, code=1)
    (board.folder / "kept").rename(board.folder / "flash.ring")
    (board.files / "alarm_wire" / "seal.mpy").unlink()
    assert "has no keypad application" in job.keypad(board, code=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to somebody else")
def test_the_brokers_keys_stay_readable_for_the_broker(tmp_path):
    folder = tmp_path / "mq"
    folder.mkdir()
    os.chown(folder, 12_345, 23_456)
    path = folder / "keypads.psk"
    for _ in range(2):  # a file that is not there belongs to whoever has the folder
        broker.add(path, keypad.make_identity())
        seen = path.stat()
        assert (seen.st_uid, seen.st_gid, seen.st_mode & 0o777) == (12_345, 23_456, 0o600)
    assert len(path.read_text().splitlines()) == 2


def test_a_board_whose_receiver_refuses_is_left_without_a_key(job, house):
    board = job.board()
    answer = house[1].http.post("/v1/installers", json={"name": job.folder.name[:80]})
    write_token(job.folder / "token", answer.json()["token"])
    with Receiver(house[0].url, read_token(job.folder / "token")) as asked:
        site = asked.site("4711")
        house[1].http.post(f"/v1/installers/{answer.json()['id']}/call-back")
        with pytest.raises(ProvisionError, match="does not take the token"):
            command.provision(
                asked, site, box.Place(9, "Nine", board.port), {"host": "127.0.0.1"}, "en"
            )
    assert not {"key", "device"} & set(nvs(board))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("zone,colour\n1,red\n", "must name the columns zone, zone_name"),
        ("zone,zone_name\n", "has 0 keypads"),
        ("zone,zone_name\n70000,A\n", "line 2: zone '70000' is not 0 to 65535"),
        ("zone,zone_name\n1,A\n1,B\n", "line 3: zone 1 or port - stands there twice"),
    ],
)
def test_a_wrong_box_is_refused_before_the_first_keypad(text, says, tmp_path):
    (tmp_path / "box.csv").write_text(text)
    with pytest.raises(ProvisionError, match=says):
        box.read(tmp_path / "box.csv")

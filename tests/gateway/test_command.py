"""The gateway's commands: what people and systemd see of it."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from gateway.command import app
from gateway.service import notify, unseen
from gateway.status import lines, metrics, worries
from gateway_zygote import Zygote
from holdfast.brokers import free_port
from needs import needs
from premises import GATEWAY, KEYPAD, Premises, until
from wirework import Device


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A site with one keypad, a metrics port and systemd's socket."""
    needs("mosquitto")
    zygote = Zygote()
    folder = tmp_path_factory.mktemp("s")
    site = Premises(folder, zygote)
    port = free_port()
    site.configure(more=f"[metrics]\nport = {port}\n[inputs]\nmains_file = '{folder}/mains'\n")
    (folder / "mains").write_text("1\n")
    site.start().connect()
    site.publish(site.keypad.heartbeat(1), "heartbeat")
    site.receipt()
    site.publish(site.keypad.signal(1))
    site.receipt()
    yield SimpleNamespace(site=site, port=port, folder=folder)
    site.stop()
    zygote.stop()


def call(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def state(running):
    done = call("status", "--config", running.site.config, "--json")
    return done.exit_code, json.loads(done.output)


def test_status_tells_paths_spool_keypads_and_last_signals(running):
    code, told = state(running)
    assert code == 0
    assert (told["device"], told["broker"]) == (GATEWAY, "stands")
    assert [(path["name"], path["standing"]) for path in told["paths"]] == [("r0", "stands")]
    assert told["keypads"] == [{"device": KEYPAD, "standing": "on_time"}]
    assert told["spool"]["trouble"] == ""
    assert [(one["number"], one["kind"], one["state"]) for one in told["last"]] == [
        (1, "hold_up", "stored")
    ]
    done = call("status", "--config", running.site.config)
    assert done.output.splitlines()[-1] == "all is well"
    assert KEYPAD in done.output


def test_status_says_what_to_look_at_and_its_code_says_so_too(running):
    running.site.receivers[0].answer_with = (503, {})
    until(lambda: state(running)[0] == 1)
    done = call("status", "--config", running.site.config)
    assert "path r0 failing" in done.output
    assert "answered 503" in done.output
    running.site.receivers[0].answer_with = None
    until(lambda: state(running)[0] == 0)


def test_metrics_are_prometheus_text(running):
    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
        assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'holdfast_gateway_path_up{path="r0"} 1\n' in text
    assert 'holdfast_gateway_keypads{standing="on_time"} 1\n' in text
    for line in text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or line.rsplit(" ", 1)[1].isdigit()
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{running.port}/x", timeout=5)


def test_a_stranger_at_the_metrics_port_costs_nothing(running):
    for data in (b"", b"\x00" * 9000, b"GET /metrics HTTP/1.1\r\n"):
        with socket.create_connection(("127.0.0.1", running.port)) as connection:
            connection.sendall(data)
    assert state(running)[0] == 0


def test_mains_lost_and_back_are_told_by_signals_of_our_own(running):
    from alarm_wire.signal import MAINS_LOST, MAINS_RESTORED

    def kinds():
        return [kind for _, kind, _ in running.site.stored(device=GATEWAY)]

    (running.folder / "mains").write_text("0\n")
    until(lambda: MAINS_LOST in kinds())
    (running.folder / "mains").write_text("1\n")
    until(lambda: MAINS_RESTORED in kinds())
    assert kinds().count(MAINS_LOST) == 1


def test_doctor_finds_the_open_broker_and_says_what_to_do(running):
    done = call(
        "doctor", "--config", running.site.config, "--folder", running.folder / "none", "--json"
    )
    found = {one["what"]: one for one in json.loads(done.output)}
    assert found["receiver r0"]["well"]
    assert found["broker"]["well"]
    assert not found["anonymous"]["well"]
    assert "holdfast gateway setup" in found["anonymous"]["text"]
    assert done.exit_code == 1


def test_doctor_beside_a_running_gateway_does_not_silence_it(running):
    heard = running.site.receivers[0].store.heartbeats
    for _ in range(2):
        done = call("doctor", "--config", running.site.config, "--folder", running.folder / "none")
        assert "well   receiver r0" in done.output
    _, now = state(running)
    count = len(heard)
    until(lambda: len(heard) >= count + 3, "heartbeats of the running gateway that are heard")
    assert {epoch for who, epoch, _ in heard if who.hex() == GATEWAY} == {now["epoch"]}


def test_doctor_without_a_running_gateway_leaves_the_next_start_its_epoch(running, tmp_path):
    running.site.kill(15)
    for _ in range(2):
        done = call("doctor", "--config", running.site.config, "--folder", tmp_path / "none")
        assert "well   receiver r0" in done.output
    running.site.start()
    until(lambda: state(running)[1]["paths"][0]["standing"] == "stands")
    heard = running.site.receivers[0].store.heartbeats
    until(lambda: heard[-1][1] == state(running)[1]["epoch"], "the new start to be heard")


def test_a_keypad_that_a_receiver_refuses_is_shown_with_what_to_do(running):
    stranger = Device("bb000000000000ee")
    topic = f"holdfast/1/{stranger.name}/signal"
    running.site.client.publish(topic, stranger.signal(1), qos=1)
    until(lambda: state(running)[1]["refused"])
    code, now = state(running)
    text = f"receiver r0 refuses {stranger.name} (unknown_device): register it there, or retire it"
    assert (code, text in worries(now)) == (1, True)
    done = call("doctor", "--config", running.site.config, "--folder", running.folder / "none")
    assert f"WRONG  refused: {text}" in done.output


def test_a_way_in_the_clear_is_wrong(running, tmp_path):
    text = running.site.config.read_text().replace("127.0.0.1:", "alarm.example:")
    other = running.folder / "clear.toml"
    other.write_text(text.replace('"spool"', '"clearspool"'))
    done = call("doctor", "--config", other, "--folder", tmp_path / "none")
    assert "WRONG  way to r0: http://alarm.example:" in done.output
    assert "use https" in done.output


def test_doctor_names_a_receiver_that_does_not_know_us(running, tmp_path):
    text = running.site.config.read_text().replace('"key"', '"otherkey"')
    text = text.replace('"spool"', '"otherspool"')
    (running.folder / "otherkey").write_text("22" * 32)
    (running.folder / "otherkey").chmod(0o600)
    other = running.folder / "other.toml"
    other.write_text(text)
    done = call("doctor", "--config", other, "--folder", tmp_path / "none")
    assert "WRONG  receiver r0" in done.output
    assert "register its device and key" in done.output


def test_setup_then_doctor_then_a_change_by_hand(running, tmp_path):
    text = running.site.config.read_text().replace(
        "[keypads]\n", f'[keypads]\ndevices = ["{KEYPAD}"]\n'
    )
    config = running.folder / "setup.toml"
    config.write_text(text)
    options = ("--config", config, "--folder", tmp_path / "mq")
    done = call("setup", *options)
    assert done.exit_code == 0, done.output
    assert "password_file" in done.output
    assert (running.folder / "broker-password").stat().st_mode & 0o077 == 0
    assert "is as it was written" in call("doctor", *options).output
    (tmp_path / "mq" / "keypads.acl").write_text("topic readwrite #\n")
    assert "keypads.acl: is not what was written" in call("doctor", *options).output


def test_setup_and_doctor_keep_the_listener_and_add_the_keys_of_provisioned_keypads(
    running, tmp_path
):
    options = ("--config", running.site.config, "--folder", tmp_path / "mq")
    mine = ("--address", "127.0.0.1", "--port", "8999")
    assert call("setup", *options, *mine).exit_code == 0
    assert "is as it was written" in call("doctor", *options).output
    assert "listener 8999 127.0.0.1" in (tmp_path / "mq" / "mosquitto.conf").read_text()
    keys = tmp_path / "keys"
    keys.write_text(f"{KEYPAD}:{'5e' * 32}\n")
    done = call("setup", *options, "--keys", keys)
    assert "Keys of 1 keypads were added" in done.output
    assert keys.read_text() == (tmp_path / "mq" / "keypads.psk").read_text()
    assert "listener 8999 127.0.0.1" in (tmp_path / "mq" / "mosquitto.conf").read_text()
    keys.write_text(f"{KEYPAD}:{'5e' * 31}\n")
    done = call("setup", *options, "--keys", keys)
    assert (done.exit_code, "holds no keys" in done.output) == (78, True)


def test_the_unit_names_this_program_and_is_sandboxed(running):
    done = call("unit", "--config", running.site.config)
    assert done.exit_code == 0
    for line in ("Type=notify", "WatchdogSec=30", "NoNewPrivileges=yes", "ProtectSystem=strict"):
        assert line in done.output.splitlines()
    assert f"ExecStart={sys.prefix}/bin/holdfast gateway run --config" in done.output


def test_the_unit_says_what_it_could_not_see():
    seen = [Path("/opt/holdfast/bin/holdfast"), Path("/homestead/x"), Path("/var/lib/holdfast")]
    assert unseen(*seen) == []
    (note,) = unseen(Path("/home") / "holdfast", *seen)
    assert "lies below /home" in note
    assert "/opt" in note


def test_a_broken_configuration_lists_its_faults_and_exits_78(tmp_path):
    path = tmp_path / "x.toml"
    path.write_text("[gateway]\n")
    done = call("run", "--config", path)
    assert done.exit_code == 78
    assert len(done.output.splitlines()) >= 4


def test_a_second_gateway_on_the_folder_of_one_that_runs_does_not_start(running):
    program = Path(sys.prefix) / "bin" / "holdfast"
    done = subprocess.run(
        [program, "gateway", "run", "--config", running.site.config],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 75
    assert "another gateway runs on" in done.stderr
    assert state(running)[1]["broker"] == "stands"


def test_without_a_running_gateway_status_says_so(running):
    text = running.site.config.read_text().replace('"spool"', '"nowhere"')
    other = running.folder / "nowhere.toml"
    other.write_text(text)
    done = call("status", "--config", other)
    assert done.exit_code == 3
    assert "is the gateway running" in done.output


def test_systemd_is_told_as_sd_notify_does(tmp_path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify("READY=1")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        assert notify("READY=1", "STATUS=up")
        assert listening.recv(100) == b"READY=1\nSTATUS=up"


def test_worries_are_said_in_words():
    told = {
        "device": "d",
        "epoch": 1,
        "uptime_s": 90_061,
        "broker": "lost",
        "spool": {"waiting": 1, "places": 2, "trouble": "full"},
        "paths": [{"name": "a", "standing": "lost", "text": "refused", "owed": 3, "skew_ms": 0}],
        "refused": [],
        "keypads": [{"device": "k", "standing": "late"}],
        "last": [],
        "counts": {"let_go": 2},
    }
    text = "\n".join(lines(told))
    for words in ("1 d 01:01:01", "4 to look at", "broker lost", "keypad k late", "spool: full"):
        assert words in text
    assert 'count_total{what="let_go"} 2' in metrics(told)

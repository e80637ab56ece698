"""holdfast provision gateway: from nothing to a gateway that a receiver hears."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config import load
from holdfast.provision import ProvisionError, gateway

HOLDFAST = Path(sys.executable).with_name("holdfast")


def provision(job, *words, code=0):
    return job.run("gateway", "--site", "4711", "--out", "gw", *job.common(), *words, code=code)


def test_a_gateway_gets_identity_file_and_key_and_its_receiver_hears_it(job):
    said = provision(job, "--zone-name", "Back office", "--folder", "store")
    file = job.folder / "gw" / "gateway.toml"
    loaded = load(file)
    assert f"gateway {loaded.device.hex()} of Bank of the Lowlands is registered" in said
    assert f"holdfast gateway setup --config {Path('gw') / 'gateway.toml'}" in said
    assert (file.parent / "gateway.key").stat().st_mode & 0o777 == 0o600
    assert loaded.key.hex() not in said
    assert loaded.broker.username == "holdfast-gateway"
    assert Path(loaded.broker.password_file).stat().st_mode & 0o777 == 0o600
    assert loaded.folder == file.parent / "store"
    shown = job.devices()[loaded.device.hex()]
    assert (shown["kind"], shown["zone"], shown["zone_name"]) == ("gateway", 0, "Back office")
    done = subprocess.run(
        [HOLDFAST, "gateway", "doctor", "--config", file, "--folder", job.folder / "none"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "well   receiver a: " in done.stdout, done.stdout + done.stderr


def test_given_again_it_keeps_the_identity_and_a_second_receiver_is_added(job):
    provision(job)
    file = job.folder / "gw" / "gateway.toml"
    before = file.read_text()
    provision(job)
    assert file.read_text() == before
    again = job.house[0].url.replace("127.0.0.1", "localhost")
    job.run(
        "gateway", *("--site", "4711", "--out", "gw", "--token-file", "token"), "--receiver", again
    )
    loaded = load(file)
    assert [one.ways[0].url for one in loaded.receivers] == [job.house[0].url, again]
    assert loaded.device.hex() in before


def test_what_cannot_be_is_refused_with_what_to_do(job, tmp_path):
    said = job.run("gateway", "--site", "9", "--out", "gw", *job.common(), code=1)
    assert "it has: 4711 (Bank of the Lowlands)" in said
    assert not (job.folder / "gw").exists()
    (tmp_path / "file").write_text("")
    leads = gateway.Leads("https://receiver.example", None, "spool")
    with pytest.raises(ProvisionError, match="name a folder that this user may write"):
        gateway.prepared(tmp_path / "file", leads)
    gateway.prepared(tmp_path / "here", leads)
    (tmp_path / "here" / "gateway.key").write_text("no key")
    with pytest.raises(ProvisionError, match="holds no key"):
        gateway.prepared(tmp_path / "here", leads)

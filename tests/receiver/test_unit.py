"""The receiver as a service: its unit under a real systemd, with its key as a credential."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from alarm_receiver.config import Settings
from needs import needs
from premises import until
from receiving import Process, wait_for
from systemd_box import SystemdBox, needs_systemd

UNIT = "holdfast-receiver.service"
EXPOSURE_MAX = 2.0
HIDDEN = ("/home", "/root", "/run/user", "/tmp", "/var/tmp")  # noqa: S108  # named, not written to
ROOT = Path(__file__).parents[2]
KEY = "5a" * 32 + "\n"


def unit(*words):
    done = CliRunner().invoke(app, ["unit", *map(str, words)])
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def folder():
    """A folder outside /tmp: the unit has a /tmp of its own."""
    made = Path(tempfile.mkdtemp(prefix="holdfast-test-", dir="/var/lib"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.parametrize("part", ["all", "console", "intake", "engine"])
def test_systemd_finds_nothing_wrong_with_the_units_and_little_exposed(folder, part):
    analyze = needs("systemd-analyze")
    place = folder / UNIT
    place.write_text(unit("--data", folder, "--part", part, "--port", 8480, "--user", "root"))
    verified = subprocess.run(
        [analyze, "verify", "--man=no", place], capture_output=True, text=True, check=False
    )
    assert [line for line in verified.stderr.splitlines() if UNIT in line] == []
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", place],
        capture_output=True,
        text=True,
        check=True,
    )
    exposure = float(rated.stdout.split(f"exposure level for {UNIT}: ")[1].split()[0])
    assert exposure <= EXPOSURE_MAX, rated.stdout


def test_a_part_that_is_none_is_refused(tmp_path):
    done = CliRunner().invoke(app, ["unit", "--data", str(tmp_path), "--part", "gateway"])
    assert done.exit_code == 2
    assert "all, console, intake, engine" in done.output


def test_with_its_key_as_a_credential_a_receiver_starts(tmp_path):
    """Credentials are read-only: what signs the record's head lies in the data folder."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "holdfast-key").write_text(KEY)
    (credentials / "holdfast-key").chmod(0o440)  # the mask of the list that lets its user read it
    data = tmp_path / "data"
    process = Process(str(data), CREDENTIALS_DIRECTORY=str(credentials))
    try:
        wait_for(lambda: process.said("listening"), 60)
    finally:
        assert process.end() == 0
    assert [one.name for one in credentials.iterdir()] == ["holdfast-key"]
    assert (data / "audit.key").is_file()
    assert not (data / "receiver.key").exists()


def test_the_heads_key_is_beside_a_key_file_that_was_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    named = Settings(data=tmp_path, key_file=tmp_path / "keys" / "receiver.key")
    assert named.signing_path == tmp_path / "keys" / "audit.key"
    assert Settings(data=tmp_path).signing_path == tmp_path / "audit.key"


def active(box, before="0"):
    """The main process once it has said READY=1, another one than `before`."""

    def is_active():
        pid = box.show(UNIT, "MainPID")
        return pid if box.show(UNIT, "ActiveState") == "active" and pid not in {"0", before} else ""

    try:
        return until(is_active, wait_s=90)
    except AssertionError:
        said = box.folder / "said"
        text = said.read_text() if said.exists() else "nothing"
        raise AssertionError(f"{box.ctl('status', UNIT).stdout}\n{text[-3000:]}") from None


@pytest.mark.parametrize("part", ["all", "engine"])
def test_ready_frozen_and_stopped_as_systemd_sees_it(folder, part):
    needs_systemd()
    box = SystemdBox(folder)
    data = folder / "data"
    data.mkdir()
    box.unit(UNIT, unit("--data", data, "--part", part, "--user", "root"))
    more = f"[Service]\nWatchdogSec=12\nStandardError=append:{folder}/said\n"
    more += "Environment=HOLDFAST_RECEIVER_PORT=0\n"
    lives = [str(Path(one).resolve()) for one in (sys.base_prefix, sys.prefix, ROOT)]
    if any(one.startswith(HIDDEN) for one in lives):
        more += "ProtectHome=no\nPrivateTmp=no\n"
    box.unit(f"{UNIT}.d/test.conf", more)
    box.unit("postgresql.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    try:
        box.start(UNIT)
        first = active(box)
        status = box.run("cat", f"/proc/{first}/status").stdout
        assert "CapEff:\t0000000000000000" in status
        assert "Seccomp:\t2" in status
        assert (data / "receiver.key").is_file()
        box.run("kill", "-STOP", first)
        active(box, first)
        assert int(box.show(UNIT, "NRestarts")) == 1
        assert box.ctl("stop", UNIT).returncode == 0
        assert box.show(UNIT, "Result") == "success"
        assert '"stopped"' in (folder / "said").read_text().splitlines()[-1]
    finally:
        box.stop()

"""The unit under a real systemd: it says when it is ready, is started anew when it freezes."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.command import app
from needs import needs
from premises import until
from systemd_box import SystemdBox, needs_systemd

UNIT = "holdfast-gateway.service"
EXPOSURE_MAX = 2.0
"""systemd's own scale: 0 is closed, 10 is open; up to 2 it calls OK."""
HOMES = ("/home", "/root", "/run/user")
TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  # named, not written to
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder():
    """A folder outside /tmp: the unit has a /tmp of its own."""
    made = Path(tempfile.mkdtemp(prefix="holdfast-test-", dir="/var/lib"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def configured(folder, user="root"):
    """gateway.toml in `folder`, and the text of its unit."""
    (folder / "key").write_text("11" * 32)
    (folder / "key").chmod(0o600)
    config = folder / "gateway.toml"
    config.write_text(
        '[gateway]\ndevice = "aa00000000000001"\nkey_file = "key"\nfolder = "spool"\n'
        '[broker]\nport = 1\n[[receiver]]\nname = "r"\nurl = "http://127.0.0.1:9"\n'
    )
    (folder / "spool").mkdir()
    done = CliRunner().invoke(app, ["unit", "--config", str(config), "--user", user])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_systemd_finds_nothing_wrong_with_the_unit_and_little_exposed(tmp_path):
    analyze = needs("systemd-analyze")
    unit = tmp_path / UNIT
    unit.write_text(configured(tmp_path))
    verified = subprocess.run(
        [analyze, "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    ours = [line for line in verified.stderr.splitlines() if UNIT in line]
    assert ours == []
    rated = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=True,
    )
    exposure = float(rated.stdout.split(f"exposure level for {UNIT}: ")[1].split()[0])
    assert exposure <= EXPOSURE_MAX, rated.stdout


@pytest.fixture
def box(folder):
    needs_systemd()
    box = SystemdBox(folder)
    box.unit(UNIT, configured(folder))
    box.unit("mosquitto.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n")
    # A second's watchdog in place of half a minute's; and what lives in somebody's home or in /tmp,
    # as on a developer's machine, is hidden from the unit unless those are shown.
    more = f"[Service]\nWatchdogSec=4\nStandardError=append:{folder}/said\n"
    more += f"StateDirectory=\nStateDirectory={folder.name}\n"  # nothing of ours stays behind
    lives = [str(Path(one).resolve()) for one in (sys.base_prefix, sys.prefix, ROOT)]
    if any(one.startswith(HOMES) for one in lives):
        more += "ProtectHome=no\n"
    if any(one.startswith(TEMPORARY) for one in lives):
        more += "PrivateTmp=no\n"
    box.unit(f"{UNIT}.d/test.conf", more)
    box.start(UNIT)
    yield box
    box.stop()


def running(box, before="0"):
    """The main process once it has said READY=1, another one than `before`."""

    def active():
        pid = box.show(UNIT, "MainPID")
        return pid if box.show(UNIT, "ActiveState") == "active" and pid not in {"0", before} else ""

    try:
        return until(active, wait_s=90)
    except AssertionError:
        said = box.folder / "said"
        text = said.read_text() if said.exists() else "nothing"
        status = box.ctl("status", UNIT).stdout
        raise AssertionError(f"{status}\n{text[-2000:]}\n{box.log()[-2000:]}") from None


def test_ready_frozen_killed_and_stopped_as_systemd_sees_it(box, folder):
    first = running(box)
    # the sandbox holds: no rights, filters on, nothing writable but its own folder
    status = box.run("cat", f"/proc/{first}/status").stdout
    assert "CapEff:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    into = ("nsenter", "-t", first, "-m", "--")
    assert "Read-only file system" in box.run(*into, "touch", "/etc/holdfast").stderr
    assert box.run(*into, "touch", folder / "spool" / "there").returncode == 0
    program = f"{sys.prefix}/bin/holdfast"
    told = box.run(program, "gateway", "status", "--config", folder / "gateway.toml")
    assert "path r" in told.stdout, told.stdout + told.stderr
    # frozen: the watchdog has it started anew
    box.run("kill", "-STOP", first)
    second = running(box, first)
    assert int(box.show(UNIT, "NRestarts")) == 1
    # killed: started anew as well
    box.run("kill", "-KILL", second)
    running(box, second)
    assert int(box.show(UNIT, "NRestarts")) == 2
    # stopped in good order: it says so itself, and systemd calls it a success
    assert box.ctl("stop", UNIT).returncode == 0
    assert box.show(UNIT, "ActiveState") == "inactive"
    assert box.show(UNIT, "Result") == "success"
    assert '"stopped"' in (folder / "said").read_text().splitlines()[-1]

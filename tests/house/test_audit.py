"""Attack 24: known holes are looked up by the real pip-audit, and silence is never an answer.

The service is one of ours on loopback that speaks OSV's protocol, and the advisory a true one.
"""

import datetime as dt
import json
import socket
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).parents[2]
ADVISORIES = Path(__file__).parent / "advisories"
VERSIONS = ("1.0", "1.1", "2.0", "3.1.3", "3.1.4rc1", "3.1.4")
sys.path.insert(0, str(ROOT / "tools"))

import advisories  # noqa: E402 - a tool is no package
import audit  # noqa: E402
import sbom  # noqa: E402


def ran(*arguments, url=""):
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "audit.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PIP_AUDIT_OSV_URL": url},
    )


def pinned(lock):
    return sum(line[:1].isalnum() for line in lock.read_text().splitlines())


@pytest.fixture
def lock(tmp_path):
    """A lock file with one version that has a hole, one that has none, one for another system."""
    path = tmp_path / "lock.txt"
    path.write_text(
        "jinja2==3.1.3 \\\n    --hash=sha256:00\nmarkupsafe==2.1.5 \\\n    --hash=sha256:00\n"
        "Jinja2[i18n]==3.1.4 ; sys_platform == 'win32' \\\n    --hash=sha256:00\n"
    )
    return path


@contextmanager
def answering(status, body=b"{}"):
    """Something on loopback that is no OSV service and answers all the same."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/v1/query"
    server.shutdown()
    server.server_close()


def test_attack_24_a_known_hole_fails_with_its_remedy(lock):
    with advisories.served(ADVISORIES) as url:
        found = ran(lock, url=url)
    assert found.returncode == audit.HOLES, found.stdout + found.stderr
    assert "HOLE  jinja2 3.1.3: CVE-2024-34064 GHSA-h75v-3vvj-5mfj, mended in 3.1.4" in found.stdout
    assert "looked up: 3 of lock.txt; known holes: 1" in found.stdout


def test_attack_24_every_locked_package_is_looked_up_for_whatever_system_it_is():
    found = ran("--advisories", ADVISORIES, sbom.LOCK)
    assert found.returncode == audit.CLEAN, found.stdout + found.stderr
    assert f"{pinned(sbom.LOCK)} of run.txt" in found.stdout
    for one in audit.LOCKS:
        assert sum(map(len, audit.pins(one))) == pinned(one)


@pytest.mark.parametrize(("status", "body"), [(404, b"{}"), (200, b"<html>log in")])
def test_attack_24_what_answers_for_the_service_is_no_pass(lock, status, body):
    with answering(status, body) as url:
        found = ran(lock, url=url)
    assert found.returncode == audit.NOT_LOOKED_UP
    assert found.stdout.startswith("NOT LOOKED UP: lock.txt: ")


def test_attack_24_a_service_that_is_away_is_no_pass(lock):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found = ran(lock, url=f"http://127.0.0.1:{free.getsockname()[1]}/v1/query")
    assert found.returncode == audit.NOT_LOOKED_UP
    assert "is not known" in found.stdout
    assert "--advisories" in found.stdout


def test_a_package_that_pip_audit_skipped_is_not_looked_up(lock, monkeypatch):
    def skips(command, **_):
        report = Path(command[command.index("--output") + 1])
        report.write_text(json.dumps({"dependencies": [{"name": "jinja2", "skip_reason": "404"}]}))
        return subprocess.CompletedProcess(command, 0, "", "No known vulnerabilities found")

    monkeypatch.setattr(audit.subprocess, "run", skips)
    with pytest.raises(audit.NotLookedUpError, match="no answer for 2: jinja2"):
        audit.look_up(lock, "http://127.0.0.1/", frozenset())


def test_a_hole_is_accepted_with_a_reason_and_until_a_day(lock, tmp_path):
    accepted = tmp_path / "accepted.toml"
    accepted.write_text(
        '[GHSA-h75v-3vvj-5mfj]\nreason = "no such filter here"\nuntil = 2099-01-01\n'
    )
    found = ran(lock, "--advisories", ADVISORIES, "--accepted", accepted)
    assert found.returncode == audit.CLEAN
    assert "accepted: 1" in found.stdout
    assert audit.read_accepted(accepted, dt.date(2099, 1, 1))
    assert not audit.read_accepted(accepted, dt.date(2099, 1, 2))
    accepted.write_text('[X]\nreason = ""\nuntil = 2099-01-01\n')
    with pytest.raises(SystemExit, match="X needs a reason"):
        audit.read_accepted(accepted, dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ([{"introduced": "0"}, {"fixed": "3.1.4"}], ["1.0", "1.1", "2.0", "3.1.3", "3.1.4rc1"]),
        ([{"introduced": "2.0"}, {"last_affected": "3.1.3"}], ["2.0", "3.1.3"]),
        (
            [{"fixed": "1.1"}, {"introduced": "1.0"}, {"introduced": "3"}, {"fixed": "3.1.4"}],
            ["1.0", "3.1.3", "3.1.4rc1"],
        ),
        ([{"introduced": "0"}, {"limit": "9"}], list(VERSIONS)),
    ],
)
def test_ranges_are_read_as_the_schema_says(events, affected):
    package = {"ecosystem": "PyPI", "name": "Some_Thing"}
    record = {
        "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    }
    touched = [one for one in VERSIONS if advisories.touching([record], "some-thing", one)]
    assert touched == affected


def test_advisories_come_as_a_folder_or_a_zip_and_a_broken_one_hides_nothing(tmp_path):
    (true,) = ADVISORIES.glob("*.json")
    with zipfile.ZipFile(tmp_path / "PyPI.zip", "w") as archive:
        archive.write(true, true.name)
    assert advisories.read(tmp_path / "PyPI.zip") == advisories.read(ADVISORIES)
    (tmp_path / "torn.json").write_text(true.read_text()[:-40])
    for place in (tmp_path, tmp_path / "none.zip", ROOT / "requirements"):
        with pytest.raises(advisories.UnreadableError):
            advisories.read(place)


def test_the_sbom_has_every_locked_package_with_its_hashes(tmp_path):
    made = tmp_path / "holdfast.cdx.json"
    sbom.write(sbom.LOCK, made)
    assert sbom.missing(sbom.LOCK, made) == []
    assert len(sbom.locked(sbom.LOCK)) == pinned(sbom.LOCK)
    whole = json.loads(made.read_text())
    assert whole["metadata"]["component"]["name"] == "holdfast"

    del whole["components"][3]
    whole["components"][0]["externalReferences"][0]["hashes"].pop()
    made.write_text(json.dumps(whole))
    found = sbom.missing(sbom.LOCK, made)
    assert len(found) == 2
    assert found[0].endswith("other hashes")
    assert found[1].endswith("missing")

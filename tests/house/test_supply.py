"""Attack 24: what comes in from outside is pinned to the byte, and only that is installed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)(\[[a-z0-9,-]+\])?==[0-9][^ ;]*( ; [^\\]+)? \\$", re.IGNORECASE
)


def pins(lock):
    """Requirement lines of a lock file, each with the hashes below it."""
    found = []
    for line in lock.read_text("utf-8").splitlines():
        if line.startswith("    --hash="):
            found[-1][1].append(line.strip().rstrip("\\ "))
        elif line.strip() and not line.startswith("#"):
            found.append((line, []))
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda one: one.stem)
def test_attack_24_every_dependency_is_pinned_with_hashes(lock):
    found = pins(lock)
    assert found
    for line, hashes in found:
        assert PIN.match(line), f"{line} is not pinned to one version"
        assert hashes, f"{line} has no hash"
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda one: one.stem)
def test_attack_24_no_lock_names_where_to_get_it(lock):
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text


def test_attack_24_set_up_installs_only_what_has_the_right_hash():
    script = (ROOT / "tools" / "setup.sh").read_text("utf-8")
    installs = [
        line for line in script.splitlines() if "pip install" in line and "requirements" in line
    ]
    assert installs
    assert all("--require-hashes" in line for line in installs)


def test_attack_24_a_changed_wheel_is_refused(tmp_path):
    """pip itself, offline: a wheel whose bytes are not those of the lock."""
    wheel = tmp_path / "holdfast_none-1.0-py3-none-any.whl"
    wheel.write_bytes(b"changed on the way")
    lock = tmp_path / "lock.txt"
    lock.write_text(f"holdfast-none==1.0 --hash=sha256:{'0' * 64}\n")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--no-index", "--find-links", tmp_path),
            *("--require-hashes", "--no-deps", "--target", tmp_path / "into", "-r", lock),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in ran.stderr

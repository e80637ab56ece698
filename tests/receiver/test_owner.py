"""What root types leaves nothing that a receiver which runs as somebody else cannot read."""

import os
import shutil

import pytest
from typer.testing import CliRunner

from alarm_receiver.command import app
from receiving import running

NOBODY = 65534
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root writes for somebody else")


def run(*words):
    done = CliRunner().invoke(app, list(map(str, words)))
    assert done.exit_code == 0, done.output


@pytest.fixture
def theirs(tmp_path):
    """The data folder of a receiver that ran as nobody."""
    folder = tmp_path / "data"
    with running(folder):
        pass
    for one in (folder, *folder.rglob("*")):
        os.chown(one, NOBODY, NOBODY)
    return folder


def roots(folder):
    return sorted(one.name for one in folder.rglob("*") if one.stat().st_uid == 0)


def test_a_key_that_root_rotates_can_be_read_by_the_receiver(theirs):
    run("keys", "rotate", "--data", theirs)
    assert roots(theirs) == []
    assert (theirs / "receiver.key").stat().st_mode & 0o777 == 0o600


def test_a_key_file_in_a_folder_of_roots_stays_the_receivers(theirs, tmp_path, monkeypatch):
    place = tmp_path / "keys" / "receiver.key"
    place.parent.mkdir()
    shutil.move(theirs / "receiver.key", place)
    monkeypatch.setenv("HOLDFAST_RECEIVER_KEY_FILE", str(place))
    run("keys", "rotate", "--data", theirs)
    assert place.stat().st_uid == NOBODY


def test_a_store_that_root_restores_is_the_receivers(theirs, tmp_path):
    run("backup", "--data", theirs, tmp_path / "copy")
    (theirs / "receiver.sqlite3").unlink()
    run("restore", "--data", theirs, tmp_path / "copy")
    assert roots(theirs) == []
    run("confirm-store", "--data", theirs, "--by", "Ada")
    assert roots(theirs) == []

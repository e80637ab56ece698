"""holdfast provision when something is wrong: said, with the remedy, and nothing half done."""

import contextlib
import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.doctor import line
from holdfast.provision import ProvisionError, box
from holdfast.provision.receiver import Receiver, write_token
from receiving import PASSWORD, wait_for

HOLDFAST = Path(sys.executable).with_name("holdfast")


def kept(board):
    path = board.folder / "flash.nvs.holdfast"
    values = json.loads(path.read_text()) if path.exists() else {}
    return set(values) & {"key", "device", "config"}


def test_a_board_that_does_not_hold_its_key_is_refused_and_left_empty(job):
    before = job.devices()
    board = job.board(environment={"BOARD_WORN": "key"})
    said = job.keypad(board, code=1)
    assert "does not hold the key it was given; do the same again" in said
    assert "take another board" in said
    assert kept(board) == set()
    assert job.devices() == before


@pytest.mark.parametrize("place", ["/proc/keypads.psk", "none/keypads.psk", "folder"])
def test_broker_keys_that_cannot_be_written_leave_no_key_anywhere(job, place):
    (job.folder / "folder").mkdir()
    before = job.devices()
    board = job.board()
    said = job.keypad(board, "--broker-keys", place, code=1)
    assert f"the broker's keys {place} cannot be written" in said
    assert "as a user who may write it" in said
    assert kept(board) == set()
    assert job.devices() == before
    assert "is registered, and starts" in job.keypad(board)


def test_the_next_keypad_takes_no_label_from_the_sheet_before(job):
    for name, zone in (("one", 3), ("two", 4)):
        job.keypad(job.board(name), zone=zone)
    first, second = box.done(job.folder / "labels" / "provisioned.csv")
    assert (first.zone, second.zone) == (3, 4)
    for sheet in ("a4.pdf", "tape.pdf"):
        assert job.shows(sheet, first)
        assert job.shows(sheet, second)


# ***** the token *****


class Supervisor:
    """`holdfast provision token` at a terminal of its own, which echoes what it may."""

    def __init__(self, job, *words):
        self.mine, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [HOLDFAST, "provision", "token", "--receiver", job.house[0].url, *map(str, words)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore"},
        )
        os.close(theirs)
        self.shown = ""

    def answer(self, prompt, word):
        wait_for(lambda: prompt in self._more(), 60)
        os.write(self.mine, f"{word}\n".encode())

    def end(self):
        while self.process.poll() is None:
            self._more()
        self._more()
        os.close(self.mine)
        return self.process.returncode

    def _more(self):
        with contextlib.suppress(OSError):  # the other end is closed
            self.shown += os.read(self.mine, 4096).decode()
        return self.shown


def test_a_supervisor_writes_a_token_that_opens_for_the_installer_only(job):
    path = job.folder / "fitter"
    words = ("--name", "Fitter 7", "--hours", 2, "--out", path)
    supervisor = Supervisor(job, *words)
    supervisor.answer("Your name at the receiver:", "Ada")
    supervisor.answer("Password:", PASSWORD)
    assert supervisor.end() == 0, supervisor.shown
    assert "token for Fitter 7 in" in supervisor.shown
    secret = path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret not in supervisor.shown
    assert PASSWORD not in supervisor.shown, "the terminal showed the password"
    write_token(job.folder / "token", secret)
    assert "would do" in job.keypad(job.board(), "--dry-run")


def test_a_wrong_password_gives_no_token_and_says_so(job):
    path = job.folder / "fitter"
    supervisor = Supervisor(job, "--name", "Fitter", "--account", "Ada", "--out", path)
    supervisor.answer("Password:", "wrong password here")
    assert supervisor.end() == 1
    assert "refuses name or password" in supervisor.shown
    assert not path.exists()


@pytest.mark.parametrize("url", ["https://a..b", "https://a:99999", "https://[::1", "a.example"])
def test_an_address_that_can_be_none_is_named(url):
    with pytest.raises(ProvisionError, match="is no address; write https://HOST"):
        Receiver(url, "token")
    assert [one.well for one in line.receiver(url, "")] == [False]


def test_an_authority_that_is_none_is_named(job):
    common = ("revoke", "aa", "--receiver", "https://127.0.0.1:9", "--token-file", "token")
    said = job.run(*common, "--ca-file", "nowhere.pem", code=1)
    assert "nowhere.pem: No such file or directory; name a file that is there" in said
    (job.folder / "rubbish.pem").write_text("no certificate")
    said = job.run(*common, "--ca-file", "rubbish.pem", code=1)
    assert "rubbish.pem: holds no certificate; name a PEM file of one" in said
    found = line.receiver("https://127.0.0.1:9", "", job.folder / "rubbish.pem")
    assert [(one.what, one.well) for one in found] == [("certificate", False)]

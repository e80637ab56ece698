"""What tests of the installers' commands share: a receiver, boards with the application on them."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hardware.emulated_board.terminal_board import TerminalBoard
from holdfast.flash import build
from holdfast.labels import LabelError, fonts
from holdfast.provision.receiver import write_token
from needs import needs
from receiving import running

HOLDFAST = Path(sys.executable).with_name("holdfast")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def application():
    try:
        fonts.find()
    except LabelError:
        needs("a font DejaVu Sans (fonts-dejavu-core)")
    return build.build(ROOT, build.compiler())


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    with running(tmp_path_factory.mktemp("receiver")) as (receiver, client):
        client.site("Bank of the Lowlands", "4711")
        yield receiver, client


class Job:
    """An installer's folder: token, settings, boards with the application on them."""

    def __init__(self, folder, house, application, stack):
        self.folder, self.house = folder, house
        self.application, self.stack = application, stack
        client = house[1]
        answer = client.http.post("/v1/installers", json={"name": folder.name[:80]})
        self.token = answer.json()["token"]
        write_token(folder / "token", self.token)
        (folder / "keypad.toml").write_text('host = "127.0.0.1"\n')
        self.seen_commands = set()

    def board(self, name="board", **how):
        board = TerminalBoard(self.folder / name, self.folder / f"{name}.port", **how)
        for path, content in self.application.items():
            place = board.files / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        return self.stack.enter_context(board.start())

    @staticmethod
    def open(board):
        """What an installer does first to a keypad in use: its lid is open, he holds BOOT."""
        board.drive(0, 0)
        settings = board.folder / "flash.nvs.holdfast"
        until = time.monotonic() + 300  # without a broker it waits out a minute of turns
        while json.loads(settings.read_text("utf-8")).get("service") != 2:
            assert time.monotonic() < until, "it was not opened"
            time.sleep(0.05)
        board.drive(0, 1)

    def run(self, *words, code=0):
        command = [HOLDFAST, "provision", *map(str, words)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "HOLDFAST_TOKEN": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr

    def keypad(self, board, *words, zone=3, code=0):
        return self.run(
            *("keypad", "--site", "4711", "--zone", zone, "--zone-name", "Counter 3"),
            *("--port", board.port, *self.common(), *words),
            code=code,
        )

    def common(self):
        return ("--receiver", self.house[0].url, "--token-file", "token")

    def shows(self, sheet, keypad):
        """Whether a PDF among the labels shows the keypad's identity as people read it."""
        text = subprocess.run(
            [needs("pdftotext"), self.folder / "labels" / sheet, "-"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        return " ".join(keypad.device[n : n + 4] for n in range(0, 16, 4)) in text

    @contextlib.contextmanager
    def watched(self):
        ended = threading.Event()
        watcher = threading.Thread(target=self._watch_processes, args=(ended,))
        watcher.start()
        yield
        ended.set()
        watcher.join()

    def _watch_processes(self, ended):
        while not ended.wait(0.02):
            for process in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    self.seen_commands.add((process / "cmdline").read_bytes())

    def devices(self):
        found = self.house[1].http.get("/v1/devices").json()
        return {one["device"]: one for one in found}


@pytest.fixture
def job(tmp_path, house, application):
    with contextlib.ExitStack() as stack:
        yield Job(tmp_path, house, application, stack)

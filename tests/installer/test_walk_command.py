"""`holdfast walk-test` as an installer has it: his terminal, his answers, the end of the time."""

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alarm_wire import signal as wire
from holdfast.provision.receiver import write_token
from receiving import Keypad, running, wait_for

HOLDFAST = Path(sys.executable).with_name("holdfast")


@pytest.fixture
def house(tmp_path):
    with running(tmp_path / "receiver") as (receiver, client):
        yield receiver, client


class Terminal:
    """The command with a terminal for its questions; `said` is all that it printed."""

    def __init__(self, folder, house, *words):
        sent = house[1].http.post("/v1/installers", json={"name": "Fitter"}).json()
        write_token(folder / "token", sent["token"])
        self._mine, theirs = pty.openpty()
        common = ("--receiver", house[0].url, "--token-file", folder / "token")
        self.process = subprocess.Popen(
            [HOLDFAST, "walk-test", *common, "--out", folder / "walk.pdf", *map(str, words)],
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "HOLDFAST_TOKEN": ""},
        )
        os.close(theirs)
        self.said = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        while text := self.process.stdout.read(1):
            self.said += text

    def wait(self, words):
        try:
            wait_for(lambda: words in self.said, 60)
        except AssertionError:
            self.process.kill()
            self.end()
            raise AssertionError(f"{words!r} is not in: {self.said}") from None

    def answer(self, word):
        os.write(self._mine, f"{word}\n".encode())

    def end(self):
        code = self.process.wait(60)
        self._reader.join()
        self.process.stdout.close()
        os.close(self._mine)
        return code


def site_with(client, account, zones):
    site = client.site(f"Bank {account}", account)
    keypads = [Keypad() for _ in range(zones)]
    for zone, keypad in enumerate(keypads, 1):
        client.register(keypad, site, zone=zone, zone_name=f"Counter {zone}")
    return keypads


def on_test(client):
    return client.http.get("/v1/tests").json()


def test_each_unmarked_press_is_asked_about_once_until_yes_or_no(tmp_path, house):
    client = house[1]
    one, two = site_with(client, "4711", 2)
    terminal = Terminal(tmp_path, house, "--site", "4711")
    terminal.wait("[ ] zone 2 Counter 2")
    client.send(one.press(wire.HOLD_UP, flags=wire.SILENT, zone=1))
    terminal.wait("[!] zone 1 Counter 1: hold_up, not marked as a test")
    terminal.wait("Was that you? The desk has it as real. [y/n]")
    terminal.answer("hm")  # no answer: it comes again
    wait_for(lambda: terminal.said.count("Was that you?") == 2)
    terminal.answer("n")
    terminal.wait("written down; the desk goes on with it")
    client.send(one.press(zone=1))
    wait_for(lambda: terminal.said.count("Was that you?") == 3)
    terminal.answer("y")
    terminal.wait("[x] zone 1 Counter 1: sent after 50 ms, your word (1/2)")
    client.send(two.press(zone=2, flags=wire.TEST))
    terminal.wait("[x] zone 2 Counter 2: sent after 50 ms, marked by the keypad (2/2)")
    assert terminal.end() == 3, "a press that nobody vouched for is left"
    assert terminal.said.count("Was that you?") == 3
    assert (tmp_path / "walk.pdf").read_bytes().startswith(b"%PDF")
    assert not on_test(client), "it ends the test when it is done"
    open_tickets = [one for one in client.tickets() if one["state"] == "open"]
    assert {one["class"] for one in open_tickets} == {"emergency", "test"}


def test_the_end_is_announced_before_it_comes_and_comes_by_itself(tmp_path, house):
    receiver, client = house
    _, two = site_with(client, "4711", 2)
    terminal = Terminal(tmp_path, house, "--site", "4711", "--minutes", 10)
    terminal.wait("[ ] zone 1 Counter 1")
    clock = receiver.receiver.context.clock
    clock._offset_ns += 200 * 10**9
    client.send(two.press(zone=2, flags=wire.TEST))
    terminal.wait("(1/2)")  # so it has looked since
    assert "the test ends at" not in terminal.said
    clock._offset_ns += 110 * 10**9
    terminal.wait("the test ends at")
    assert "1 are left" in terminal.said
    assert "ended by itself" not in terminal.said
    clock._offset_ns += 300 * 10**9
    terminal.wait("the test has ended by itself")
    assert terminal.end() == 3
    assert "not pressed  zone 1 Counter 1" in terminal.said
    assert not on_test(client)


def test_where_nobody_can_answer_no_press_is_vouched_for(tmp_path, house):
    client = house[1]
    (one,) = site_with(client, "4711", 1)
    sent = client.http.post("/v1/installers", json={"name": "Fitter"}).json()
    write_token(tmp_path / "token", sent["token"])
    command = [HOLDFAST, "walk-test", "--site", "4711", "--receiver", house[0].url]
    process = subprocess.Popen(
        [*command, "--token-file", tmp_path / "token", "--out", tmp_path / "walk.pdf"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    wait_for(lambda: on_test(client), 60)
    client.send(one.press(zone=1))
    site = on_test(client)[0]["site"]
    presses = f"/v1/sites/{site}/presses"
    wait_for(
        lambda: [p["standing"] for p in client.http.get(presses).json()["presses"]] == ["disowned"]
    )
    client.send(one.press(zone=1, flags=wire.TEST))
    said = process.communicate(timeout=60)[0]
    assert process.returncode == 3
    assert "marked by the keypad (1/1)" in said

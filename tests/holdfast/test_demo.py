"""`holdfast demo` as a person and as a script use it: real parts, real processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from holdfast.hops import SHOWN
from holdfast.line import Line
from needs import needs

pytestmark = pytest.mark.timeout(90)
HOLDFAST = [sys.executable, "-m", "holdfast"]


def demo(*options, timeout=60):
    return subprocess.run(
        [*HOLDFAST, "demo", *options],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_an_unattended_press_prints_one_json_object(broker):
    if broker == "mosquitto":
        needs("mosquitto")
    ran = demo("--press", "--json", "--exit", "--broker", broker)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["ok"] is True
    assert told["receipts_seen_by_keypad"] == ["stored", "acknowledged"]
    assert told["ticket_state"] == "acknowledged"
    assert told["ticket"] == 1
    assert [hop["hop"] for hop in told["hops"]] == list(SHOWN)
    assert all(hop["ms"] > 0 for hop in told["hops"])
    assert told["lamp"] == "acknowledged"


def test_the_keypad_of_a_release_runs_the_line_in_64_kb(tmp_path):
    with Line(tmp_path, compiled=True, heap_kb=64) as line:
        line.press()
        journey = line.wait_journey(lambda one: one.complete("stored") and "pressed" in one.at)
        line.board.release()
    assert journey is not None


def test_a_covert_keypad_shows_nothing_while_the_ticket_opens(tmp_path):
    with Line(tmp_path, nvs={"covert": True}) as line:
        line.press()
        journey = line.wait_journey(lambda one: one.complete("receipted") and "pressed" in one.at)
        line.board.release()
        tickets = line.tickets()
        lamps = [event.lamp for event in line.board.events() if event.kind == "lamp"]
        said = line.board.said()
    assert journey is not None
    assert tickets[0]["signals"][0]["silent"] is True
    assert lamps == []
    assert said == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--broker", "nonsense"], "choose embedded or mosquitto"),
        (["--data", os.path.dirname(__file__)], "is not empty"),  # noqa: PTH120  # a plain text
        (["--covert", "--press"], "shows nothing"),
    ],
)
def test_wrong_options_are_answered_with_what_to_do(options, says):
    ran = demo(*options)
    assert ran.returncode == 2
    assert says in re.sub(r"[│\s]+", " ", ran.stderr)


class Attended:
    """A demo in its own process group, its terminal output read line by line."""

    def __init__(self):
        self.process = subprocess.Popen(
            [*HOLDFAST, "demo"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def wait_for(self, pattern):
        seen = []
        for text in self.process.stdout:
            seen.append(text)
            found = re.search(pattern, text)
            if found:
                return found
        raise AssertionError("".join(seen))

    def end(self):
        self.process.send_signal(signal.SIGINT)
        rest = self.process.communicate(timeout=60)[0]
        until = time.monotonic() + 20
        while (left := self.left()) and time.monotonic() < until:
            time.sleep(0.1)  # the kernel may still be burying them
        return self.process.returncode, rest, left

    def left(self):
        return subprocess.run(
            ["ps", "-o", "pid,stat,args", "--no-headers", "-s", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout


def test_enter_and_the_page_press_and_ctrl_c_leaves_nothing_behind():
    attended = Attended()
    try:
        page = attended.wait_for(r"Red button\s+(http://\S+)")[1]
        attended.wait_for("Enter")
        attended.process.stdin.write("\n")
        attended.process.stdin.flush()
        attended.wait_for(r"pressed → taken .* → stored")
        with urllib.request.urlopen(page) as answer:  # noqa: S310  # our own page on loopback
            assert 'id="press"' in answer.read().decode()
        ask = urllib.request.Request(page + "press", method="POST", headers={"X-Demo": "press"})  # noqa: S310
        with urllib.request.urlopen(ask) as answer:  # noqa: S310  # our own page on loopback
            assert answer.status == 204
        attended.wait_for(r"pressed → taken .* → stored")
        bare = urllib.request.Request(page + "press", method="POST")  # noqa: S310
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(bare)  # noqa: S310
    finally:
        code, rest, left = attended.end()
    assert code == 0, rest
    assert "Traceback" not in rest
    assert left == ""

"""Somebody sets the clock a day forth or back, the receiver dies and starts: steps stay on time.

The receiver is a process of its own under libfaketime, which moves its wall clock and leaves the
monotonic one alone, as setting a clock does. The time is taken outside, on our monotonic clock.
Behind `make prove`: libfaketime's own wait for a condition was once seen to hold Python's lock for
ever (a thread in take_gil, for a mutex that nobody held), and CI is no place for that.
"""

import signal
import time
from pathlib import Path

import pytest

from needs import needs
from receiving import Client, Keypad, Process, wait_for

WAIT_S = 4
STEPS = 4
DAY_S = 86_400
pytestmark = pytest.mark.prove


def preload():
    """Where libfaketime lies."""
    needs("faketime")
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")))


class Moved:
    """A receiver whose wall clock can be set, and which can be killed and started again."""

    def __init__(self, data):
        self.data = data
        self.hand = data.parent / "clock"
        self.set(0)
        self.process = self._start()
        self.client = Client(self.process.url())
        self.client.set_up(wait_for(lambda: self.process.said("setup"), 60)["link"].split("/")[-1])

    def set(self, ahead_s):
        """Set the wall clock of the receiver so far ahead of ours."""
        new = self.hand.with_suffix(".new")
        new.write_text(f"{ahead_s:+d}\n")
        new.replace(self.hand)

    def restart(self, ahead_s, between=lambda: None):
        """Kill it, set the clock, start it."""
        self.process.end(signal.SIGKILL)
        self.set(ahead_s)
        between()
        token = self.client.token
        self.client.close()
        self.process = self._start()
        self.client = Client(self.process.url())
        self.client.token = token
        self.client.http.headers["Authorization"] = f"Bearer {token}"

    def _start(self):
        process = Process(
            self.data,
            LD_PRELOAD=preload(),
            FAKETIME_TIMESTAMP_FILE=str(self.hand),
            FAKETIME_NO_CACHE="1",
            FAKETIME_DONT_FAKE_MONOTONIC="1",
        )
        wait_for(lambda: process.said("listening"), 60)
        return process

    def press(self, wait_s=WAIT_S):
        """Press once under a policy of short steps; the ticket, and our clock before and after."""
        steps = [{"wait_s": wait_s, "targets": ["role:operator"]}] * STEPS
        policy = {"steps": steps, "acknowledged_s": 600, "dispatched_s": 600}
        answer = self.client.http.put("/v1/policies/emergency", json=policy)
        assert answer.status_code == 200, answer.text
        keypad = Keypad()
        self.client.register(keypad, self.client.site())
        before = time.monotonic()
        self.client.send(keypad.press())
        after = time.monotonic()
        return self.client.tickets()[0]["id"], before, after

    def when(self, id_, round_):
        """When the ticket was seen in its round, on our clock."""
        wait_for(lambda: self.client.ticket(id_)["round"] >= round_, 60)
        return time.monotonic()

    def end(self):
        self.client.close()
        self.process.end(signal.SIGKILL)


@pytest.fixture
def moved(tmp_path):
    one = Moved(tmp_path / "data")
    yield one
    one.end()


def steps_under_jumps(moved):
    """Four steps: a day forth, a restart a day back, two days forth, a restart a day forth."""
    id_, before, last = moved.press()
    turns = (
        lambda: moved.set(DAY_S),
        lambda: moved.restart(-DAY_S),
        lambda: moved.set(DAY_S),
        lambda: moved.restart(DAY_S),
    )
    seen_s, late_s = [], []
    for round_, turn in enumerate(turns, start=1):
        turn()
        up = time.monotonic()
        assert abs(skew_s(moved.client)) > DAY_S / 2, "else the clock did not move"
        now = moved.when(id_, round_)
        seen_s.append(now - before)
        late_s.append(now - max(last + WAIT_S, up))
        last = now
    print("late by", ", ".join(f"{one:.2f} s" for one in late_s))
    ticket = moved.client.ticket(id_)
    raised = [one["at"] for one in ticket["entries"] if one["act"] == "come_back"]
    assert len(raised) >= STEPS
    assert raised == sorted(raised)
    return seen_s, late_s


def test_steps_stay_on_time_when_the_clock_is_set_and_the_receiver_dies(moved):
    """A step that fell due while nobody ran is due when the receiver listens again."""
    seen_s, late_s = steps_under_jumps(moved)
    assert len(seen_s) == STEPS
    for round_, after_s in enumerate(seen_s, start=1):
        assert after_s >= round_ * WAIT_S - 1, "too early"
    assert all(abs(one) <= 1 for one in late_s), late_s


def test_after_a_reboot_with_the_clock_a_day_back_a_ticket_comes_back_at_once(moved):
    """Then nothing says what time it is; a step too early wakes somebody, a day too late kills."""
    id_, _, _ = moved.press(wait_s=3600)
    moved.restart(-DAY_S, between=(moved.data / "clock.json").unlink)
    moved.when(id_, 1)
    raised = [one for one in moved.client.ticket(id_)["entries"] if one["act"] == "come_back"]
    assert [one["detail"]["clock"] for one in raised] == ["set back"]


def skew_s(client):
    for line in client.http.get("/metrics").text.splitlines():
        if "clock_skew" in line and not line.startswith("#"):
            return float(line.split()[-1])
    raise AssertionError("no clock_skew in /metrics")

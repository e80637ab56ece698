"""One JSON object a line; nobody reading must never make an alarm wait."""

import io
import json
import threading
import time

from gateway import journal as module
from gateway.journal import Journal


def test_lines_are_json_and_hops_carry_their_identity():
    stream = io.StringIO()
    journal = Journal(stream)
    journal.say("ready", broker="127.0.0.1:1")
    journal.hop("spooled", b"keypad01", 2, 3)
    journal.flush()
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["what"], first["broker"]) == ("ready", "127.0.0.1:1")
    assert second["hop"] == "spooled"
    assert (second["device"], second["epoch"], second["number"]) == (b"keypad01".hex(), 2, 3)
    assert abs(second["at"] - time.time()) < 60


class Stuck(io.StringIO):
    """A pipe that nobody reads."""

    def __init__(self):
        super().__init__()
        self.read = threading.Event()

    def write(self, text):
        self.read.wait(10)
        return super().write(text)


def test_a_reader_that_stopped_costs_lines_not_time(monkeypatch):
    monkeypatch.setattr(module, "LINES_MAX", 100)
    stream = Stuck()
    journal = Journal(stream)
    started = time.monotonic()
    for _ in range(1000):
        journal.say("x")
    assert time.monotonic() - started < 5
    assert journal.dropped >= 300
    stream.read.set()
    journal.flush()


def test_a_closed_stream_is_no_reason_to_end():
    stream = io.StringIO()
    stream.close()
    journal = Journal(stream)
    journal.say("x")
    journal.flush()
    assert journal.dropped == 1

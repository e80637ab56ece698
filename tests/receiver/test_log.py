"""The log: nobody who logs waits, nothing that was logged vanishes without being counted."""

import io
import json
import os
import threading

from alarm_receiver.log import LINES_MAX, Log
from receiving import wait_for


def test_lines_of_many_threads_all_come_each_thread_in_its_order():
    stream = io.StringIO()
    said = Log(stream)

    def say(name):
        for number in range(500):
            said("said", name=name, number=number)

    threads = [threading.Thread(target=say, args=(name,)) for name in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    said.flush()
    lines = [json.loads(one) for one in stream.getvalue().splitlines()]
    for name in range(4):
        assert [one["number"] for one in lines if one["name"] == name] == list(range(500))
    assert said.dropped == 0


def test_what_flush_was_called_for_is_written_when_it_returns():
    stream = io.StringIO()
    said = Log(stream)
    for number in range(30):
        said("said", number=number)
        said.flush()
        assert len(stream.getvalue().splitlines()) == number + 1


def test_when_nobody_reads_the_oldest_are_dropped_and_counted_and_nobody_waits():
    reading, writing = os.pipe()
    with open(writing, "w", encoding="utf-8") as full, open(reading, encoding="utf-8") as reader:
        said = Log(full)
        said.lines(["x" * 100_000])  # more than a pipe holds: the thread stands here
        wait_for(lambda: not said._lines)
        said.lines([str(number) for number in range(LINES_MAX)])
        said.lines(["newest"])
        said.flush(0.05)
        assert said.dropped == 1
        got = [reader.readline() for _ in range(LINES_MAX + 1)]
        assert got[1] == "1\n", "the oldest went"
        assert got[-1] == "newest\n"
        said.flush()


def test_a_stream_that_is_closed_is_counted_and_ends_nothing():
    stream = io.StringIO()
    said = Log(stream)
    stream.close()
    said.lines(["lost", "too"])
    said.flush()
    assert said.dropped == 2

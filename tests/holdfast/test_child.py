"""A child's log is read as it comes, and one that dies is reported with its last words."""

import sys
import time

import pytest

from holdfast.child import Child, ChildError


def child(program, heard=lambda _line: None):
    return Child("part", [sys.executable, "-c", "import sys, json, time\n" + program], heard)


def test_log_lines_are_waited_for_and_hops_go_to_the_listener():
    heard = []
    part = child(
        """
for line in ('plain words', '{"hop": "spooled"}', '{"what": "ready", "port": 5}'):
    print(line, file=sys.stderr, flush=True)
time.sleep(60)
""",
        heard.append,
    )
    try:
        assert part.wait_for("ready") == {"what": "ready", "port": 5}
        assert part.wait_for("ready")["port"] == 5
        assert heard[0] == {"hop": "spooled"}
        assert part.alive()
    finally:
        part.stop()
    assert not part.alive()


def test_a_child_that_dies_is_reported_with_its_last_words():
    part = child("sys.exit('the port is taken')")
    with pytest.raises(ChildError, match=r"ended before it was ready.*\n.*the port is taken"):
        part.wait_for("ready")
    part.stop()


def test_a_child_that_is_too_slow_is_reported():
    part = child("time.sleep(60)")
    with pytest.raises(ChildError, match=r"was not ready within 0 s"):
        part.wait_for("ready", 0.05)
    part.kill()


def test_a_child_that_does_not_listen_is_killed():
    part = child(
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        'print(\'{"what": "deaf"}\', file=sys.stderr, flush=True); time.sleep(60)'
    )
    part.wait_for("deaf")
    started = time.monotonic()
    part.stop(timeout_s=0.1)
    assert not part.alive()
    assert time.monotonic() - started < 30

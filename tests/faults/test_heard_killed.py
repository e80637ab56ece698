"""A heartbeat that was heard before a receiver was killed, or ended, does not count after it."""

import signal
import sqlite3
from contextlib import closing

import pytest

from alarm_receiver.store.lately import Lately
from alarm_wire.frame import STALE
from alarm_wire.receipt import Receipt, unpack_refusal
from receiving import Client, Keypad, Process, wait_for

COUNT = 5


def kept(folder):
    """The numbers that the store has."""
    with closing(sqlite3.connect(folder / "receiver.sqlite3")) as store:
        return [one for (one,) in store.execute("SELECT number FROM heard")]


def noted(folder):
    """The numbers that stand beside it."""
    return [row[2] for row in Lately(folder, print).left()]


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["keypad", "gateway"])
def test_recorded_heartbeats_do_not_count_again(tmp_path, kind, end):
    device = Keypad()
    first = Process(tmp_path)
    client = Client(first.url())
    try:
        client.set_up(first.said("setup")["link"].rsplit("/", 1)[1])
        client.register(device, client.site(), kind=kind)
        recorded = [device.heartbeat() for _ in range(COUNT)]
        client.send(recorded[0])
        wait_for(lambda: kept(tmp_path) == [1])
        client.send(*recorded[1:])
        wait_for(lambda: noted(tmp_path) == [COUNT])
    finally:
        client.close()
        first.end(end)
    second = Process(tmp_path)
    client = Client(second.url())
    try:
        answers = client.send(*recorded)
        assert [unpack_refusal(one).reason for one in answers] == [STALE] * COUNT
        assert kept(tmp_path) == [COUNT]
        assert isinstance(device.read(client.send(device.heartbeat())[0]), Receipt)
    finally:
        client.close()
        assert second.end() == 0
    assert list(tmp_path.glob("heard-*")) == [], "an orderly end has kept it all"

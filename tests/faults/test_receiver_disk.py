"""A disk that is full or broken: refused honestly, nothing promised that is not kept."""

import resource

import httpx
import pytest

from alarm_receiver.store.writer import EXIT_DISK
from alarm_wire import receipt
from receiving import Client, Keypad, Process, running, wait_for


def test_a_full_disk_gets_503_and_the_receiver_recovers_by_itself(tmp_path):
    keypads = [Keypad() for _ in range(40)]
    with running(tmp_path) as (receiver, client):
        for one in keypads:
            client.register(one, client.site())
        writing = receiver.receiver.writer._engine.raw_connection()
        pages = writing.cursor().execute("PRAGMA page_count").fetchone()[0]
        writing.cursor().execute(f"PRAGMA max_page_count = {pages + 2}")
        stored, refused = [], []
        for _ in range(8):
            for one in keypads:
                answer = client.post([one.press()])
                (refused if answer.status_code == 503 else stored).append((one, one.number))
        assert refused
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["status"] == 503
        wait_for(lambda: receiver.lines.named("not_committed"))
        writing.cursor().execute("PRAGMA max_page_count = 1073741823")
        for one, number in refused:
            (told,) = client.send(one.frame(one.signal(number=number)))
            assert one.read(told).state == receipt.STORED
        kept = {
            (signal["device"], signal["number"])
            for ticket in client.tickets(limit=200)
            for signal in ticket["signals"]
        }
        assert {(one.device.hex(), number) for one, number in stored + refused} == kept
        writing.close()


def press_until_dead(client, keypad):
    while client.post([keypad.press()]).status_code in (200, 503):
        pass


def test_a_disk_that_fails_a_write_ends_the_process(tmp_path):
    process = Process(tmp_path)
    try:
        client = Client(process.url())
        client.set_up(wait_for(lambda: process.said("setup"))["link"].rsplit("/", 1)[1])
        keypad = Keypad()
        client.register(keypad, client.site())
        (told,) = client.send(keypad.press())
        assert keypad.read(told).state == receipt.STORED
        size = (tmp_path / "receiver.sqlite3-wal").stat().st_size
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (size, size))
        with pytest.raises(httpx.HTTPError):
            press_until_dead(client, keypad)
        assert process.process.wait(20) == EXIT_DISK
        assert process.said("disk_failed")
    finally:
        process.end()

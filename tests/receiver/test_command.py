"""The receiver as a process: starts, says where it is, ends when told, and names its troubles."""

import signal
import socket
import time

import pytest

from receiving import Client, Keypad, Process, wait_for


def test_start_set_up_press_and_a_clean_end(tmp_path):
    process = Process(tmp_path)
    try:
        client = Client(process.url())
        link = wait_for(lambda: process.said("setup"))["link"]
        assert link.startswith(process.url() + "/setup/")
        assert "Make the account" in client.http.get(link).text
        client.set_up(link.rsplit("/", 1)[1])
        keypad = Keypad()
        client.register(keypad, client.site())
        client.send(keypad.press())
        client.close()
        assert process.end(signal.SIGTERM) == 0
        assert process.said("stopped")
        assert keypad.key.hex() not in "".join(process.lines)
    finally:
        process.end(signal.SIGKILL)


@pytest.mark.parametrize("after_s", [0, 0.05, 0.1, 0.2, 0.4])
@pytest.mark.parametrize("part", ["all", "engine"])
def test_told_to_end_while_it_starts_it_ends_in_order(tmp_path, part, after_s):
    """From the word that it listens on, whatever it is just doing then."""
    process = Process(tmp_path, None if part == "engine" else 0, part=part)
    try:
        begun = {"all": "listening", "engine": "engine_runs"}[part]
        wait_for(lambda: process.said(begun), 60)
        time.sleep(after_s)  # another place of the start each time: it is what the test is about
        assert process.end(signal.SIGTERM) == 0, process.lines
        assert process.said("stopped")
    finally:
        process.end(signal.SIGKILL)


def test_told_twice_it_still_ends_in_order(tmp_path):
    process = Process(tmp_path)
    try:
        process.url()
        process.process.send_signal(signal.SIGTERM)
        wait_for(lambda: process.said("stopping") or process.process.poll() is not None)
        assert process.end(signal.SIGTERM) == 0, process.lines
    finally:
        process.end(signal.SIGKILL)


def test_a_sqlite_file_may_be_named_elsewhere_than_the_data_folder(tmp_path):
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.sqlite3"
    process = Process(tmp_path / "data", HOLDFAST_RECEIVER_DATABASE=elsewhere)
    try:
        assert process.url()
        assert (tmp_path / "elsewhere.sqlite3").exists()
    finally:
        process.end()


def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = Process(tmp_path, port)
        assert process.process.wait(30) == 2
        process.end()
        said = "".join(process.lines)
        assert f"127.0.0.1 port {port}" in said
        assert "taken by another program" in said
        assert "--port" in said
        assert "Traceback" not in said


def test_an_address_of_another_machine_is_named_with_what_to_do(tmp_path):
    process = Process(tmp_path, HOLDFAST_RECEIVER_HOST="192.0.2.1")
    assert process.process.wait(60) == 2
    process.end()
    said = "".join(process.lines)
    assert "cannot listen on 192.0.2.1" in said
    assert "--host names an address of this machine" in said
    assert "Traceback" not in said


def test_a_data_folder_that_cannot_be_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    process = Process(tmp_path / "file" / "data")
    assert process.process.wait(30) == 2
    process.end()
    said = "".join(process.lines)
    assert "cannot make the data folder" in said
    assert "Traceback" not in said

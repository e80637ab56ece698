"""Batches of signals as bytes on a connection: the way past ASGI, and the ASGI way, to one door.

Whatever way a batch takes, its answer is the same and comes after its COMMIT, in its turn.
"""

import socket

import pytest

from alarm_receiver.store.waiting import Unavailable
from alarm_receiver.store.writer import Writer
from alarm_receiver.web.intake import Intake
from alarm_wire import batch
from alarm_wire.receipt import HEARD, STORED, open_receipt
from alarm_wire.seal import RECEIPT, Signer
from receiving import Keypad


def request(body, *headers, version="1.1", path="/v1/signals"):
    head = [f"POST {path} HTTP/{version}", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def press(keypad):
    return batch.pack([keypad.press()])


class Wire:
    """A connection to the receiver, read answer by answer."""

    def __init__(self, receiver):
        self._socket = socket.create_connection(("127.0.0.1", receiver.port), timeout=60)
        self._file = self._socket.makefile("rb")

    def send(self, data):
        self._socket.sendall(data)

    def answer(self):
        """Status, headers and body of the next answer."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            headers[name.decode().lower()] = value.strip().decode()
        return status, headers, self._file.read(int(headers.get("content-length", 0)))

    @property
    def ended(self):
        return self._file.read(1) == b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()
        self._socket.close()


@pytest.fixture
def keypad(client):
    one = Keypad()
    client.register(one, client.site())
    return one


@pytest.fixture
def wire(house):
    with Wire(house[0]) as one:
        yield one


def states(keypad, body):
    signer = Signer(keypad.key, RECEIPT)
    return [open_receipt(one, signer).state for one in batch.unpack(body)]


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"path": "/v1/signals?way=asgi"},
        {"headers": ["Content-Type: application/vnd.holdfast.batch"]},
    ],
    ids=["direct", "with a query", "with a type"],
)
def test_every_way_gives_receipts_and_keeps_the_connection(wire, keypad, way):
    headers = way.pop("headers", [])
    for _ in range(2):
        wire.send(request(batch.pack([keypad.press(), keypad.heartbeat()]), *headers, **way))
        status, said, body = wire.answer()
        assert (status, said["content-type"]) == (200, "application/vnd.holdfast.batch")
        assert states(keypad, body) == [STORED, HEARD]


def test_pipelined_requests_are_answered_in_their_order(wire, keypad):
    bodies = [press(keypad) for _ in range(5)]
    wire.send(b"".join(map(request, bodies)) + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
    for sent in bodies:
        _, _, body = wire.answer()
        receipt = open_receipt(batch.unpack(body)[0], Signer(keypad.key, RECEIPT))
        assert (receipt.epoch, receipt.number) == identity(sent)
    assert wire.answer()[0] == 200


def identity(body):
    frame = batch.unpack(body)[0]
    return int.from_bytes(frame[10:14], "big"), int.from_bytes(frame[14:18], "big")


def test_a_body_in_pieces_and_one_in_chunks(wire, keypad):
    whole = request(press(keypad))
    for one in whole:
        wire.send(bytes([one]))
    assert states(keypad, wire.answer()[2]) == [STORED]
    body = press(keypad)
    head = b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire.send(head + b"5\r\n" + body[:5] + b"\r\n")
    wire.send(b"%x\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n")
    assert states(keypad, wire.answer()[2]) == [STORED]


def test_who_asks_first_is_told_to_go_on(wire, keypad):
    body = press(keypad)
    wire.send(request(b"", "Expect: 100-continue").replace(b"Length: 0", b"Length: %d" % len(body)))
    assert wire.answer()[0] == 100
    wire.send(body)
    assert states(keypad, wire.answer()[2]) == [STORED]


@pytest.mark.parametrize("way", [{}, {"version": "1.0"}], ids=["1.1", "1.0"])
def test_who_wants_the_connection_closed_gets_his_answer_first(wire, keypad, way):
    wire.send(request(press(keypad), "Connection: close", **way))
    status, said, body = wire.answer()
    assert (status, said["connection"], states(keypad, body)) == (200, "close", [STORED])
    assert wire.ended


def test_a_body_that_is_no_batch_or_too_long_is_refused_and_the_next_one_heard(wire, keypad):
    wire.send(request(b"\x00"))
    assert wire.answer()[0] == 400
    wire.send(request(bytes(batch.BATCH_BYTES_MAX + 1)))
    assert wire.answer()[0] == 413
    wire.send(request(press(keypad)))
    assert states(keypad, wire.answer()[2]) == [STORED]


def test_a_body_without_end_is_refused_before_its_end(wire):
    head = b"POST /v1/signals HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n"
    wire.send(head + bytes(batch.BATCH_BYTES_MAX + 1))
    assert wire.answer()[0] == 413


def test_who_hangs_up_before_his_receipt_has_it_stored_and_hurts_nobody(house, client, keypad):
    receiver, _ = house
    frame = keypad.press()
    with Wire(receiver) as gone:
        gone.send(request(batch.pack([frame])))
    (answer,) = client.send(frame)
    assert keypad.read(answer).state == STORED
    tickets = client.tickets()
    assert any(client.ticket(one["id"])["signals"] for one in tickets)


def test_what_the_writer_cannot_take_is_a_503_with_a_moment_to_come_back(wire, keypad, monkeypatch):
    def full(*_said):
        raise Unavailable("as many units as may wait do")

    monkeypatch.setattr(Writer, "submit_bulk", full)
    wire.send(request(press(keypad)))
    status, said, _ = wire.answer()
    assert (status, said["retry-after"]) == (503, "1")


def test_a_fault_of_ours_is_a_500_on_a_connection_that_lives(wire, keypad, monkeypatch):
    body = press(keypad)
    with monkeypatch.context() as broken:
        broken.setattr(Intake, "_open_all", lambda *_said: 1 / 0)
        wire.send(request(body))
        assert wire.answer()[0] == 500
    wire.send(request(body))
    assert states(keypad, wire.answer()[2]) == [STORED]


def test_a_fault_after_the_commit_leaves_nobody_without_an_answer(wire, keypad, monkeypatch):
    body = press(keypad)
    with monkeypatch.context() as broken:
        broken.setattr(Intake, "_note", lambda *_said: 1 / 0)
        wire.send(request(body))
        assert wire.answer()[0] == 503
    wire.send(request(body))
    assert states(keypad, wire.answer()[2]) == [STORED]

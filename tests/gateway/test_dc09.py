"""DC-09: our frames equal known ones, and a receiver by others acknowledges every kind of ours."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alarm_wire.signal import DEVICE_LOST, HOLD_UP, KIND_NAMES, TEST, Signal
from gateway.dc09 import CONTACT_ID, NULL, SIA, Line, decode, encode, event, framed
from gateway.errors import AnswerError
from other_receiver import Theirs
from wirework import Device

VECTORS = {
    one["name"]: one["frame"].encode()
    for one in json.loads((Path(__file__).parent / "dc09_vectors.json").read_text())
}
NOON_S = datetime(2026, 1, 15, 12, tzinfo=UTC).timestamp()
PLAIN = Line("1234")
KEYED = Line("AAA1", key=b"A" * 16)
PAD = bytes(range(16))
KEYPAD = Device("bb00000000000002")


def signal(kind, **fields):
    return Signal(KEYPAD.id, 1, 1, kind, **fields)


@pytest.mark.parametrize(
    ("name", "token", "sequence", "data"),
    [
        ("own_HA", SIA, 1, "Nri1/HA01"),
        ("own_PA", SIA, 2, "Nri1/PA01"),
        ("own_CID1122", CONTACT_ID, 3, "1122 01 001"),
        ("own_CID1121", CONTACT_ID, 4, "1121 01 001"),
        ("own_CID1602", CONTACT_ID, 5, "1602 00 000"),
        ("own_CID1137", CONTACT_ID, 6, "1137 01 001"),
        ("own_CID3122", CONTACT_ID, 7, "3122 01 001"),
        ("own_NULL", NULL, 0, ""),
    ],
)
def test_plain_frames_equal_the_known_ones(name, token, sequence, data):
    assert encode(PLAIN, token, sequence, data, NOON_S, PAD) == VECTORS[name]


def test_encrypted_frames_equal_the_known_ones_but_for_the_padding():
    for name, token, sequence, data in (
        ("own_enc_HA", SIA, 8, "Nri1/HA01"),
        ("own_enc_NULL", NULL, 0, ""),
    ):
        ours = encode(KEYED, token, sequence, data, NOON_S, PAD)
        known = VECTORS[name]
        assert opened(ours).partition(b"|")[2] == opened(known).partition(b"|")[2]
        assert ours.split(b"[")[0][9:] == known.split(b"[")[0][9:]
        assert len(ours) == len(known)


def opened(frame):
    from gateway.dc09 import _aes

    return _aes(KEYED.key, bytes.fromhex(frame.partition(b"[")[2].strip().decode()), encrypt=False)


def test_what_an_event_says():
    assert event(signal(HOLD_UP, zone=1), SIA) == "Nri1/HA01"
    assert event(signal(HOLD_UP, zone=1), CONTACT_ID) == "1122 01 001"
    assert event(signal(HOLD_UP, zone=65_535, flags=TEST), SIA) == "Nri1/HA999^TEST^"
    assert event(signal(DEVICE_LOST, about=KEYPAD.id), SIA) == f"Nri1/EM00^{KEYPAD.name}^"


def test_answers_are_read():
    taken = decode(VECTORS["ack_good"], Line("1409"))
    assert (taken.kind, taken.sequence, taken.utc_s) == ("ACK", 0, None)
    assert decode(VECTORS["own_ACK"], PLAIN).sequence == 1
    assert decode(VECTORS["own_NAK"], PLAIN).utc_s == NOON_S
    assert decode(VECTORS["rust_nak"], PLAIN).kind == "NAK"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\r",
        b"ACK",
        VECTORS["ack_bad_none"],
        VECTORS["own_ACK"].replace(b"1BC1", b"1BC2"),
        VECTORS["own_ACK"].replace(b"0012", b"0013"),
        VECTORS["own_HA"],
        VECTORS["own_ACK"] * 2,
    ],
)
def test_anything_else_is_no_answer(raw):
    with pytest.raises(AnswerError):
        decode(raw, PLAIN)


def test_an_acknowledgement_in_the_clear_is_none_where_a_key_was_agreed():
    with pytest.raises(AnswerError, match="in the clear"):
        decode(VECTORS["own_ACK"], Line("1234", key=KEYED.key))
    body = VECTORS["own_enc_NULL"][9:-1].replace(b"*NULL", b"*ACK")
    assert decode(framed(body), KEYED).kind == "ACK"
    for other in (Line("AAA1", key=b"B" * 16), Line("AAA1")):
        with pytest.raises(AnswerError, match="keys match"):
            decode(framed(body), other)
    with pytest.raises(AnswerError, match="not ours"):
        decode(framed(body), PLAIN)


def said(port, protocol, frame):
    """One frame to a receiver, over TCP or UDP; its answer."""
    kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as connection:
        connection.settimeout(5)
        connection.connect(("127.0.0.1", port))
        connection.sendall(frame)
        return connection.recv(1024)


@pytest.mark.parametrize("token", [SIA, CONTACT_ID])
@pytest.mark.parametrize("key", [None, "A" * 16, "B" * 24, "C" * 32])
def test_every_kind_is_acknowledged_by_pysiaalarm(key, token):
    line = Line("AAA1", token, key=(key or "").encode())
    with Theirs("TCP", key) as theirs:
        for sequence, kind in enumerate(sorted(KIND_NAMES), 1):
            now_s = datetime.now(UTC).timestamp()
            frame = encode(line, token, sequence, event(signal(kind, zone=3), token), now_s, PAD)
            answer = decode(said(theirs.port, "TCP", frame), line)
            assert (answer.kind, answer.sequence) == ("ACK", sequence), KIND_NAMES[kind]
        null = encode(line, NULL, 0, "", now_s, PAD)
        assert decode(said(theirs.port, "TCP", null), line).kind == "ACK"
        seen = theirs.events.get(timeout=5)
        while token == SIA and (seen.code, seen.ri) != ("HA", "1"):
            seen = theirs.events.get(timeout=5)  # told by a thread of each connection, in any order
        assert seen.account == "AAA1"


def test_the_wrong_key_is_refused():
    with Theirs("TCP", "A" * 16) as theirs:
        line = Line("AAA1", key=b"Z" * 16)
        now_s = datetime.now(UTC).timestamp()
        frame = encode(line, SIA, 1, "Nri1/HA01", now_s, PAD)
        answer = decode(said(theirs.port, "TCP", frame), line).kind
        assert answer in {"NAK", "DUH"}  # what the wrong key makes of it may look like a message

"""A question to a name server, and what is to be believed of its answer. Pure (RFC 1035).

It promises that no answer, whatever its bytes, does more than give an address or nothing.
"""

import struct

from micropython import const

_HEAD = "!HHHHHH"
_HEAD_BYTES = const(12)
_QUESTION_BYTES = const(4)
_RECORD = "!HHIH"
_RECORD_BYTES = const(10)
_A = const(1)
_IN = const(1)
_ASKED = const(0x0100)
_RESPONSE = const(0x8000)
_CODE_MASK = const(0x0F)
_POINTER = const(0xC0)
_ADDRESS_BYTES = const(4)
_RECORDS_MAX = const(32)
LABEL_BYTES_MAX = const(63)


def is_name(host: str) -> bool:
    """Whether `host` can be asked for: labels of 1 to 63 bytes between dots."""
    labels = host.encode().split(b".")
    return all(0 < len(label) <= LABEL_BYTES_MAX for label in labels)


def question(host: str, mark: int) -> bytes:
    """A query for the A record of `host`; the answer carries `mark` (16 bits)."""
    body = struct.pack(_HEAD, mark, _ASKED, 1, 0, 0, 0)
    for label in host.encode().split(b"."):
        body += bytes((len(label),)) + label
    return body + struct.pack("!BHH", 0, _A, _IN)


def answer(body: bytes, mark: int) -> "str | None":
    """The first A record in an answer to query `mark`; None for anything else."""
    if len(body) < _HEAD_BYTES:
        return None
    found, flags, questions, answers, _, _ = struct.unpack(_HEAD, body[:_HEAD_BYTES])
    if found != mark or not flags & _RESPONSE or flags & _CODE_MASK:
        return None
    place = _HEAD_BYTES
    for _ in range(min(questions, _RECORDS_MAX)):
        place = _after_name(body, place) + _QUESTION_BYTES
    for _ in range(min(answers, _RECORDS_MAX)):
        place = _after_name(body, place)
        if place + _RECORD_BYTES > len(body):
            return None
        kind, sort, _, length = struct.unpack(_RECORD, body[place : place + _RECORD_BYTES])
        place += _RECORD_BYTES
        if kind == _A and sort == _IN and length == _ADDRESS_BYTES:
            found_address = body[place : place + length]
            if len(found_address) == length:
                return "%d.%d.%d.%d" % tuple(found_address)
            return None
        place += length
    return None


def _after_name(body: bytes, place: int) -> int:
    """The place after the name at `place`; a pointer ends it. Past the end when cut short."""
    while place < len(body) and body[place]:
        if body[place] >= _POINTER:
            return place + 2
        place += body[place] + 1
    return place + 1

"""Questions to a name server and its answers, true, cut short and hostile."""

import struct

from keypad.address import is_address
from keypad.dns import answer, is_name, question

MARK = 0x1234
ASKED = bytes.fromhex("1234010000010000000000000662726f6b6572046c6f6b6c0000010001")
ALIAS = b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, 4) + b"\x01b\xc0\x0c"
RECORD = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + bytes((192, 0, 2, 7))


def told(records=2, flags=0x8180, body=ALIAS + RECORD):
    return struct.pack("!HHHHHH", MARK, flags, 1, records, 0, 0) + ASKED[12:] + body


def test_a_question_is_that_of_rfc_1035():
    assert question("broker.lokl", MARK) == ASKED


def test_an_address_is_found_behind_an_alias():
    assert answer(told(), MARK) == "192.0.2.7"


def test_an_answer_to_another_question_or_an_error_is_none():
    assert answer(told(), MARK + 1) is None
    assert answer(told(flags=0x8183), MARK) is None
    assert answer(ASKED, MARK) is None
    assert answer(told(records=1, body=ALIAS), MARK) is None


def test_an_answer_that_is_cut_short_anywhere_is_none():
    whole = told()
    for length in range(len(whole)):
        assert answer(whole[:length], MARK) is None, length


def test_an_answer_that_points_nowhere_or_counts_wrong_ends():
    assert answer(told(records=0xFFFF, body=ALIAS), MARK) is None
    assert answer(struct.pack("!HHHHHH", MARK, 0x8180, 0xFFFF, 0xFFFF, 0, 0), MARK) is None
    assert answer(told(body=b"\x3f" * 40), MARK) is None
    assert answer(told(body=b"\xc0" * 500), MARK) is None


def test_what_is_a_name_and_what_an_address():
    assert is_address("192.0.2.7")
    for text in ("", "1.2.3", "1.2.3.256", "1.2.3.4.5", "a.b.c.d", "1..2.3"):
        assert not is_address(text), text
    assert is_name("broker.example")
    for text in ("", "a..b", "x" * 64, ".a"):
        assert not is_name(text), text

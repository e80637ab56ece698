"""Receipts hold only with the device's own key; refusals prove nothing and are only read."""

from binascii import unhexlify

from alarm_wire import frame, receipt, seal
from plain import fields, key, raises, vectors


def signer():
    return seal.Signer(key(), seal.RECEIPT)


def receipt_in(vector):
    named = fields(vector["receipt"])
    first = [named.pop(name) for name in ("device", "epoch", "number", "state")]
    return receipt.Receipt(*first, **named)


def test_receipts_go_there_and_back_as_in_the_vectors():
    for vector in vectors("receipts"):
        whole = unhexlify(vector["frame"])
        assert receipt.seal_receipt(receipt_in(vector), signer()) == whole
        assert receipt.open_receipt(whole, signer()) == receipt_in(vector)
        assert len(whole) == receipt.RECEIPT_BYTES == 59


def test_every_bit_flip_of_a_receipt_is_refused():
    whole = unhexlify(vectors("receipts")[0]["frame"])
    for bit in range(len(whole) * 8):
        bad = bytearray(whole)
        bad[bit // 8] ^= 1 << bit % 8
        raises(frame.WireError, receipt.open_receipt, bytes(bad), signer())


def test_a_receipt_for_another_device_key_is_refused():
    whole = unhexlify(vectors("receipts")[0]["frame"])
    other = seal.Signer(bytes(32), seal.RECEIPT)
    assert raises(frame.WireError, receipt.open_receipt, whole, other).reason == frame.WRONG_SEAL


def test_an_unknown_state_is_refused_even_with_a_good_seal():
    body = bytearray(unhexlify(vectors("receipts")[0]["frame"])[:-16])
    body[18] = 9
    whole = bytes(body) + signer().seal(bytes(body))
    assert raises(frame.WireError, receipt.open_receipt, whole, signer()).reason == frame.BAD_FIELD


def test_a_receipt_of_another_length_is_refused_by_name():
    whole = unhexlify(vectors("receipts")[0]["frame"])
    for bad, reason in ((whole[:-1], frame.TRUNCATED), (whole + b"\0", frame.OVERSIZE)):
        assert raises(frame.WireError, receipt.open_receipt, bad, signer()).reason == reason


def test_a_receipt_without_a_ticket_has_sixteen_zeros_and_no_clock():
    made = receipt.Receipt(b"keypad01", 1, 2, receipt.STORED)
    whole = receipt.seal_receipt(made, signer())
    assert whole[19:43] == bytes(24)
    assert receipt.open_receipt(whole, signer()) == made
    assert made != receipt.Receipt(b"keypad01", 1, 2, receipt.HEARD)


def test_refusals_go_there_and_back_as_in_the_vectors():
    for vector in vectors("refusals"):
        whole = unhexlify(vector["frame"])
        read = receipt.unpack_refusal(whole)
        assert read.reason == vector["reason"]
        assert frame.REASON_NAMES[read.reason] == vector["name"]
        assert receipt.pack_refusal(read) == whole


def test_a_wrong_refusal_is_refused():
    whole = unhexlify(vectors("refusals")[0]["frame"])
    for bad, reason in (
        (whole[:-1], frame.TRUNCATED),
        (whole + b"\0", frame.OVERSIZE),
        (b"\x07" + whole[1:], frame.WRONG_VERSION),
        (whole[:1] + b"\x03" + whole[2:], frame.WRONG_TYPE),
        (whole[:-1] + b"\xff", frame.BAD_FIELD),
    ):
        assert raises(frame.WireError, receipt.unpack_refusal, bad).reason == reason

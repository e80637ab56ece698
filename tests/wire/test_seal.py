"""Seals against RFC 4231, and the separation of purposes."""

from binascii import hexlify, unhexlify

from alarm_wire import seal
from plain import key, raises, vectors


def test_hmac_is_that_of_rfc_4231():
    for secret, data, mac in vectors("rfc4231"):
        assert hexlify(seal.hmac_sha256(unhexlify(secret), unhexlify(data))).decode() == mac


def test_a_signer_is_hmac_with_the_derived_key_cut_to_16_bytes():
    for purpose in (seal.SIGNAL, seal.HEARTBEAT, seal.RECEIPT):
        derived = seal.hmac_sha256(key(), b"holdfast/1/" + purpose)
        whole = seal.hmac_sha256(derived, b"some bytes")
        assert seal.Signer(key(), purpose).seal(b"some bytes") == whole[:16]


def test_a_seal_for_one_purpose_holds_for_no_other():
    data = b"the same bytes"
    made = seal.Signer(key(), seal.SIGNAL).seal(data)
    assert seal.Signer(key(), seal.SIGNAL).holds(data, made)
    assert not seal.Signer(key(), seal.RECEIPT).holds(data, made)
    assert not seal.Signer(key(), seal.HEARTBEAT).holds(data, made)


def test_a_key_of_another_length_is_refused():
    for length in (0, 16, 31, 33):
        assert "32" in str(raises(ValueError, seal.Signer, bytes(length), seal.SIGNAL))


def test_same_compares_every_byte_and_the_length():
    assert seal.same(b"abc", b"abc")
    assert seal.same(b"", b"")
    assert not seal.same(b"abc", b"abd")
    assert not seal.same(b"bbc", b"abc")
    assert not seal.same(b"abc", b"ab")
    assert not seal.same(b"", b"a")

"""Seals: HMAC-SHA-256 cut to 16 bytes, with one key per device and purpose.

A device has one 32-byte key, made at provisioning. Each purpose uses a key derived from it, so a
sealed receipt can never pass for a sealed heartbeat. MicroPython has no `hmac`; this is RFC
2104 over hashlib, checked against the vectors of RFC 4231.
"""

import hashlib

KEY_BYTES = 32
SEAL_BYTES = 16
"""128 bits: RFC 2104 section 5 advises not less than half the digest."""

# Purposes. The text is part of the wire: changing one is a new frame version.
SIGNAL = b"signal"
HEARTBEAT = b"heartbeat"
RECEIPT = b"receipt"
CONFIG = b"config"
UPDATE = b"update"

_BLOCK_BYTES = 64
_INNER = 0x36
_OUTER = 0x5C


def derive(key: bytes, purpose: bytes) -> bytes:
    """The 32-byte key of `purpose`, from a device's 32-byte `key`."""
    if len(key) != KEY_BYTES:
        raise ValueError("a device key has %d bytes, not %d" % (KEY_BYTES, len(key)))
    return hmac_sha256(key, b"holdfast/1/" + purpose)


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104), 32 bytes. `key` of at most 64 bytes is used as it is."""
    if len(key) > _BLOCK_BYTES:
        key = hashlib.sha256(key).digest()
    inner, outer = _pads(key)
    return hashlib.sha256(outer + hashlib.sha256(inner + data).digest()).digest()


def _pads(key: bytes) -> "tuple[bytes, bytes]":
    """The inner and the outer pad of a key of at most 64 bytes."""
    inner = bytearray(bytes((_INNER,)) * _BLOCK_BYTES)
    outer = bytearray(bytes((_OUTER,)) * _BLOCK_BYTES)
    for place in range(len(key)):
        inner[place] ^= key[place]
        outer[place] ^= key[place]
    return bytes(inner), bytes(outer)


class Signer:
    """Makes and checks seals for one purpose with one key, its pads worked out once.

    An interface: a secure element or an eFuse key may stand in for this class.
    """

    def __init__(self, key: bytes, purpose: bytes) -> None:
        self._inner, self._outer = _pads(derive(key, purpose))

    def seal(self, data: bytes) -> bytes:
        """The 16-byte seal over `data`."""
        inner = hashlib.sha256(self._inner + data).digest()
        return hashlib.sha256(self._outer + inner).digest()[:SEAL_BYTES]

    def holds(self, data: bytes, seal: bytes) -> bool:
        """Whether `seal` is the seal over `data`; takes the same time wherever they differ."""
        return same(self.seal(data), seal)


def same(one: bytes, other: bytes) -> bool:
    """Compare without telling by the time taken where the first difference is."""
    if len(one) != len(other):
        return False
    difference = 0
    for place in range(len(one)):
        difference |= one[place] ^ other[place]
    return difference == 0

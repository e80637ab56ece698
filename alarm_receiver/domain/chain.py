"""The audit's hash chain: each link holds a row's digest and the link before it. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

DIGEST_BYTES = 32
GENESIS = bytes(DIGEST_BYTES)
_BYTES = (bytes, bytearray, memoryview)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)
_QUICK = msgspec.json.Encoder(order="sorted")
_SAME = frozenset({str, int, bool, type(None)})
"""Both encoders write these alike, as long as texts are printable ASCII; floats they do not."""
_SAME_OR_DICT = _SAME | {dict}


def digest(values: Sequence[Any]) -> bytes:
    """SHA-256 of a row in canonical form: a JSON array, bytes as hexadecimal text, keys sorted."""
    plain = [value.hex() if type(value) in _BYTES else value for value in values]
    return hashlib.sha256(canonical(plain)).digest()


def canonical(plain: list[Any]) -> bytes:
    """`plain` as `_CANONICAL` writes it; most rows by an encoder that takes an eighth of its time.

    Every signal and entry passes here, twice when the chain is verified.
    """
    if _same(plain):
        try:
            text = _QUICK.encode(plain)
        except (OverflowError, ValueError, msgspec.MsgspecError):  # beyond 64 bits, or half a pair
            text = b"\x7f"
        if text.isascii() and b"\x7f" not in text:
            return text
    return _CANONICAL.encode(plain).encode()


def _same(values: Collection[object]) -> bool:
    """Whether both encoders write `values` alike, but for texts that are not plain."""
    types = set(map(type, values))
    if types <= _SAME:
        return True
    return types <= _SAME_OR_DICT and all(
        _same(value.values()) for value in values if type(value) is dict
    )


def link(before: bytes, seq: int, source: str, row: int, row_digest: bytes) -> bytes:
    """The hash of link `seq`, which says that `row` of `source` has this digest."""
    head = f"{seq} {source} {row} ".encode()
    return hashlib.sha256(before + head + row_digest).digest()

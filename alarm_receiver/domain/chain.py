"""The audit's hash chain: each link holds a row's digest and the link before it. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

GENESIS = bytes(32)
_BYTES = (bytes, bytearray, memoryview)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(values: Sequence[Any]) -> bytes:
    """SHA-256 of a row in canonical form: a JSON array, bytes as hexadecimal text, keys sorted."""
    plain = [value.hex() if type(value) in _BYTES else value for value in values]
    return hashlib.sha256(_CANONICAL.encode(plain).encode()).digest()


def link(before: bytes, seq: int, source: str, row: int, row_digest: bytes) -> bytes:
    """The hash of link `seq`, which says that `row` of `source` has this digest."""
    head = f"{seq} {source} {row} ".encode()
    return hashlib.sha256(before + head + row_digest).digest()

"""The audit's hash chain: each link holds a row's digest and the link before it. Pure."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

GENESIS = bytes(32)


def digest(values: Sequence[Any]) -> bytes:
    """SHA-256 of a row in canonical form: a JSON array, bytes as hexadecimal text, keys sorted."""
    plain = [
        bytes(value).hex() if isinstance(value, (bytes, bytearray, memoryview)) else value
        for value in values
    ]
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def link(before: bytes, seq: int, source: str, row: int, row_digest: bytes) -> bytes:
    """The hash of link `seq`, which says that `row` of `source` has this digest."""
    head = f"{seq} {source} {row} ".encode()
    return hashlib.sha256(before + head + row_digest).digest()

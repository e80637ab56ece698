"""The receiver's name under the audit's head: Ed25519, with a key that is in no database.

It promises that a head which was exported and signed cannot be made by whoever writes the
database, and that a head in the old form (without a signature) is still understood.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from alarm_receiver.store import keybox
from alarm_receiver.store.audit import Head

if TYPE_CHECKING:
    from pathlib import Path

SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Signed:
    """A head as it was exported: when, by which public key, and the signature (empty: none)."""

    head: Head
    at_ms: int = 0
    public: str = ""
    signature: bytes = b""

    def __str__(self) -> str:
        head = f"{self.head.seq}:{self.head.hash.hex()}"
        if not self.signature:
            return head
        return f"{head}:{self.at_ms}:{self.public}:{self.signature.hex()}"

    def holds(self) -> bool:
        """Whether the key that it names has signed it."""
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public))
            key.verify(self.signature, _told(self.head, self.at_ms))
        except (ValueError, InvalidSignature):
            return False
        return True


class Signer:
    """Signs heads with the key in a file; a fresh one is made when there is none."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            keybox.write(path, [secrets.token_bytes(SEED_BYTES)], new=True)
        self._key = Ed25519PrivateKey.from_private_bytes(keybox.read(path)[0])
        self.public = self._key.public_key().public_bytes_raw().hex()

    def sign(self, head: Head, now_ms: int) -> Signed:
        """The head with our name under it."""
        return Signed(head, now_ms, self.public, self._key.sign(_told(head, now_ms)))


def read_head(text: str) -> Signed:
    """A head from its text. Raises ValueError."""
    parts = text.strip().split(":")
    try:
        head = Head(int(parts[0]), bytes.fromhex(parts[1]))
        if len(parts) == 2:  # noqa: PLR2004 - SEQ:HASH
            return Signed(head)
        moment, public, signature = parts[2:]
        return Signed(head, int(moment), public, bytes.fromhex(signature))
    except (ValueError, IndexError):
        raise ValueError(
            f"a head is SEQ:HASH or SEQ:HASH:MOMENT:KEY:SIGNATURE, not {text!r}"
        ) from None


def _told(head: Head, at_ms: int) -> bytes:
    return f"holdfast audit head 1 {head.seq} {head.hash.hex()} {at_ms}".encode()

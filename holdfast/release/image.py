"""Packs the application's files into one signed image (its layout: firmware/keypad/install.py).

RSA-3072 with SHA-256, PKCS #1 v1.5: a keypad checks it with 17 multiplications and no table, where
Ed25519 would take about 4,000 and a SHA-512 that MicroPython does not have (decision 19).
"""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from holdfast.release import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"HFI1"
HEAD_BYTES = 10
KEY_BYTES = 384
VERSION_MAX = (127, 255, 255)
_PLACES = ("keypad/", "boards/", "alarm_wire/")


def version_number(version: tuple[int, int, int]) -> int:
    """The version as image, heartbeat and NVS carry it."""
    return version[0] << 16 | version[1] << 8 | version[2]


def read_version(text: str) -> tuple[int, int, int]:
    """MAJOR.MINOR.PATCH, each in its range. Raises ReleaseError."""
    parts = text.split(".")
    if len(parts) != len(VERSION_MAX) or not all(p.isascii() and p.isdigit() for p in parts):
        raise ReleaseError(f"version {text!r} is not MAJOR.MINOR.PATCH")
    major, minor, patch = map(int, parts)
    if not all(0 <= n <= most for n, most in zip((major, minor, patch), VERSION_MAX, strict=True)):
        raise ReleaseError(f"version {text} has a part out of range; at most 127.255.255")
    return major, minor, patch


def make_key(path: Path) -> None:
    """Make the maker's key: `path` (only for its owner to read) and `path`.pub. ReleaseError."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BYTES * 8)
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    except FileExistsError:
        raise ReleaseError(f"{path} is there already; a key is never overwritten") from None
    path.with_name(path.name + ".pub").write_text(modulus(key).hex() + "\n", "ascii")


def read_key(path: Path) -> rsa.RSAPrivateKey:
    """The maker's private key. Raises ReleaseError."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise ReleaseError(f"{path} cannot be read as a private key: {error}") from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size != KEY_BYTES * 8:
        raise ReleaseError(f"{path} is no RSA key of {KEY_BYTES * 8} bits")
    return key


def read_public(path: Path) -> bytes:
    """The maker's public half, from FILE.pub of `make_key`. Raises ReleaseError."""
    try:
        public = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise ReleaseError(
            f"{path} cannot be read as the maker's public key ({error}); it is the FILE.pub that "
            "holdfast release key has written"
        ) from None
    if len(public) != KEY_BYTES:
        raise ReleaseError(f"{path} holds {len(public)} bytes, a public key has {KEY_BYTES}")
    return public


def modulus(key: rsa.RSAPrivateKey) -> bytes:
    """The public half as a keypad keeps it (NVS blob `maker`)."""
    return key.public_key().public_numbers().n.to_bytes(KEY_BYTES, "big")


def unsigned(files: dict[str, bytes], version: tuple[int, int, int], mpy: int) -> bytes:
    """The image of what belongs into a slot, to be signed; other files (main.py) stay there."""
    inside = {name: files[name] for name in sorted(files) if name.startswith(_PLACES)}
    parts = [struct.pack("!4sIBB", MAGIC, version_number(version), mpy, len(inside))]
    for name, content in inside.items():
        parts += [bytes([len(name)]), name.encode(), struct.pack("!I", len(content)), content]
    return b"".join(parts)


def sign(whole: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """The image `whole` with the maker's signature. Raises ReleaseError for anything else."""
    if _end(whole) != len(whole):
        raise ReleaseError("this is no unsigned image; make one with holdfast release build")
    return whole + key.sign(whole, padding.PKCS1v15(), hashes.SHA256())


def pack(
    files: dict[str, bytes], version: tuple[int, int, int], mpy: int, key: rsa.RSAPrivateKey
) -> bytes:
    """The signed image of `files`."""
    return sign(unsigned(files, version, mpy), key)


def _end(whole: bytes) -> int:
    """Where the last file of an image ends; -1 for what is none."""
    if whole[:4] != MAGIC or len(whole) < HEAD_BYTES:
        return -1
    place = HEAD_BYTES
    for _ in range(whole[HEAD_BYTES - 1]):
        name_end = place + 1 + (whole[place] if place < len(whole) else 0)
        place = name_end + 4 + int.from_bytes(whole[name_end : name_end + 4], "big")
    return place

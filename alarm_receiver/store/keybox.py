"""Secrets at rest: sealed under a key that is neither in the database nor in its backups.

It promises that what it seals opens only with the key file, and only in the row that it was
sealed for (AES-256-GCM; the row's name is authenticated with it), and that a secret is opened
once and then kept in memory: no signal waits for it. The first key of the file seals, the others
still open, so that a key is rotated while receivers run.

    StoreError
      KeyMissing    no key file, or not the one that this database was sealed with
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import threading
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alarm_receiver.store.database import StoreError
from alarm_receiver.store.owner import hand_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

KEY_BYTES = 32
ID_BYTES = 8
NONCE_BYTES = 12
TAG_BYTES = 16
EXTRA_BYTES = ID_BYTES + NONCE_BYTES + TAG_BYTES
"""How much longer a sealed secret is."""
KEYS_MAX = 8
HEAD = (
    "# Keys that seal the secrets in the receiver's database: the first seals, all of them open.\n"
    "# Keep a copy where no backup of the database is; without it every device must be set up "
    "anew.\n"
)


class KeyMissing(StoreError):
    """The key file is not there, or is not the one that the database was sealed with."""


def key_id(key: bytes) -> str:
    """What a key is called where it must not be shown: 16 hexadecimal digits."""
    return hashlib.sha256(b"holdfast key file" + key).digest()[:ID_BYTES].hex()


class KeyBox:
    """The keys of one file, and what they have opened so far."""

    def __init__(self, path: Path | None, keys: Sequence[bytes]) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: dict[bytes, tuple[bytes, bytes]] = {}
        self._hold(keys)

    @classmethod
    def read(cls, path: Path) -> KeyBox:
        """The keys in the file at `path`. Raises KeyMissing."""
        return cls(path, read(path))

    @classmethod
    def make(cls, path: Path) -> KeyBox:
        """A file with a fresh key, for its owner alone. Raises KeyMissing when there is one."""
        write(path, [secrets.token_bytes(KEY_BYTES)], new=True)
        return cls.read(path)

    @property
    def ids(self) -> list[str]:
        """The ids of the keys; the first one seals."""
        return list(self._ciphers)

    def seal(self, secret: bytes, row: str) -> bytes:
        """`secret`, sealed for `row`; EXTRA_BYTES longer."""
        id_, cipher = next(iter(self._ciphers.items()))
        nonce = secrets.token_bytes(NONCE_BYTES)
        return bytes.fromhex(id_) + nonce + cipher.encrypt(nonce, secret, row.encode())

    def open(self, sealed: bytes, row: str) -> bytes:
        """The secret that was sealed for `row`. Raises KeyMissing, StoreError."""
        name = row.encode()
        found = self._opened.get(sealed)
        if found is not None and found[0] == name:
            return found[1]
        id_ = sealed[:ID_BYTES].hex()
        if id_ not in self._ciphers and self._path is not None:
            self._hold(read(self._path))  # another process may have rotated
        cipher = self._ciphers.get(id_)
        if cipher is None:
            raise KeyMissing(f"{row} is sealed with key {id_}, which {self._where()} does not hold")
        nonce, rest = sealed[ID_BYTES : ID_BYTES + NONCE_BYTES], sealed[ID_BYTES + NONCE_BYTES :]
        try:
            secret = cipher.decrypt(nonce, rest, name)
        except InvalidTag as error:
            raise StoreError(
                f"the sealed secret of {row} was changed, or belongs to another row; "
                "restore the database from a backup"
            ) from error
        self._opened[sealed] = (name, secret)
        return secret

    def _hold(self, keys: Sequence[bytes]) -> None:
        with self._lock:
            self._ciphers = {key_id(key): AESGCM(key) for key in keys}

    def _where(self) -> str:
        return str(self._path or "the key box")


def box_of(connection: Connection) -> KeyBox:
    """The box that this connection's engine was opened with. Raises KeyMissing."""
    found = connection.get_execution_options().get("box")
    if found is None:
        raise KeyMissing("this database was opened without its key file")
    return cast("KeyBox", found)


def write(path: Path, keys: Sequence[bytes], *, new: bool = False) -> None:
    """Write a key file so that a power cut leaves the old one or the new one. Raises KeyMissing."""
    text = HEAD + "".join(f"{key.hex()}\n" for key in keys)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, text.encode())
            os.fsync(file)
        finally:
            os.close(file)
        hand_over(beside, path)
        if new:
            os.link(beside, path)  # fails when somebody was quicker
            beside.unlink()
        else:
            beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise KeyMissing(
            f"cannot write the key file {path}: {error.strerror}; let the receiver's user write "
            "there, or name another place with KEY_FILE"
        ) from error


def read(path: Path) -> list[bytes]:
    """The keys in the file at `path`. Raises KeyMissing."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        lines = path.read_text("ascii").splitlines()
    except FileNotFoundError:
        raise KeyMissing(
            f"there is no key file {path}; put the copy of it there that was kept apart from the "
            "database"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyMissing(
            f"the key file {path} cannot be read: {error}; give it to the receiver's user with "
            "mode 600, or put the copy there that was kept apart from the database"
        ) from error
    # systemd lets its service read a credential by an access list, whose mask looks like a group's.
    by_list = str(path.parent) == os.environ.get("CREDENTIALS_DIRECTORY")
    if mode & (0o037 if by_list else 0o077):
        raise KeyMissing(
            f"others may read the key file {path} (mode {mode:o}); chmod 600 it, and rotate the "
            "key if somebody did"
        )
    return parse("\n".join(lines), str(path))


def parse(text: str, where: str) -> list[bytes]:
    """The keys in a key file's text: 64 hexadecimal digits a line. Raises KeyMissing."""
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    try:
        keys = [bytes.fromhex(line) for line in lines]
    except ValueError:
        keys = []
    if not 1 <= len(keys) <= KEYS_MAX or any(len(key) != KEY_BYTES for key in keys):
        raise KeyMissing(
            f"{where} is no key file: it holds 1 to {KEYS_MAX} keys, each 64 hexadecimal digits on "
            "a line of its own"
        )
    return keys

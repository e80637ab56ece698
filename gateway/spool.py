"""The signals on disk until every receiver has answered for them: SQLite, WAL, synchronous FULL.

It promises that what `commit` has returned for survives a power cut, that the same content is kept
once however often it comes, and that a file that cannot be read is set aside and never deleted. It
may be used by one thread only and decides nothing: what to keep and what to let go is the writer's.

The natural key is the claimed identity and the content: a forged frame can never stand in the place
of the true one. The frame that came last is kept beside it, because it tells the age best.
"""

from __future__ import annotations

import os
import sqlite3
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.acts import Frame
from gateway.errors import SpoolBroken, SpoolError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FILE = "spool.db"
QUARANTINE_MAX = 1_000
"""Refused frames kept for people to look at; the oldest go first."""

_TABLES = """
CREATE TABLE IF NOT EXISTS spooled (
    turn            INTEGER PRIMARY KEY,
    device          BLOB NOT NULL CHECK (length(device) = 8),
    epoch           INTEGER NOT NULL CHECK (epoch BETWEEN 1 AND 4294967295),
    number          INTEGER NOT NULL CHECK (number BETWEEN 1 AND 4294967295),
    content         BLOB NOT NULL CHECK (length(content) = 50),
    urgency         INTEGER NOT NULL CHECK (urgency BETWEEN 0 AND 2),
    frame           BLOB NOT NULL CHECK (length(frame) = 78),
    arrived_utc_ms  INTEGER NOT NULL,
    arrivals        INTEGER NOT NULL DEFAULT 1 CHECK (arrivals > 0),
    UNIQUE (device, epoch, number, content)
) STRICT;
CREATE TABLE IF NOT EXISTS quarantined (
    turn            INTEGER PRIMARY KEY,
    device          BLOB NOT NULL,
    epoch           INTEGER NOT NULL,
    number          INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    frame           BLOB NOT NULL CHECK (length(frame) <= 128),
    refused_utc_ms  INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS keypad (
    device          BLOB PRIMARY KEY CHECK (length(device) = 8),
    standing        INTEGER NOT NULL CHECK (standing BETWEEN 0 AND 2)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS counter (
    name            TEXT PRIMARY KEY,
    value           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
_KEEP = """
INSERT INTO spooled (device, epoch, number, content, urgency, frame, arrived_utc_ms)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (device, epoch, number, content)
DO UPDATE SET frame = excluded.frame, arrivals = arrivals + 1
"""
_DROP = "DELETE FROM spooled WHERE device = ? AND epoch = ? AND number = ? AND content = ?"
_QUARANTINE = """
INSERT INTO quarantined (device, epoch, number, reason, frame, refused_utc_ms)
VALUES (?, ?, ?, ?, ?, ?)
"""
_TRIM = """
DELETE FROM quarantined WHERE turn <= (SELECT max(turn) FROM quarantined) - ?
"""
_COUNT = """
INSERT INTO counter (name, value) VALUES (?, ?)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""
_STAND = """
INSERT INTO keypad (device, standing) VALUES (?, ?)
ON CONFLICT (device) DO UPDATE SET standing = excluded.standing
"""

# What the disk says when it will say the same until someone makes room or mends it, and when
# nothing it has said before can be believed any more.
_PATIENT = ("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_BUSY")


@dataclass(slots=True)
class Group:
    """Everything that one COMMIT makes durable."""

    keep: list[tuple[Frame, int]] = field(default_factory=list)
    drop: list[bytes] = field(default_factory=list)
    quarantine: list[tuple[Frame, str]] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    keypads: dict[bytes, int | None] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.keep or self.drop or self.quarantine or self.counters or self.keypads)


class Spool:
    """The file `spool.db` in `folder`; `set_aside` is the name an unreadable one got, or ''."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.set_aside = ""
        self._db = self._open()

    def kept(self) -> list[tuple[Frame, int]]:
        """Everything that waits, with its urgency, in the order of arrival."""
        rows = self._db.execute(
            "SELECT device, epoch, number, content, frame, urgency FROM spooled ORDER BY turn"
        )
        return [(Frame(row[0], row[1], row[2], row[3], row[4]), row[5]) for row in rows]

    def quarantined(self) -> list[tuple[Frame, str]]:
        """The refused frames that are still kept, oldest first, with the reason's name."""
        rows = self._db.execute(
            "SELECT device, epoch, number, frame, reason FROM quarantined ORDER BY turn"
        )
        return [(Frame(row[0], row[1], row[2], b"", row[3]), row[4]) for row in rows]

    def keypads(self) -> dict[bytes, int]:
        """The supervised keypads and the standing that was told last."""
        return dict(self._db.execute("SELECT device, standing FROM keypad").fetchall())

    def counter(self, name: str) -> int:
        """A number that survives; 0 when it was never set."""
        row = self._db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def commit(self, group: Group) -> None:
        """Make `group` durable, all or nothing. SpoolError, or SpoolBroken when to end."""
        now_ms = time.time_ns() // 1_000_000
        try:
            self._db.execute("BEGIN IMMEDIATE")
            # Drops first: one that was dropped and has come again since is to stay.
            self._db.executemany(_DROP, [_key(content) for content in group.drop])
            self._db.executemany(_KEEP, _rows(group.keep, now_ms))
            if group.quarantine:
                self._db.executemany(_QUARANTINE, _refused(group.quarantine, now_ms))
                self._db.execute(_TRIM, (QUARANTINE_MAX,))
            self._db.executemany(_COUNT, list(group.counters.items()))
            for device, standing in group.keypads.items():
                if standing is None:
                    self._db.execute("DELETE FROM keypad WHERE device = ?", (device,))
                else:
                    self._db.execute(_STAND, (device, standing))
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._roll_back()
            raise spool_error(self._path, error) from error

    def close(self) -> None:
        """Close the file; what was committed is on disk whether or not this is called."""
        self._db.close()

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            try:
                self._db.execute("ROLLBACK")
            except sqlite3.Error as error:
                raise spool_error(self._path, error) from error

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return connect(self._path)
            except sqlite3.DatabaseError as error:
                if error.sqlite_errorname not in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
                    raise
            self.set_aside = set_aside(self._path)
            return connect(self._path)
        except (sqlite3.Error, OSError) as error:
            raise spool_error(self._path, error) from error


def connect(path: Path) -> sqlite3.Connection:
    """Open or make a spool, durable and sound. Raises sqlite3.Error."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        # Exclusive: a second gateway on the same spool is refused, and the index of the WAL lives
        # in memory, so that a full disk cannot tear a mapped file from under us.
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA busy_timeout = 1000")
        _check(db)
        db.executescript(_TABLES)
        sync_folder(path.parent)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection) -> None:
    """Raise the error that SQLite itself raises for damage, also for damage it did not meet yet."""
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        error = sqlite3.DatabaseError("quick_check found damage")
        error.sqlite_errorname = "SQLITE_CORRUPT"
        raise error


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a new file is not there before its folder is synced."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def set_aside(path: Path) -> str:
    """Rename an unreadable spool and its journal so that people can look at it; the new name."""
    mark = time.strftime("%Y%m%dT%H%M%S", time.gmtime()) + f"-{time.time_ns() % 1_000_000:06d}"
    for suffix in ("-wal", "-shm", ""):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(path.with_name(f"{path.name}.unreadable-{mark}{suffix}"))
    sync_folder(path.parent)
    return f"{path.name}.unreadable-{mark}"


def spool_error(path: Path, error: Exception) -> SpoolError:
    """What the disk said, with blame and remedy."""
    name = getattr(error, "sqlite_errorname", "")
    full = f"spool {path}: {error}"
    if name == "SQLITE_FULL":
        return SpoolError(f"{full}; nothing is answered until there is room: free some space there")
    if name == "SQLITE_BUSY":
        return SpoolError(f"{full}; does another gateway use the same folder? End it")
    if name.startswith(_PATIENT) or isinstance(error, OSError):
        return SpoolError(f"{full}; is the disk mounted for writing and the folder ours?")
    return SpoolBroken(f"{full}; ending at once, what was answered is on disk: check the disk")


def _rows(keep: Iterable[tuple[Frame, int]], now_ms: int) -> list[tuple[object, ...]]:
    return [
        (frame.device, frame.epoch, frame.number, frame.content, urgency, frame.bytes, now_ms)
        for frame, urgency in keep
    ]


def _refused(refused: Iterable[tuple[Frame, str]], now_ms: int) -> list[tuple[object, ...]]:
    return [
        (frame.device, frame.epoch, frame.number, reason, frame.bytes, now_ms)
        for frame, reason in refused
    ]


def _key(content: bytes) -> tuple[bytes, int, int, bytes]:
    """The natural key, read out of the content: identity and content."""
    return (
        content[2:10],
        int.from_bytes(content[10:14], "big"),
        int.from_bytes(content[14:18], "big"),
        content,
    )

"""Who was heard lately, in a file beside the store: what is left of it when a process is killed.

The store keeps a keypad's heartbeat every ten minutes, for a write each would cost more than all
signals. Once a second whom this process heard is appended to `heard-ID.log` in its data folder; the
system keeps that through a SIGKILL, and the next start brings the store up to it. It promises that
a record which was cut short counts for nothing, that the file stays small, and that a full disk
stops nobody: then a heartbeat may count twice, and the log says so once.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import uuid
import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from alarm_receiver.store.heard import Kept

NAMES = "heard-*"
BYTES_MAX = 1 << 20
"""A file longer than this, and than four times what it has to hold, is written anew."""
_RECORD = struct.Struct(">8sQQQ")
_SUM = struct.Struct(">I")
_LONG = _RECORD.size + _SUM.size


class Lately:
    """One for each process that hears; `folder` is its data folder."""

    def __init__(self, folder: Path, log: Callable[..., None]) -> None:
        self._folder = folder
        self._log = log
        self._path = folder / f"heard-{uuid.uuid4()}.log"
        self._file: IO[bytes] | None = None
        self._dead: list[tuple[Path, IO[bytes]]] = []
        self._bytes_max = BYTES_MAX
        self._failed = False

    def left(self) -> list[Kept]:
        """The newest heartbeat of each device in all files, those of living processes too."""
        newest: dict[bytes, Kept] = {}
        for path in sorted(self._folder.glob(NAMES)):
            try:
                file = path.open("rb")
                data = file.read()
            except OSError as error:
                self._log("heard_not_read", file=str(path), error=str(error))
                continue
            for row in _read(data):
                known = newest.get(row[0])
                if known is None or row[1:3] > known[1:3]:
                    newest[row[0]] = row
            if _locked(file):
                self._dead.append((path, file))
            else:
                file.close()
        return list(newest.values())

    def forget(self) -> None:
        """The store has what `left` gave: the files of those who are dead are not needed."""
        for path, file in self._dead:
            with contextlib.suppress(OSError):
                path.unlink()
            file.close()
        self._dead.clear()

    def note(self, rows: list[Kept], unkept: Callable[[], list[Kept]]) -> None:
        """Append who was heard; `unkept` gives all of whom the store has not the newest."""
        rows = unkept() if self._failed else rows
        if not rows:
            return
        try:
            if self._file is None:
                self._file = _begun(self._path)
            _append(self._file, rows)
            self._failed = False
            if self._file.tell() > self._bytes_max:
                self._shorten(unkept())
        except OSError as error:
            if not self._failed:
                self._log(
                    "heard_not_noted", error=str(error), remedy="see docs/operate.md, Silence"
                )
            self._failed = True

    def end(self, *, kept: bool) -> None:
        """Close; when the store has kept everything, the file is not needed."""
        if self._file is not None:
            self._file.close()
            self._file = None
            if kept:
                with contextlib.suppress(OSError):
                    self._path.unlink()

    def _shorten(self, rows: list[Kept]) -> None:
        """Begin the file anew with what the store does not have; the old one counts until then."""
        fresh = self._path.with_suffix(".new")
        with contextlib.ExitStack() as undo:
            file = undo.enter_context(_begun(fresh))
            _append(file, rows)
            self._bytes_max = max(BYTES_MAX, 4 * file.tell())
            fresh.replace(self._path)
            undo.pop_all()
        if self._file is not None:
            self._file.close()
        self._file = file


def _begun(path: Path) -> IO[bytes]:
    file = path.open("wb", buffering=0)
    _locked(file)
    return file


def _append(file: IO[bytes], rows: list[Kept]) -> None:
    """All of these records, or none. Raises OSError."""
    data, place = b"".join(map(_record, rows)), file.tell()
    if file.write(data) != len(data):
        file.truncate(place)
        file.seek(place)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _locked(file: IO[bytes]) -> bool:
    """Whether we hold the file now; a living process holds its own."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _record(row: Kept) -> bytes:
    packed = _RECORD.pack(*row)
    return packed + _SUM.pack(zlib.crc32(packed))


def _read(data: bytes) -> Iterable[Kept]:
    """The records whose sum holds."""
    for place in range(0, len(data) - _LONG + 1, _LONG):
        packed = data[place : place + _RECORD.size]
        if _SUM.unpack_from(data, place + _RECORD.size)[0] == zlib.crc32(packed):
            yield _RECORD.unpack(packed)

"""Copies of a SQLite store: taken while it runs, and put where no store is.

It promises that a backup which was not finished or does not hold together has no name, that
nothing is ever written over a store or over what is left of one, and that a restored store is
whole, durable and of this program's version before it has its name.

    StoreError
      NoCopy        what was asked cannot be done with these files; nothing was changed
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from alarm_receiver.store import audit
from alarm_receiver.store.database import StoreError, sqlite_url
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.owner import hand_over
from alarm_receiver.store.sealing import find_box, open_box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    Watch = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file; it plays the first and the last back into whatever is there."""


class NoCopy(StoreError):
    """This copy cannot be taken or restored; the text says why and what to do."""


def remains(place: Path) -> list[Path]:
    """What is at `place` of a store: the file and what SQLite keeps beside it."""
    return [one for one in (place, *_beside(place)) if one.exists()]


@contextmanager
def unwatched(_what: str, _total: int) -> Iterator[Callable[[int], object]]:
    """Nobody looks how far it is."""
    yield lambda _: None


def backup(source: Path, to: Path, watch: Watch = unwatched) -> int:
    """Copy the store at `source`, running or not, to the new file `to`; its size in bytes.

    `watch`: what shows how far checking it is, as `admin_help.progress`.
    """
    if to.exists():
        raise NoCopy(f"{to} exists already; a backup is never written over another one")
    with _unfinished(to) as part:
        with closing(_read(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        part.chmod(0o600)
        check(part, watch)
        _name(part, to)
    return to.stat().st_size


def restore(source: Path, place: Path, key_path: Path, watch: Watch = unwatched) -> None:
    """Put the backup `source` at `place`, upgraded and checked. Raises NoCopy, KeyMissing."""
    there = remains(place)
    if there:
        raise NoCopy(
            f"{', '.join(map(str, there))} {'exists' if len(there) == 1 else 'exist'}; nothing is "
            f"written over a store. Move {place}, {place.name}-wal and {place.name}-shm away "
            "together, as far as they are there: the -wal file holds alarms that the first one "
            "does not, and would be played into the restored store"
        )
    if not source.is_file():
        raise NoCopy(f"there is no file {source}; name the backup that is to be put back")
    check(source, watch)
    find_box(sqlite_url(source), key_path)  # no copy that nobody can open
    place.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(place) as part:
        with closing(_read(source)) as old, closing(sqlite3.connect(part)) as new:
            part.chmod(0o600)
            old.backup(new)
        upgrade(sqlite_url(part), open_box(sqlite_url(part), key_path))
        with closing(sqlite3.connect(part)) as new:
            new.execute("PRAGMA journal_mode = DELETE")  # whatever is beside it goes into it
        check(part, watch)
        _name(part, place)


def check(path: Path, watch: Watch = unwatched) -> None:
    """Raise NoCopy unless `path` is a whole receiver's store. It is not written to."""
    engine = create_engine("sqlite://", creator=lambda: _read(path), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
            connection.exec_driver_sql("SELECT version_num FROM alembic_version").one()
            with watch("links of the chain", audit.head(connection).seq) as tell:
                fault = audit.verify(connection, tell=tell)
    except Exception as error:
        raise NoCopy(
            f"{path} is no backup of a receiver: {error}; take one that `receiver backup` wrote"
        ) from error
    finally:
        engine.dispose()
    if said != "ok" or fault is not None:
        raise NoCopy(f"{path}: {fault or said}; take an older backup, and keep this one to look at")


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in BESIDE]


def _read(path: Path) -> sqlite3.Connection:
    """`path` for reading, with what is beside it; nothing is made where nothing is."""
    how = "mode=ro" if any(one.exists() for one in _beside(path)) else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True)


@contextmanager
def _unfinished(goal: Path) -> Iterator[Path]:
    """A file beside `goal` to work on; it is gone afterwards."""
    part = goal.with_name(f".{goal.name}.{secrets.token_hex(4)}")
    try:
        yield part
    finally:
        for one in (part, *_beside(part)):
            one.unlink(missing_ok=True)


def _name(part: Path, goal: Path) -> None:
    """Give what is finished its name, through a power cut; never over anything."""
    _sync(part)
    hand_over(part, goal)
    os.link(part, goal)
    _sync(goal.parent)


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)

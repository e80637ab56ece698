"""Which keys a database is sealed with: known by their ids, checked at start, rotated in place.

It promises that a receiver with the wrong key file, or with none, does not start on a database
that holds sealed secrets. It stores ids of keys, never a key, and never commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, insert, inspect, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from alarm_receiver.store.database import Unfit, engine_url, where_is
from alarm_receiver.store.desk import endpoint
from alarm_receiver.store.identity import totp
from alarm_receiver.store.keybox import KeyBox, KeyMissing
from alarm_receiver.store.orders import device_settings
from alarm_receiver.store.orders import row_of as settings_of
from alarm_receiver.store.tables import device_key, sealing

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

AT_ONCE = 1_000


def row_of(device: str, generation: int) -> str:
    """The name that a device's key is sealed for."""
    return f"device_key {device} {generation}"


def open_box(url: str, path: Path) -> KeyBox:
    """The box for the database at `url`; a fresh one when nothing there is sealed yet.

    Raises KeyMissing when the file is missing or not the one the database was sealed with, and
    Unfit when there is no file and nobody can say whether the database needs one.
    """
    return find_box(url, path) or KeyBox.make(path)


def find_box(url: str, path: Path) -> KeyBox | None:
    """The same without making one: None when there is no file and nothing that needs it."""
    ids = _ids(url, needed=not path.exists())
    if not path.exists() and not ids:
        return None
    try:
        box = KeyBox.read(path)
    except KeyMissing as error:
        raise KeyMissing(f"{error}{_told(ids)}") from error
    if ids and not ids & set(box.ids):
        raise KeyMissing(f"{path} is not the key file of this database{_told(ids)}")
    return box


def note(connection: Connection, box: KeyBox, now_ms: int) -> None:
    """Write down that the box's first key seals here. Raises KeyMissing for a foreign box."""
    ids = set(connection.execute(select(sealing.c.id)).scalars())
    if ids and not ids & set(box.ids):
        raise KeyMissing(f"the key file is not the one of this database{_told(ids)}")
    if box.ids[0] not in ids:
        connection.execute(insert(sealing).values(id=box.ids[0], made_ms=now_ms))


def reseal(connection: Connection, box: KeyBox) -> int:
    """Seal some secrets that other keys than the first hold with the first; how many."""
    done = 0
    for table, row, column in _sealed():
        for found in connection.execute(select(table).where(column.is_not(None))):
            sealed = bytes(getattr(found, column.name))
            if sealed[:8].hex() == box.ids[0]:
                continue
            name = row(found)
            where = [key == getattr(found, key.name) for key in table.primary_key.columns]
            again = box.seal(box.open(sealed, name), name)
            connection.execute(update(table).where(*where).values({column.name: again}))
            done += 1
            if done >= AT_ONCE:
                return done
    return done


def forget(connection: Connection, box: KeyBox) -> None:
    """Let the box's first key be the only one that this database knows."""
    connection.execute(delete(sealing).where(sealing.c.id != box.ids[0]))


def counts(connection: Connection) -> dict[str, int]:
    """How many secrets each key holds."""
    found: dict[str, int] = {}
    for _table, _row, column in _sealed():
        for value in connection.execute(select(column).where(column.is_not(None))).scalars():
            id_ = bytes(value)[:8].hex()
            found[id_] = found.get(id_, 0) + 1
    return found


def _sealed() -> list[tuple[Any, Any, Any]]:
    """Every table with sealed secrets, how its rows are named, and the column."""
    return [
        (device_key, lambda row: row_of(row.device, row.generation), device_key.c.sealed),
        (totp, lambda row: f"totp {row.operator}", totp.c.sealed),
        (
            device_settings,
            lambda row: settings_of(row.device, row.counter),
            device_settings.c.sealed,
        ),
        (endpoint, lambda row: f"endpoint {row.id}", endpoint.c.sealed),
        (endpoint, lambda row: f"endpoint {row.id}", endpoint.c.older),
    ]


def _ids(url: str, *, needed: bool) -> set[str]:
    """The ids of the keys that the database was sealed with; none of one that is new or older.

    One that cannot be asked is named by whoever opens it next, or here when it is `needed` to know.
    """
    if url.startswith("sqlite") and not _is_file(url):
        return set()
    engine = create_engine(engine_url(url), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(sealing.name):
                return set()
            return set(connection.execute(select(sealing.c.id)).scalars())
    except SQLAlchemyError as error:
        if needed:
            raise Unfit(
                f"{where_is(url)} cannot be opened: {str(error.__cause__ or error).strip()}; see "
                "that it is there and that this user may open it. No key file was made"
            ) from error
        return set()
    finally:
        engine.dispose()


def _is_file(url: str) -> bool:
    from pathlib import Path

    return Path(url.removeprefix("sqlite:///")).is_file()


def _told(ids: set[str]) -> str:
    if not ids:
        return ""
    return f". Secrets in this database are sealed with key {', '.join(sorted(ids))}"

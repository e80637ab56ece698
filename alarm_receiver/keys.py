"""The receiver's commands for the key that seals secrets in the database: show, rotate, retire.

They promise to print ids and never a key, and that a power cut in the middle of a rotation leaves
everything readable: both keys are in the file until nothing needs the old one.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

import typer

from alarm_receiver.admin_help import Data, fail, guarded, plainly, settings_of, store_of
from alarm_receiver.store import keybox, sealing
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.keybox import KeyBox

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

group = typer.Typer(no_args_is_help=True, help="The key that seals secrets in the database.")


@group.command("show")
@plainly
def show(data: Data = None) -> None:
    """Say which keys the file holds and how many secrets each one seals; never a key."""
    _path, box, engine = _open(data)
    with engine.connect() as connection:
        found = sealing.counts(connection)
    engine.dispose()
    for place, id_ in enumerate(box.ids):
        typer.echo(f"{id_}  {'seals' if place == 0 else 'opens'}  {found.pop(id_, 0)} secrets")
    for id_, count in found.items():
        typer.echo(f"{id_}  MISSING  {count} secrets", err=True)
    if found:
        raise typer.Exit(1)


@group.command("rotate")
@plainly
def rotate(data: Data = None) -> None:
    """Make a fresh key and seal everything with it; the old key stays until `retire`.

    Receivers may run: they learn the fresh key when they meet it.
    """
    path, box, engine = _open(data)
    fresh = [secrets.token_bytes(keybox.KEY_BYTES), *guarded(lambda: _keys(path))]
    if len(fresh) > keybox.KEYS_MAX:
        fail(f"{path} holds {keybox.KEYS_MAX} keys; retire those that nothing needs")
    guarded(lambda: keybox.write(path, fresh))
    box = KeyBox.read(path)
    done = guarded(lambda: _reseal(engine, box))
    engine.dispose()
    typer.echo(f"{done} secrets are sealed with {box.ids[0]} now")
    typer.echo(f"Copy {path} to where no backup of the database is, then run `keys retire`.")


@group.command("retire")
@plainly
def retire(data: Data = None) -> None:
    """Take every key but the first out of the file, after sealing what still needs them."""
    path, box, engine = _open(data)
    _reseal(engine, box)
    with engine.begin() as connection:
        left = set(sealing.counts(connection)) - {box.ids[0]}
        if left:
            fail(f"{', '.join(sorted(left))} still seals; run it again")
        sealing.forget(connection, box)
    engine.dispose()
    guarded(lambda: keybox.write(path, _keys(path)[:1]))
    typer.echo(f"{path} holds {box.ids[0]} alone")


def _open(data: Path | None) -> tuple[Path, KeyBox, Engine]:
    settings = settings_of(data)
    url, path = store_of(settings), settings.key_path
    box = guarded(lambda: sealing.find_box(url, path))
    if box is None:
        fail(f"there is no key file {path} yet; the first start makes one")
    return path, box, guarded(lambda: open_writer(url))


def _keys(path: Path) -> list[bytes]:
    return keybox.parse(path.read_text("ascii"), str(path))


def _reseal(engine: Engine, box: KeyBox) -> int:
    total = 0
    while True:
        with engine.begin() as connection:
            sealing.note(connection, box, time.time_ns() // 1_000_000)
            done = sealing.reseal(connection, box)
        total += done
        if done < sealing.AT_ONCE:
            return total

"""What the receiver's commands share: settings, errors told with blame and remedy, exit codes."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.config import PREFIX, Misconfigured, Settings, read_settings
from alarm_receiver.store.database import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
P = ParamSpec("P")
EXIT_SETTING = 2
EXIT_FAULT = 1
_EXPECTED = (Misconfigured, StoreError, ValueError, OSError, SQLAlchemyError, sqlite3.Error)
Data = Annotated[
    Path | None, typer.Option(help=f"The receiver's data folder, else {PREFIX}DATA says it")
]


def settings_of(data: Path | None) -> Settings:
    """The settings of the receiver with this data folder."""
    return guarded(lambda: read_settings(data=data))


def store_of(settings: Settings) -> str:
    """The URL of a store that is there. Commands that look at one never make one."""
    place = store_file(settings)
    if place is not None and not place.is_file():
        fail(
            f"there is no store in {settings.data} (no file {place.name}). Name the folder that "
            "the receiver serves from; the first start makes a store"
        )
    return settings.database_url


def store_file(settings: Settings) -> Path | None:
    """Where the file of a SQLite store is; None for PostgreSQL."""
    return None if settings.database else settings.data / "receiver.sqlite3"


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show on a terminal how far `what` is; what it gives is told how many of `total` are done.

    A log or a mail of cron gets nothing of it.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    out = Console(stderr=True)
    with Progress(*columns, console=out, transient=True, disable=not out.is_terminal) as bar:
        task = bar.add_task(what, total=max(1, total))
        yield lambda done: bar.update(task, completed=done)


def plainly(do: Callable[P, T]) -> Callable[P, T]:
    """The command `do`, ending with what is wrong in words instead of a traceback."""

    @wraps(do)
    def told(*args: P.args, **names: P.kwargs) -> T:
        return guarded(lambda: do(*args, **names))

    return told


def guarded(do: Callable[[], T]) -> T:
    """What `do` gives; what cannot work is said in words and ends the command."""
    try:
        return do()
    except _EXPECTED as error:
        cause = error.__cause__ if isinstance(error, SQLAlchemyError) else None
        fail(str(cause or error).strip())


def fail(said: str) -> NoReturn:
    """End the command with why."""
    typer.echo(f"holdfast receiver: {said}", err=True)
    raise typer.Exit(EXIT_SETTING)

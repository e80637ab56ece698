"""What the receiver's commands share: settings, errors told with blame and remedy, exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from alarm_receiver.config import Misconfigured, Settings
from alarm_receiver.store.database import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Data = Annotated[Path, typer.Option(help="The receiver's data folder")]
EXIT_SETTING = 2
EXIT_FAULT = 1


def settings_of(data: Path) -> Settings:
    """The settings of the receiver with this data folder."""
    return guarded(lambda: Settings(data=data))


def guarded(do: Callable[[], T]) -> T:
    """What `do` gives; what cannot work is said in words and ends the command."""
    try:
        return do()
    except (Misconfigured, StoreError, ValueError) as error:
        fail(str(error))


def fail(said: str) -> NoReturn:
    """End the command with why."""
    typer.echo(f"holdfast receiver: {said}", err=True)
    raise typer.Exit(EXIT_SETTING)

"""The receiver's commands for its agencies: add one, list them, rename one, make a set-up link.

They promise to print a link once and to keep only its hash, and that each of them which changes
something is a deed of the record, with who did it.
"""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from alarm_receiver.admin_help import Data, fail, guarded, plainly, settings_of, store_of
from alarm_receiver.config import url_at
from alarm_receiver.store import agencies
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.migrate import is_current
from alarm_receiver.store.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from alarm_receiver.config import Settings

T = TypeVar("T")
group = typer.Typer(no_args_is_help=True, help="The agencies that this receiver works for.")
By = Annotated[str, typer.Option(help="Who does it; it is a deed of the record")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The agency's id; `agency list` shows it")]


@group.command("add")
@plainly
def add(
    name: Annotated[str, typer.Argument(help="What people call it")],
    by: By,
    id_: Annotated[
        str, typer.Option("--id", help="Its id; made of the name when this is not given")
    ] = "",
    data: Data = None,
) -> None:
    """Add an agency and print the link for its first administrator. Receivers may go on running."""
    settings = settings_of(data)

    def make(connection: Connection) -> tuple[str, str]:
        made = agencies.add(connection, id_, name, actor=actor_of(by), now_ms=moment_ms())
        return made, _link(connection, settings, made, by)

    made, link = write(settings, make)
    typer.echo(f"agency {made} is there")
    typer.echo(link)


@group.command("list")
@plainly
def show(data: Data = None) -> None:
    """Say which agencies there are, and how many sites and people each has."""
    settings = settings_of(data)
    for one in write(settings, agencies.everything):
        left = one["link_until_ms"]
        opens = f", its link opens until {_moment(left)}" if left and left > moment_ms() else ""
        typer.echo(
            f"{one['id']}  {one['name']}  {one['sites']} sites, {one['people']} people, "
            f"{one['admins']} of them administrators{opens}"
        )


@group.command("rename")
@plainly
def rename(
    id_: Id,
    name: Annotated[str, typer.Argument(help="What people call it from now on")],
    by: By,
    data: Data = None,
) -> None:
    """Give an agency another name; its id stays."""
    actor = actor_of(by)
    write(
        settings_of(data),
        lambda one: agencies.rename(one, id_, name, actor=actor, now_ms=moment_ms()),
    )
    typer.echo(f"agency {id_} is called {agencies.named(name)}")


@group.command("link")
@plainly
def link(id_: Id, by: By, data: Data = None) -> None:
    """Print a new link for the first administrator of an agency; the one before opens no more."""
    settings = settings_of(data)
    typer.echo(write(settings, lambda connection: _link(connection, settings, id_, by)))


def _link(connection: Connection, settings: Settings, id_: str, by: str) -> str:
    """A fresh link, and until when it opens."""
    secret = secrets.token_urlsafe(24)
    until_ms = agencies.link(connection, id_, secret, actor=actor_of(by), now_ms=moment_ms())
    url = settings.public_url or url_at(settings.host, settings.port)
    return f"The first account of {id_} is made at  {url}/setup/{secret}  until {_moment(until_ms)}"


def write(settings: Settings, do: Callable[[Connection], T]) -> T:
    """What `do` gives, in a transaction of its own."""
    engine = guarded(lambda: open_writer(store_of(settings)))
    try:
        with engine.begin() as connection:
            if not is_current(connection):
                fail("this store is of another version; see `holdfast receiver migrate`")
            return do(connection)
    except RegistryError as error:
        fail(str(error))
    finally:
        engine.dispose()


def actor_of(by: str) -> str:
    """Who does it, as a deed has it. Ends the command when that is nobody."""
    if not by.strip():
        fail("--by names nobody; say who does it")
    return f"command:{by.strip()}"[:80]


def moment_ms() -> int:
    """Now."""
    return time.time_ns() // 1_000_000


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")

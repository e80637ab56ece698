"""The receiver's commands for the record: verify the chain, export its head, show the key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from alarm_receiver.admin_help import (
    EXIT_FAULT,
    Data,
    fail,
    guarded,
    plainly,
    progress,
    settings_of,
    store_of,
)
from alarm_receiver.store import audit, folding
from alarm_receiver.store.database import open_reader
from alarm_receiver.store.signer import Signed, Signer, read_head

if TYPE_CHECKING:
    from pathlib import Path

group = typer.Typer(no_args_is_help=True, help="The record of who did what and when.")


@group.callback()
def _group() -> None:
    """The record of who did what and when."""


@group.command("verify")
@plainly
def verify(
    data: Data = None,
    head: Annotated[
        str, typer.Option(help="A head that was exported or logged before and kept elsewhere")
    ] = "",
    public: Annotated[
        str, typer.Option(help="The public key that must have signed it; default: our own")
    ] = "",
) -> None:
    """Check the chain and that each ticket is what its timeline says; name what is not."""
    settings = settings_of(data)
    url = store_of(settings)
    kept = _kept(settings.signing_path, head, public) if head else None
    engine = open_reader(url)
    with engine.connect() as connection:
        last = audit.head(connection)
        with progress("links of the chain", last.seq) as tell:
            fault = audit.verify(connection, kept.head if kept else None, tell=tell)
        last = audit.head(connection)
        with progress("tickets", folding.count(connection)) as tell:
            differs = folding.verify(connection, tell=tell)
    engine.dispose()
    if fault is not None:
        typer.echo(f"BROKEN at {fault}", err=True)
    if differs is not None:
        typer.echo(f"FALSE: {differs}", err=True)
    if fault is not None or differs is not None:
        raise typer.Exit(EXIT_FAULT)
    typer.echo(f"whole: {last.seq} links, head {last.seq}:{last.hash.hex()}")


@group.command("head")
@plainly
def head(data: Data = None) -> None:
    """Print the signed head of the chain; keep it where nobody who writes here can reach it."""
    settings = settings_of(data)
    engine = open_reader(store_of(settings))
    signer = _signer(settings.signing_path)
    with engine.connect() as connection:
        last = audit.head(connection)
    engine.dispose()
    typer.echo(str(signer.sign(last, time.time_ns() // 1_000_000)))


@group.command("key")
@plainly
def key(data: Data = None) -> None:
    """Print the public key under exported heads; keep it with them."""
    settings = settings_of(data)
    typer.echo(_signer(settings.signing_path).public)


def _signer(path: Path) -> Signer:
    """The key that is there; looking at it makes none."""
    if not path.exists():
        fail(f"there is no key {path} yet; the receiver makes it at its first start")
    return Signer(path)


def _kept(path: Path, text: str, public: str) -> Signed:
    """The head that was kept, with its signature checked."""
    kept = guarded(lambda: read_head(text))
    if not kept.signature:
        if public:
            fail("this head is not signed, and --public was given")
        return kept
    wanted = public or (guarded(lambda: Signer(path)).public if path.exists() else "")
    if wanted != kept.public:
        fail(f"this head was signed by {kept.public}, not by {wanted or 'a key we know'}")
    if not kept.holds():
        fail("the signature under this head does not hold: it was changed")
    return kept

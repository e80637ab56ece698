"""The receiver's commands that do not serve: migrate, check-config, backup, restore, audit."""

from __future__ import annotations

import os
from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer

from alarm_receiver import (
    accounts,
    agencies,
    chain,
    config_check,
    copies,
    erasing,
    keys,
    older,
    town,
)
from alarm_receiver.admin_help import (
    Data,
    fail,
    guarded,
    plainly,
    progress,
    settings_of,
    store_file,
    store_of,
)
from alarm_receiver.clock import Clock
from alarm_receiver.periods import FILE as RETENTION
from alarm_receiver.periods import read_periods
from alarm_receiver.plans import read_plans
from alarm_receiver.rules import FILE, read_rules
from alarm_receiver.service import unit
from alarm_receiver.store import audit, coverage
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.fence import FILE as PRIMARY
from alarm_receiver.store.fence import Fence
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.sealing import find_box, open_box

if TYPE_CHECKING:
    from alarm_receiver.config import Settings
    from alarm_receiver.rules import Rules
    from alarm_receiver.store.keybox import KeyBox


@plainly
def migrate(data: Data = None) -> None:
    """Bring the database to this program's version. Do it with the receivers stopped."""
    settings = settings_of(data)
    store_of(settings)
    settings.data.mkdir(parents=True, exist_ok=True)
    _upgrade(settings)
    typer.echo("the database has this program's version")


@plainly
def demo_data(data: Data = None) -> None:
    """Fill an empty store with five sites, their keypads and floor plans, to try things on."""
    settings = settings_of(data)
    settings.data.mkdir(parents=True, exist_ok=True)
    box = _upgrade(settings)
    engine = guarded(lambda: open_writer(settings.database_url)).execution_options(box=box)
    try:
        with engine.begin() as connection:
            made = guarded(lambda: town.fill(connection, Clock().now_ms()))
    finally:
        engine.dispose()
    typer.echo(f"made {made['sites']} sites with {made['devices']} devices; their keys are unknown")


@plainly
def check_config(
    data: Data = None,
    reach: Annotated[
        bool,
        typer.Option(
            "--reach", help="Try each way out too: relay, gateway, agencies; nothing is sent"
        ),
    ] = False,
) -> None:
    """Check settings, response plans and the store without serving."""
    settings = settings_of(data)
    plans = guarded(lambda: read_plans(settings.data / "plans"))
    rules = guarded(lambda: read_rules(settings.data))
    periods = guarded(lambda: read_periods(settings.data))
    _check_store(settings)
    roles = ", ".join(rules.sign_in.second_factor) or "no role (set sign_in.second_factor)"
    typer.echo(f"{FILE}: a second factor is needed by {roles}")
    typer.echo(f"{FILE}: OpenID Connect {rules.oidc.issuer if rules.oidc else 'is not set up'}")
    by = periods.confirmed_by or "nobody (nothing is erased)"
    typer.echo(f"{RETENTION}: confirmed by {by}")
    typer.echo(f"plans: {', '.join(plans.ids())}")
    for id_ in plans.ids():
        for what in plans.get(id_).unconfirmed:
            typer.echo(f"  still to be confirmed for {id_}: {what}")
    faults = config_check.places(settings) + config_check.faults(settings)
    faults += config_check.unknown(os.environ)
    for fault in faults:
        typer.echo(f"holdfast receiver: {fault}", err=True)
    unreached = _reach(settings, rules) if reach else 0
    if faults:
        fail(f"{len(faults)} settings cannot be used; docs/operate.md lists what can be set")
    if unreached:
        fail(f"{unreached} ways out cannot be used; what to do stands beside each")
    typer.echo("everything can be used")


@plainly
def backup(to: Annotated[Path, typer.Argument(help="File to write")], data: Data = None) -> None:
    """Write a copy of the SQLite store while the receiver runs. Secrets in it stay sealed."""
    settings = settings_of(data)
    source = _sqlite(settings)
    store_of(settings)
    size = copies.backup(source, to, progress)
    typer.echo(f"{to}: {size} bytes, checked")


@plainly
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The backup")], data: Data = None
) -> None:
    """Put a backup in the place of a store that is not there. Receivers must be stopped."""
    settings = settings_of(data)
    place = _sqlite(settings)
    memory = older.Memory(settings.data)
    with memory.restoring(source, Clock().now_ms()):
        copies.restore(source, place, settings.key_path, progress)
    typer.echo(
        f"{place} restored. Before it is served: holdfast receiver confirm-store --data "
        f"{settings.data} --by NAME"
    )


@plainly
def confirm_store(
    by: Annotated[str, typer.Option(help="Who confirms it; it is a deed of the record")],
    set_back: Annotated[
        bool,
        typer.Option(
            "--set-back", help="The whole machine was set back, so that nothing here can tell it"
        ),
    ] = False,
    data: Data = None,
) -> None:
    """Let a store be served that is older than what this receiver has seen. Receivers stopped."""
    settings = settings_of(data)
    url = store_of(settings)
    if settings.database:
        Fence(url, settings.data / PRIMARY).forget()
    memory, now_ms = older.Memory(settings.data), Clock().now_ms()
    engine = guarded(lambda: open_writer(url))
    try:
        with engine.begin() as connection:
            why = guarded(lambda: memory.why(connection, now_ms))
            if not why and set_back:
                why = older.set_back(connection)
            if not why:
                typer.echo("the store is as this receiver saw it last; nothing to confirm")
                return
            older.confirm(connection, why, by, now_ms)
            head = audit.head(connection)
    finally:
        engine.dispose()
    memory.confirmed(head, now_ms)
    typer.echo(f"confirmed by {by}: {older.in_words(why)}")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the receiver's group."""
    app.command()(migrate)
    app.command("demo-data")(demo_data)
    app.command("check-config")(check_config)
    app.command()(backup)
    app.command()(restore)
    app.command("confirm-store")(confirm_store)
    app.command()(unit)
    app.command("retention")(plainly(erasing.command))
    app.add_typer(accounts.group, name="account")
    app.add_typer(agencies.group, name="agency")
    app.add_typer(chain.group, name="audit")
    app.add_typer(keys.group, name="keys")


def _upgrade(settings: Settings) -> KeyBox:
    box = guarded(lambda: open_box(settings.database_url, settings.key_path))
    guarded(lambda: upgrade(settings.database_url, box))
    return box


def _check_store(settings: Settings) -> None:
    """Say how store and key file are; nothing is made where nothing is."""
    place = store_file(settings)
    if place is not None and not place.is_file():
        left = ", ".join(map(str, copies.remains(place)))
        if left:
            fail(f"there is no {place}, but {left}: a store was here. See `restore`")
        typer.echo(f"store: {place} will be made at the first start")
    else:
        engine = guarded(lambda: open_writer(settings.database_url))
        typer.echo("store: it keeps what it commits")
        for note in coverage.of_store(engine, settings.channels, settings.public_url):
            typer.echo(f"note: {note}")
        engine.dispose()
    box = guarded(lambda: find_box(settings.database_url, settings.key_path))
    if box is None:
        typer.echo(f"key file: {settings.key_path} will be made at the first start")
    else:
        typer.echo(f"key file: {settings.key_path}, key {box.ids[0]} seals")


def _reach(settings: Settings, rules: Rules) -> int:
    """Try each way out, with a line each as it comes; how many cannot be used."""
    from alarm_receiver import reaching

    place = store_file(settings)
    there = place is None or place.is_file()
    store = guarded(lambda: open_writer(settings.database_url)) if there else None
    try:
        ways = reaching.ways_of(settings, rules, store)
        return reaching.tried(ways, lambda said, ends: typer.echo(said, nl=ends))
    finally:
        if store is not None:
            store.dispose()


def _sqlite(settings: Settings) -> Path:
    place = store_file(settings)
    if place is None:
        fail("this store is PostgreSQL; back it up and restore it with its own tools (pgBackRest)")
    return place

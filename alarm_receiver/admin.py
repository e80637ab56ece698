"""The receiver's commands that do not serve: migrate, check-config, backup, restore, audit."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path  # noqa: TC003 - typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy import create_engine

from alarm_receiver import chain, erasing, keys, town
from alarm_receiver.admin_help import Data, fail, guarded, settings_of
from alarm_receiver.clock import Clock
from alarm_receiver.periods import FILE as RETENTION
from alarm_receiver.periods import read_periods
from alarm_receiver.plans import read_plans
from alarm_receiver.rules import FILE, read_rules
from alarm_receiver.store import audit
from alarm_receiver.store.database import open_writer
from alarm_receiver.store.migrate import upgrade
from alarm_receiver.store.sealing import find_box, open_box

if TYPE_CHECKING:
    from alarm_receiver.config import Settings
    from alarm_receiver.store.keybox import KeyBox


def migrate(data: Data) -> None:
    """Bring the database to this program's version. Do it with the receivers stopped."""
    settings = settings_of(data)
    _upgrade(settings)
    typer.echo("the database has this program's version")


def demo_data(data: Data) -> None:
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


def check_config(data: Data) -> None:
    """Check settings, response plans and the store without serving."""
    settings = settings_of(data)
    plans = guarded(lambda: read_plans(settings.data / "plans"))
    rules = guarded(lambda: read_rules(settings.data))
    periods = guarded(lambda: read_periods(settings.data))
    engine = guarded(lambda: open_writer(settings.database_url))
    engine.dispose()
    box = guarded(lambda: find_box(settings.database_url, settings.key_path))
    if box is None:
        typer.echo(f"key file: {settings.key_path} will be made at the first start")
    else:
        typer.echo(f"key file: {settings.key_path}, key {box.ids[0]} seals")
    roles = ", ".join(rules.sign_in.second_factor) or "no role (set sign_in.second_factor)"
    typer.echo(f"{FILE}: a second factor is needed by {roles}")
    typer.echo(f"{FILE}: OpenID Connect {rules.oidc.issuer if rules.oidc else 'is not set up'}")
    by = periods.confirmed_by or "nobody (nothing is erased)"
    typer.echo(f"{RETENTION}: confirmed by {by}")
    typer.echo(f"plans: {', '.join(plans.ids())}")
    for id_ in plans.ids():
        for what in plans.get(id_).unconfirmed:
            typer.echo(f"  still to be confirmed for {id_}: {what}")
    typer.echo("the store keeps what it commits; everything can be used")


def backup(data: Data, to: Annotated[Path, typer.Argument(help="File to write")]) -> None:
    """Write a copy of the SQLite store while the receiver runs. Secrets in it stay sealed."""
    settings = settings_of(data)
    source = _sqlite(settings)
    if to.exists():
        fail(f"{to} exists already; a backup is never written over another one")
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("VACUUM INTO ?", (str(to),))
    to.chmod(0o600)
    _check(to)
    typer.echo(f"{to}: {to.stat().st_size} bytes, checked")


def restore(
    data: Data, source: Annotated[Path, typer.Argument(metavar="FILE", help="The backup")]
) -> None:
    """Put a backup in the place of a store that is not there. Receivers must be stopped."""
    settings = settings_of(data)
    place = _sqlite(settings)
    if place.exists():
        fail(f"{place} exists; move it away first, nothing is written over a store")
    _check(source)
    data.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)
    place.chmod(0o600)
    _upgrade(settings)
    typer.echo(f"{place} restored; signals since the backup come again from the gateways' spools")


def add_to(app: typer.Typer) -> None:
    """Put these commands into the receiver's group."""
    app.command()(migrate)
    app.command("demo-data")(demo_data)
    app.command("check-config")(check_config)
    app.command()(backup)
    app.command()(restore)
    app.command("retention")(erasing.command)
    app.add_typer(chain.group, name="audit")
    app.add_typer(keys.group, name="keys")


def _upgrade(settings: Settings) -> KeyBox:
    box = guarded(lambda: open_box(settings.database_url, settings.key_path))
    guarded(lambda: upgrade(settings.database_url, box))
    return box


def _sqlite(settings: Settings) -> Path:
    if settings.database:
        fail("this store is PostgreSQL; back it up and restore it with its own tools (pgBackRest)")
    return settings.data / "receiver.sqlite3"


def _check(path: Path) -> None:
    """Fail unless `path` is a whole receiver's store."""
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
            connection.exec_driver_sql("SELECT version_num FROM alembic_version").one()
            fault = audit.verify(connection)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, it is no backup
        fail(f"{path} is no backup of a receiver: {error}")
    finally:
        engine.dispose()
    if said != "ok" or fault is not None:
        fail(f"{path}: {fault or said}")

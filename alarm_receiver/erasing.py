"""The receiver's command for records older than their period: preview, and erase at once."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from alarm_receiver.admin_help import Data, fail, guarded, settings_of, store_of
from alarm_receiver.periods import FILE, read_periods
from alarm_receiver.store import audit, retention
from alarm_receiver.store.database import open_reader, open_writer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from alarm_receiver.domain.retention import Periods

WAIT_S = 0.5


def command(
    data: Data = None,
    run: Annotated[bool, typer.Option("--run/--preview", help="Erase, or only say what")] = False,
) -> None:
    """Say what is older than its period, or erase it now. Receivers may go on running."""
    settings = settings_of(data)
    periods = guarded(lambda: read_periods(settings.data))
    if run and not periods.confirmed_by:
        fail(
            f"nobody has confirmed the periods; copy {FILE} of the receiver to {settings.data}, "
            "check it against your law, and put into confirmed_by who did"
        )
    engine = (open_writer if run else open_reader)(store_of(settings))
    try:
        _preview(engine, periods)
        if run:
            _run(engine, periods)
    finally:
        engine.dispose()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _preview(engine: Engine, periods: Periods) -> None:
    now_ms = _now_ms()
    by = periods.confirmed_by
    typer.echo(f"{FILE}: {f'confirmed by {by}' if by else 'nobody has confirmed it: no erasing'}")
    with engine.connect() as connection:
        for agency in retention.agencies(connection):
            typer.echo(f"agency {agency}")
            for one in retention.preview(connection, agency, periods, now_ms):
                day = datetime.fromtimestamp(one.before_ms / 1000, UTC).date().isoformat()
                period = periods.of[one.kind]
                held = f", {one.held} more under a legal hold" if one.held else ""
                if one.more:
                    held += f"; counting ended at {retention.COUNT_MAX}, there may be more"
                typer.echo(f"  {one.kind:<9} before {day} ({period.days} days): {one.count}{held}")


def _run(engine: Engine, periods: Periods) -> None:
    """Erase until nothing is due; each piece is a transaction of its own."""
    with engine.connect() as connection:
        agencies = retention.agencies(connection)
    for agency in agencies:
        while (number := _begun(engine, agency, periods)) is not None:
            rows: dict[str, int] = {}
            while not _piece(engine, number, rows):
                pass
            told = ", ".join(f"{count} {name}" for name, count in rows.items() if count)
            typer.echo(f"agency {agency}, deed {number}: {told or 'nothing'} erased")


def _begun(engine: Engine, agency: str, periods: Periods) -> int | None:
    with engine.begin() as connection:
        number = retention.open_one(connection, agency)
        return number or retention.begin(connection, agency, periods, _now_ms())


def _piece(engine: Engine, number: int, rows: dict[str, int]) -> bool:
    """Do a piece of it; links the deed ourselves where no receiver runs that does."""
    with engine.begin() as connection:
        step = retention.step(connection, number, _now_ms())
        if step.waits:
            audit.seal(connection, _now_ms())
    for name, count in step.rows.items():
        rows[name] = rows.get(name, 0) + count
    if step.waits:
        time.sleep(WAIT_S)
    return step.done

"""The receiver's own processes as they beat in the store. Never commits.

It promises that a part which stopped in order is gone and not dead, that of several engines one
alone tells a part dead, and that hearing counts from when it was last without a break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from alarm_receiver.store.duty import engine_beat

if TYPE_CHECKING:
    from sqlalchemy import Connection

BREAK_MS = 5_000
"""A part that did not beat for so long did not hear either."""
DEAD_MS = 10_000
FORGOTTEN_MS = 86_400_000
PARTS = ("all", "console", "intake", "engine")
"""What one process may be."""
EARS = ("all", "intake")
ENGINES = ("all", "engine")


@dataclass(frozen=True, slots=True)
class Part:
    """One process: what it does, where it runs, and when it beat last."""

    id: str
    part: str
    host: str
    pid: int
    beat_ms: int
    since_ms: int
    dead_ms: int | None


@dataclass(frozen=True, slots=True)
class Where:
    """This process: its id, what it does, on which host, under which process id."""

    id: str
    part: str
    host: str
    pid: int


def beat(connection: Connection, me: Where, now_ms: int) -> bool:
    """Note that a part lives. True when it begins."""
    query = select(engine_beat.c.beat_ms).where(engine_beat.c.id == me.id)
    known = connection.execute(query).scalar()
    if known is None:
        connection.execute(
            insert(engine_beat).values(
                id=me.id,
                beat_ms=now_ms,
                late_ms=0,
                part=me.part,
                since_ms=now_ms,
                host=me.host,
                pid=me.pid,
            )
        )
        return True
    values: dict[str, int | None] = {"beat_ms": now_ms, "dead_ms": None}
    if now_ms - known > BREAK_MS:
        values["since_ms"] = now_ms
    connection.execute(update(engine_beat).where(engine_beat.c.id == me.id).values(values))
    return False


def leave(connection: Connection, id_: str) -> None:
    """A part stops in order."""
    connection.execute(delete(engine_beat).where(engine_beat.c.id == id_))


def forget(connection: Connection, now_ms: int) -> None:
    """Forget parts that died long ago."""
    connection.execute(delete(engine_beat).where(engine_beat.c.beat_ms < now_ms - FORGOTTEN_MS))


def everyone(connection: Connection) -> list[Part]:
    """Every part that is known."""
    query = select(
        engine_beat.c.id,
        engine_beat.c.part,
        engine_beat.c.host,
        engine_beat.c.pid,
        engine_beat.c.beat_ms,
        engine_beat.c.since_ms,
        engine_beat.c.dead_ms,
    )
    return [Part(*row) for row in connection.execute(query.order_by(engine_beat.c.since_ms))]


def ears_since_ms(connection: Connection, now_ms: int) -> int | None:
    """Since when somebody hears without a break; None when nobody does."""
    query = select(func.min(engine_beat.c.since_ms)).where(
        engine_beat.c.part.in_(EARS), engine_beat.c.beat_ms >= now_ms - BREAK_MS
    )
    found: int | None = connection.execute(query).scalar()
    return found


def engine_lives(connection: Connection, now_ms: int) -> bool:
    """Whether any process raises what is due."""
    query = select(engine_beat.c.id).where(
        engine_beat.c.part.in_(ENGINES), engine_beat.c.beat_ms >= now_ms - DEAD_MS
    )
    return connection.execute(query.limit(1)).scalar() is not None


def dead(connection: Connection, now_ms: int) -> list[Part]:
    """Parts that fell silent and were not told dead yet."""
    return [
        one
        for one in everyone(connection)
        if one.dead_ms is None and one.beat_ms < now_ms - DEAD_MS
    ]


def tell_dead(connection: Connection, one: Part, now_ms: int) -> bool:
    """Note that people are told. False: another engine, or the part itself, was faster."""
    result = connection.execute(
        update(engine_beat)
        .where(
            engine_beat.c.id == one.id,
            engine_beat.c.beat_ms == one.beat_ms,
            engine_beat.c.dead_ms.is_(None),
        )
        .values(dead_ms=now_ms)
    )
    return result.rowcount == 1

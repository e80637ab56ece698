"""Erasing what is older than its period: planned, written down, then done piece by piece.

It promises that what is to go is named row by row in a deed, that nothing goes before that deed
is linked in the audit's chain, that no live ticket and nothing under a legal hold goes, and that
whoever dies in the middle is followed by another one who goes on. An erased signal leaves its
identity, so that a copy of its frame is still told. It never commits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    String,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)

from alarm_receiver.domain.retention import CHAINED, Kind, Periods, runs
from alarm_receiver.store.desk import audit, deed, page
from alarm_receiver.store.guards import BLANK_KIND, KEPT_DEEDS, append_only
from alarm_receiver.store.holds import held, hold, on_site
from alarm_receiver.store.tables import (
    access,
    agency,
    entry,
    metadata,
    one_of,
    operator,
    receipt,
    refused,
    signal,
    site,
    ticket,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Select

AT_ONCE = 200
"""Rows of each log that go in one transaction; no alarm waits for more."""
ROWS_MAX = 2_000
"""Rows of each log in one deed; what is left over goes under the next one."""
COUNT_MAX = 10_000
"""A preview counts so far: of 825,000 rows that were due all were looked at, for 2.5 s."""
ACTOR = "receiver"
SOURCES = {"entry": entry, "signal": signal, "deed": deed, "receipt": receipt}
SAID = ("answer", "note", "call")
"""Acts whose entries hold what people said: kind `answers`."""

erasure = Table(
    "erasure",
    metadata,
    Column("deed", ForeignKey("deed.seq"), primary_key=True, autoincrement=False),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("done_ms", BigInteger),
    CheckConstraint("done_ms IS NULL OR done_ms >= at_ms", name="done_later"),
    Index(
        "erasure_one_at_once_ix",
        "agency",
        unique=True,
        sqlite_where=text("done_ms IS NULL"),
        postgresql_where=text("done_ms IS NULL"),
    ),
)
"""Erasing that was begun; the deed names all of it."""
erased = Table(
    "erased",
    metadata,
    Column("deed", ForeignKey("erasure.deed"), primary_key=True, autoincrement=False),
    Column("source", String(8), primary_key=True),
    Column("first_row", BigInteger, primary_key=True, autoincrement=False),
    Column("last_row", BigInteger, nullable=False),
    Column("before_ms", BigInteger, nullable=False),
    CheckConstraint(one_of("source", *SOURCES), name="source_known"),
    CheckConstraint("last_row >= first_row", name="range_whole"),
)
"""The ranges that an erasing is about, one row each."""
append_only(erasure, but=("done_ms",))
append_only(erased)


@dataclass(slots=True)
class Due:
    """What of one kind is due: how many rows, how many more a hold keeps, before which moment.

    `more`: counting ended at COUNT_MAX rows, held or not; there may be any number more.
    """

    kind: Kind
    before_ms: int
    count: int = 0
    held: int = 0
    more: bool = False


@dataclass(slots=True)
class Step:
    """How far an erasing has come."""

    deed: int
    waits: bool = False
    """For the deed to be linked in the chain."""
    done: bool = False
    rows: dict[str, int] = field(default_factory=dict)


def preview(connection: Connection, of: str, periods: Periods, now_ms: int) -> list[Due]:
    """What would be erased of the agency `of` at `now_ms`, by kind; nothing is written.

    At most COUNT_MAX rows of each kind are looked at.
    """
    found = []
    for kind in CHAINED:
        before_ms = periods.before_ms(kind, now_ms)
        query, stops = _due(kind, of, before_ms, now_ms)
        query = query.with_only_columns(case((~stops, 1), else_=0).label("free"))
        found.append(_counted(connection, Due(kind, before_ms), query))
    for kind, (table, condition) in _plain(of, periods, now_ms).items():
        query = select(literal(1).label("free")).select_from(table).where(condition)
        found.append(_counted(connection, Due(kind, periods.before_ms(kind, now_ms)), query))
    return found


def _counted(connection: Connection, one: Due, query: Select[Any]) -> Due:
    """Count into `one` the rows of `query`, each of which says whether it is `free`."""
    rows = query.limit(COUNT_MAX).subquery()
    sums = select(func.count(), func.coalesce(func.sum(rows.c.free), 0)).select_from(rows)
    total, one.count = connection.execute(sums).one()
    one.held, one.more = total - one.count, total >= COUNT_MAX
    return one


def begin(connection: Connection, of: str, periods: Periods, now_ms: int) -> int | None:
    """Write down what is to be erased of the agency `of`; the deed, or None: nothing is due.

    At most ROWS_MAX rows of each log. What is in no log (sessions, refused frames) goes at once.
    """
    ranges: dict[str, dict[int, list[int]]] = {}
    counts: dict[str, int] = {}
    for kind in CHAINED:
        before_ms = periods.before_ms(kind, now_ms)
        for source, rows in _planned(connection, kind, of, before_ms, now_ms).items():
            counts[str(kind)] = counts.get(str(kind), 0) + len(rows)
            ranges.setdefault(source, {}).setdefault(before_ms, []).extend(rows)
    for kind, (table, condition) in _plain(of, periods, now_ms).items():
        gone = connection.execute(delete(table).where(condition)).rowcount
        counts[str(kind)] = gone
    counts = {kind: count for kind, count in counts.items() if count}
    if not counts:
        return None
    told = {
        source: [list(run) for run in runs(row for rows in some.values() for row in rows)]
        for source, some in ranges.items()
    }
    days = {str(kind): period.days for kind, period in periods.of.items()}
    detail = {"counts": counts, "ranges": told, "days": days, "by": periods.confirmed_by}
    number = _deed(connection, of, "erase", now_ms, detail)
    connection.execute(insert(erasure).values(deed=number, agency=of, at_ms=now_ms))
    for source, some in ranges.items():
        for before_ms, rows in some.items():
            for first, last in runs(rows):
                connection.execute(
                    insert(erased).values(
                        deed=number,
                        source=source,
                        first_row=first,
                        last_row=last,
                        before_ms=before_ms,
                    )
                )
    return number


def open_one(connection: Connection, of: str) -> int | None:
    """The erasing of the agency `of` that was begun and is not done; or None."""
    query = select(erasure.c.deed).where(erasure.c.agency == of, erasure.c.done_ms.is_(None))
    found: int | None = connection.execute(query).scalar()
    return found


def last_ms(connection: Connection, of: str) -> int:
    """When erasing was begun last; 0 for never."""
    query = select(func.max(erasure.c.at_ms)).where(erasure.c.agency == of)
    return connection.execute(query).scalar() or 0


def agencies(connection: Connection) -> list[str]:
    """All agencies: each one's record is erased under a deed of its own."""
    return list(connection.execute(select(agency.c.id).order_by(agency.c.id)).scalars())


def step(connection: Connection, number: int, now_ms: int) -> Step:
    """Do a piece of the erasing under the deed `number`: at most AT_ONCE rows of each log."""
    found = Step(number)
    query = select(erasure).where(erasure.c.deed == number, erasure.c.done_ms.is_(None))
    one = connection.execute(query.with_for_update()).one_or_none()
    if one is None:
        found.done = True
        return found
    if not _linked(connection, number):
        found.waits = True
        return found
    for source in SOURCES:
        found.rows[source] = _erase(connection, one, source)
    if not any(found.rows.values()):
        _finish(connection, one, now_ms)
        found.done = True
    return found


def newest_ms(connection: Connection) -> int:
    """The moment of the newest signal, entry or deed: by it a wrong clock is told."""
    moments = (
        select(column).order_by(table.c.seq.desc()).limit(1)
        for table, column in (
            (signal, signal.c.received_ms),
            (entry, entry.c.at_ms),
            (deed, deed.c.at_ms),
        )
    )
    return max(connection.execute(one).scalar() or 0 for one in moments)


def _erase(connection: Connection, one: Any, source: str) -> int:
    """Delete some rows of one log that may go; how many."""
    table = SOURCES[source]
    inside = and_(
        erased.c.deed == one.deed,
        erased.c.source == source,
        table.c.seq.between(erased.c.first_row, erased.c.last_row),
    )
    query, stops = _of_log(source, one.agency, erased.c.before_ms, one.at_ms)
    query = query.join(erased, inside).where(~stops).order_by(table.c.seq).limit(AT_ONCE)
    rows = list(dict.fromkeys(connection.execute(query).scalars()))
    if not rows:
        return 0
    blanks = _blanks(connection, rows) if table is signal else []
    if table is entry:
        _forget_work(connection, rows)
    connection.execute(delete(table).where(table.c.seq.in_(rows)))
    if blanks:
        connection.execute(insert(signal), blanks)
    return len(rows)


def _blanks(connection: Connection, rows: list[int]) -> list[dict[str, Any]]:
    """What stays of signals: whose and which they were, and nothing of what they said."""
    query = select(signal.c.device, signal.c.epoch, signal.c.number, signal.c.site)
    found = connection.execute(query.where(signal.c.seq.in_(rows))).mappings()
    nothing = dict.fromkeys(("flags", "zone", "received_ms", "age_ms"), 0)
    nothing |= {"kind": BLANK_KIND, "arrivals": 1, "age_exact": False, "late": False}
    return [{**row, **nothing, "frame": b"", "ticket": None} for row in found]


def _forget_work(connection: Connection, rows: list[int]) -> None:
    """Who worked on tickets, and where pages about them went, goes with their timelines."""
    query = select(entry.c.ticket).where(entry.c.seq.in_(rows), entry.c.act == "open")
    tickets = list(connection.execute(query).scalars())
    connection.execute(delete(page).where(page.c.ticket.in_(tickets)))
    connection.execute(update(ticket).where(ticket.c.id.in_(tickets)).values(holder=None))


def _finish(connection: Connection, one: Any, now_ms: int) -> None:
    """Write down that it is done, and which rows of its ranges stayed after all."""
    kept = {}
    for source, table in SOURCES.items():
        query = (
            select(table.c.seq)
            .join(erased, table.c.seq.between(erased.c.first_row, erased.c.last_row))
            .where(erased.c.deed == one.deed, erased.c.source == source)
        )
        if rows := set(connection.execute(query).scalars()):
            kept[source] = [list(run) for run in runs(rows)]
    detail = {"erasing": one.deed, "kept": kept}
    _deed(connection, one.agency, "erased", now_ms, detail)
    connection.execute(
        update(erasure).where(erasure.c.deed == one.deed).values(done_ms=max(now_ms, one.at_ms))
    )


def _planned(
    connection: Connection, kind: Kind, of: str, before_ms: int, now_ms: int
) -> dict[str, list[int]]:
    """The rows of one kind that are due and free, by log."""
    found = {}
    for source in (*_logs(kind), *(("receipt",) if kind is Kind.TIMELINE else ())):
        query, stops = _due(kind, of, before_ms, now_ms, source)
        query = query.where(~stops).order_by(SOURCES[source].c.seq).limit(ROWS_MAX)
        if rows := list(connection.execute(query).scalars()):
            found[source] = rows
    return found


def _logs(kind: Kind) -> tuple[str]:
    """The log whose rows a kind is counted by."""
    return ({Kind.SIGNALS: "signal", Kind.DEEDS: "deed"}.get(kind, "entry"),)


def _due(
    kind: Kind, of: str, before_ms: int, now_ms: int, source: str = ""
) -> tuple[Select[Any], ColumnElement[bool]]:
    """Rows of one kind that are old enough, and the condition that a hold stops one."""
    source = source or _logs(kind)[0]
    query, stops = _of_log(source, of, before_ms, now_ms)
    if source == "entry":
        said = entry.c.act.in_(SAID)
        query = query.where(said if kind is Kind.ANSWERS else ~said)
    return query, stops


def _of_log(
    source: str, of: str, before_ms: Any, at_ms: int
) -> tuple[Select[Any], ColumnElement[bool]]:
    """Rows of a log that may go when nothing holds them: as the triggers see it."""
    table = SOURCES[source]
    query = select(table.c.seq).select_from(table)
    if source == "deed":
        query = query.where(
            deed.c.agency == of, deed.c.at_ms < before_ms, deed.c.what.not_in(KEPT_DEEDS)
        )
        stops = held(hold.c.subject == deed.c.subject, at_ms)
    elif source == "signal":
        closed = and_(ticket.c.state == "closed", ticket.c.closed_ms < before_ms)
        query = (
            query.join(site, site.c.id == signal.c.site)
            .outerjoin(ticket, ticket.c.id == signal.c.ticket)
            .where(site.c.agency == of, signal.c.kind != BLANK_KIND)
            .where(signal.c.received_ms < before_ms, or_(signal.c.ticket.is_(None), closed))
        )
        stops = held(on_site(signal.c.ticket), at_ms)
    else:
        query = (
            query.join(ticket, ticket.c.id == table.c.ticket)
            .join(site, site.c.id == ticket.c.site)
            .where(ticket.c.agency == of, ticket.c.state == "closed")
            .where(ticket.c.closed_ms < before_ms)
        )
        stops = held(on_site(ticket.c.id), at_ms)
    if source != "receipt":
        link = select(audit.c.seq).where(audit.c.source == source, audit.c.row == table.c.seq)
        query = query.where(exists(link))
    return query, stops


def _plain(of: str, periods: Periods, now_ms: int) -> dict[Kind, tuple[Table, ColumnElement[bool]]]:
    """What is in no log: sessions and tokens that ended, frames of strangers."""
    ended_ms = periods.before_ms(Kind.SESSIONS, now_ms)
    mine = access.c.operator.in_(select(operator.c.id).where(operator.c.agency == of))
    ended = or_(access.c.expires_ms < ended_ms, access.c.revoked_ms < ended_ms)
    strange = refused.c.at_ms < periods.before_ms(Kind.STRANGERS, now_ms)
    return {Kind.SESSIONS: (access, and_(mine, ended)), Kind.STRANGERS: (refused, strange)}


def _linked(connection: Connection, number: int) -> bool:
    query = select(audit.c.seq).where(audit.c.source == "deed", audit.c.row == number)
    return connection.execute(query).scalar() is not None


def _deed(connection: Connection, of: str, what: str, now_ms: int, detail: dict[str, Any]) -> int:
    made = connection.execute(
        insert(deed).values(
            agency=of, at_ms=now_ms, actor=ACTOR, what=what, subject="", detail=detail
        )
    )
    assert made.inserted_primary_key is not None  # noqa: S101 - for the type checker
    return int(made.inserted_primary_key[0])

"""Triggers: what a log lets through, and the few rows that may leave it. No tables, only SQL.

It promises that a row leaves a log only under a deed of erasing that is linked in the audit's
chain already, out of a range which that deed names, when it is linked itself, old enough, on no
live ticket and under no legal hold; and that a hold is lifted only under a proposal which two
people have carried out. SQLite and PostgreSQL are given the same conditions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import DDL, event

from alarm_receiver.domain.retention import DAY_MS, DAYS_MIN
from alarm_receiver.store.saying import said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

    from alarm_receiver.store.saying import ByDialect

BLANK_KIND = 255
"""Kind of the row that stays of an erased signal: its identity alone, which tells duplicates."""
KEPT_DEEDS = ("erase", "erased", "hold", "lift_hold")
"""Deeds that are never erased: they say what was, and why the rest is not."""
_HELD = (
    "SELECT 1 FROM hold h WHERE h.lifted_ms IS NULL "
    "AND (h.until_ms IS NULL OR h.until_ms > e.at_ms) AND "
)
_HELD_SITE = (
    "((h.kind = 'ticket' AND h.subject = {ticket}) OR (h.kind = 'site' AND h.subject = s.id) "
    "OR (h.kind = 'customer' AND h.subject = s.customer))"
)
_CLOSED = "t.state = 'closed' AND t.closed_ms < r.before_ms"


def _erasable(source: str, joins: str, old_enough: str, held: str, *, linked: bool = True) -> str:
    """The condition under which a row of `source` may go."""
    condition = (
        "EXISTS (SELECT 1 FROM erasure e JOIN erased r ON r.deed = e.deed "
        f"JOIN audit a ON a.source = 'deed' AND a.row = e.deed {joins}"
        f"WHERE e.done_ms IS NULL AND r.source = '{source}' "
        f"AND r.before_ms <= e.at_ms - {DAYS_MIN * DAY_MS} "
        f"AND OLD.seq BETWEEN r.first_row AND r.last_row AND {old_enough} "
        f"AND NOT EXISTS ({_HELD}{held}))"
    )
    if linked:
        condition += (
            f" AND EXISTS (SELECT 1 FROM audit l WHERE l.source = '{source}' AND l.row = OLD.seq)"
        )
    return condition


_OF_TICKET = "JOIN ticket t ON t.id = OLD.ticket JOIN site s ON s.id = t.site "
_ON_TICKET = f"t.agency = e.agency AND {_CLOSED}"
ERASABLE = {
    "entry": _erasable("entry", _OF_TICKET, _ON_TICKET, _HELD_SITE.format(ticket="t.id")),
    "receipt": _erasable(
        "receipt", _OF_TICKET, _ON_TICKET, _HELD_SITE.format(ticket="t.id"), linked=False
    ),
    "signal": _erasable(
        "signal",
        "JOIN site s ON s.id = OLD.site LEFT JOIN ticket t ON t.id = OLD.ticket ",
        f"s.agency = e.agency AND OLD.kind <> {BLANK_KIND} AND OLD.received_ms < r.before_ms "
        f"AND (OLD.ticket IS NULL OR ({_CLOSED}))",
        _HELD_SITE.format(ticket="OLD.ticket"),
    ),
    "deed": _erasable(
        "deed",
        "",
        "OLD.agency = e.agency AND OLD.at_ms < r.before_ms AND OLD.what NOT IN ("
        + ", ".join(f"'{one}'" for one in KEPT_DEEDS)
        + ")",
        "h.subject = OLD.subject",
    ),
}
"""By table: when a row of it may be deleted."""
LIFTED_BY_TWO = (
    "OLD.lifted_ms IS NULL AND EXISTS (SELECT 1 FROM proposal p WHERE p.id = NEW.lifted_under "
    "AND p.what = 'lift_hold' AND p.subject = OLD.id AND p.decision = 'approved' "
    "AND p.done_ms IS NOT NULL)"
)
SETTLED_MS = 7 * DAY_MS
"""So long an administrator whom another one made alone is no second person beside that one."""
ADMIN_BY_TWO = (
    "NEW.role <> 'admin' OR NEW.made_by IS NULL OR 2 > (SELECT count(*) FROM operator o WHERE "
    "o.agency = NEW.agency AND o.role = 'admin' AND o.disabled_ms IS NULL AND o.id <> NEW.id) "
    "OR EXISTS (SELECT 1 FROM proposal p WHERE p.id = NEW.made_under AND p.what = 'make_admin' "
    "AND p.subject = NEW.id AND p.decision = 'approved' AND p.done_ms IS NOT NULL)"
)
"""When an account may be an administrator's."""
TWO_PEOPLE = (
    "NEW.decision IS NULL OR NEW.decision <> 'approved' OR NOT EXISTS (SELECT 1 FROM operator o "
    f"WHERE o.made_under IS NULL AND o.made_ms > NEW.asked_ms - {SETTLED_MS} "
    "AND ((o.id = NEW.decided_by AND o.made_by = NEW.asked_by) "
    "OR (o.id = NEW.asked_by AND o.made_by = NEW.decided_by)))"
)
"""When a proposal may be approved: not by an account that the other one has just made alone."""
EVIDENCE = ("signal", "open", "security", "silence", "restore", "confirm", "page")
"""Acts that an alarm's way writes. That they follow one another is left to `audit verify`: asking
for each entry's predecessor costs each press."""
OF_PEOPLE = said("NEW.act", EVIDENCE, among=False)
FOLLOWS = (
    "EXISTS (SELECT 1 FROM entry p WHERE p.ticket = NEW.ticket AND p.version = NEW.version - 1 "
    "AND p.act <> 'close')"
)
"""When an act of people or of the engine may be entered: right after the one before, on no closed
ticket."""
MOVED = "NEW.version < OLD.version OR OLD.state = 'closed'"
MOVES_ON = (
    "NEW.version >= OLD.version AND NOT COALESCE(NEW.state <> 'closed' "
    "OR NEW.outcome <> OLD.outcome OR NEW.closed_ms <> OLD.closed_ms "
    "OR NEW.version <> OLD.version OR NEW.kind <> OLD.kind OR NEW.silent <> OLD.silent "
    "OR NEW.opened_ms <> OLD.opened_ms OR NEW.number <> OLD.number "
    "OR (NEW.holder IS NOT NULL AND (OLD.holder IS NULL OR NEW.holder <> OLD.holder)), FALSE)"
)
"""How a ticket is written that is closed or goes back (MOVED): no ticket goes back, none changes
when it is closed; that nobody held it may be said."""


def guard(table: Table, name: str, when: str, said: str, *, unless: str = "") -> None:
    """Refuse `when` (DELETE, UPDATE OF ...) on `table`, but for rows that `unless` lets pass."""
    for dialect, ddl in statements(table.name, name, when, said, unless=unless).items():
        _after(table, dialect, ddl)


def statements(table: str, name: str, when: str, said: str, *, unless: str = "") -> dict[str, str]:
    """The SQL of such a guard, by dialect."""
    condition = f"WHEN NOT ({unless}) " if unless else ""
    passes = f"IF {unless} THEN RETURN {_row(when)}; END IF; " if unless else ""
    function = f"{name}_only_grows" if unless else f"{table}_only_grows"
    return {
        "sqlite": f"CREATE TRIGGER {name} BEFORE {when} ON {table} "
        f"{condition}BEGIN SELECT RAISE(ABORT, '{said}'); END",
        "postgresql": f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger "
        f"LANGUAGE plpgsql AS $$ BEGIN {passes}RAISE EXCEPTION '{said}'; END $$; "
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
    }


def watch(
    table: Table, name: str, when: str, said: str, *, on: str | ByDialect, unless: str = ""
) -> None:
    """Refuse `when` on rows for which `on` holds, unless `unless` does.

    `on` looks at the row alone and is decided before anything is called: rows that it leaves out,
    an alarm's above all, pay for one comparison.
    """
    for dialect, ddl in watched(table.name, name, when, said, on=on, unless=unless).items():
        _after(table, dialect, ddl)


def watched(
    table: str, name: str, when: str, said: str, *, on: str | ByDialect, unless: str = ""
) -> dict[str, str]:
    """The SQL of such a guard, by dialect."""
    usual, quick = (on, on) if isinstance(on, str) else (on.usual, on.postgresql)
    both = f"({usual}) AND NOT ({unless})" if unless else usual
    passes = f"IF {unless} THEN RETURN {_row(when)}; END IF; " if unless else ""
    return {
        "sqlite": f"CREATE TRIGGER {name} BEFORE {when} ON {table} WHEN {both} "
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END",
        "postgresql": f"CREATE OR REPLACE FUNCTION {name}_only_grows() RETURNS trigger "
        f"LANGUAGE plpgsql AS $$ BEGIN {passes}RAISE EXCEPTION '{said}'; END $$; "
        f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW WHEN ({quick}) "
        f"EXECUTE FUNCTION {name}_only_grows()",
    }


def whole(table: str, keys: Iterable[str]) -> dict[str, str]:
    """The SQL that refuses to empty a log at once, and to put a row in another one's place.

    PostgreSQL has TRUNCATE for the one, SQLite INSERT OR REPLACE for the other; neither asks the
    triggers for DELETE.
    """
    named = list(keys)
    there = " AND ".join(f"{one} = NEW.{one}" for one in named)
    first = "NEW.seq > 0 AND " if named == ["seq"] else ""  # a row that has no number yet has -1
    return {
        "sqlite": f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN {first}EXISTS (SELECT 1 FROM {table} WHERE {there}) "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grows'); END",
        "postgresql": f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()",
    }


def append_only(table: Table, *, but: Iterable[str] = (), quick: bool = False) -> None:
    """Let `table` grow only: no update of any column not in `but`, no delete but of ERASABLE.

    Nor is it emptied at once, nor a row put in another one's place. A `quick` log pays for no look
    at each row on SQLite: there our own connections have `recursive_triggers`, and whoever writes
    without them is found by `audit verify`.
    """
    free = set(but)
    columns = ""
    if free:
        columns = " OF " + ", ".join(f'"{c.name}"' for c in table.columns if c.name not in free)
    said = f"{table.name} only grows"
    guard(table, f"{table.name}_no_update", f"UPDATE{columns}", said)
    unless = ERASABLE.get(table.name, "")
    guard(table, f"{table.name}_no_delete", "DELETE", said, unless=unless)
    for dialect, ddl in whole(table.name, [one.name for one in table.primary_key]).items():
        if not (quick and dialect == "sqlite"):
            _after(table, dialect, ddl)


def _after(table: Table, dialect: str, ddl: str) -> None:
    listener = DDL(ddl).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
    event.listen(table, "after_create", listener)


def _row(when: str) -> str:
    return "OLD" if when == "DELETE" else "NEW"

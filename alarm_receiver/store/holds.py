"""Legal holds: what must not be erased, who said so, why and until when. Never commits.

It promises, by the database itself, that a hold is never deleted or changed, that it ends at its
moment or is lifted by two people, and that nothing under it is erased (`store.guards`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
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
    exists,
    insert,
    or_,
    select,
    text,
    update,
)

from alarm_receiver.store.charts import customer
from alarm_receiver.store.guards import LIFTED_BY_TWO, append_only, guard
from alarm_receiver.store.listing import Listing
from alarm_receiver.store.registry import NoAccount, NotFound, Taken
from alarm_receiver.store.tables import metadata, one_of, site, ticket

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
KINDS = {"ticket": ticket, "site": site, "customer": customer}

hold = Table(
    "hold",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("subject", String(36), nullable=False),
    Column("reason", String(400), nullable=False),
    Column("set_by", ForeignKey("operator.id"), nullable=False),
    Column("set_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("lifted_ms", BigInteger),
    Column("lifted_under", ForeignKey("proposal.id")),
    CheckConstraint(one_of("kind", *KINDS), name="kind_known"),
    CheckConstraint("length(reason) > 0", name="reason_given"),
    CheckConstraint("until_ms IS NULL OR until_ms > set_ms", name="ends_later"),
    CheckConstraint("(lifted_ms IS NULL) = (lifted_under IS NULL)", name="lifted_under_proposal"),
    Index(
        "hold_running_ix",
        "subject",
        sqlite_where=text("lifted_ms IS NULL"),
        postgresql_where=text("lifted_ms IS NULL"),
    ),
)
append_only(hold, but=("lifted_ms", "lifted_under"))
guard(
    hold,
    "hold_no_lift",
    "UPDATE OF lifted_ms, lifted_under",
    "two people lift a hold",
    unless=LIFTED_BY_TWO,
)


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. It ends at `until_ms`, or when it is lifted; None: not yet known when."""

    id: str
    kind: str
    subject: str
    reason: str
    set_by: str
    set_ms: int
    until_ms: int | None
    lifted_ms: int | None

    def runs(self, now_ms: int) -> bool:
        """Whether it stops erasing at `now_ms`."""
        return self.lifted_ms is None and (self.until_ms is None or self.until_ms > now_ms)


def put(connection: Connection, agency: str, made: Hold) -> None:
    """Set a hold. Raises NotFound when the agency has no such ticket, site or customer."""
    table = KINDS[made.kind]
    query = select(table.c.id).where(table.c.id == made.subject, table.c.agency == agency)
    if connection.execute(query).scalar() is None:
        raise NotFound(f"no {made.kind} {made.subject}")
    _wait_for_erasing(connection)
    connection.execute(
        insert(hold).values(
            id=made.id,
            agency=agency,
            kind=made.kind,
            subject=made.subject,
            reason=made.reason,
            set_by=made.set_by,
            set_ms=made.set_ms,
            until_ms=made.until_ms,
        )
    )


def named(connection: Connection, agency: str, kind: str, said: str) -> str:
    """The id of what people name: a ticket's number, a site's account, a customer's name.

    Raises NoAccount, which a form shows again.
    """
    table = KINDS.get(kind)
    column = {"ticket": ticket.c.number, "site": site.c.account, "customer": customer.c.name}
    if table is None or (kind == "ticket" and not _NUMBER.fullmatch(said)):
        raise NoAccount("name a ticket by its number, a site by its account, a customer by name")
    value = int(said) if kind == "ticket" else said
    query = select(table.c.id).where(table.c.agency == agency, column[kind] == value)
    found: str | None = connection.execute(query).scalar()
    if found is None:
        raise NoAccount(f"there is no {kind} {said}")
    return found


def one(connection: Connection, agency: str, id_: str) -> Hold:
    """One hold. Raises NotFound."""
    query = select(hold).where(hold.c.agency == agency, hold.c.id == id_)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no hold {id_}")
    return _hold(row)


def list_of(agency: str) -> Listing:
    """The holds of an agency, those that were lifted or have ended too; newest first."""
    query = select(*(hold.c[one.name] for one in fields(Hold))).where(hold.c.agency == agency)
    return Listing("holds", query, (hold.c.set_ms, hold.c.id), (agency,), falling=True)


def on_ticket(connection: Connection, id_: str, now_ms: int) -> list[Hold]:
    """The holds that run over a ticket: its own, its site's, its customer's."""
    query = (
        select(hold)
        .select_from(ticket)
        .join(site, site.c.id == ticket.c.site)
        .join(hold, on_site(ticket.c.id))
        .where(ticket.c.id == id_, _running(now_ms))
    )
    return [_hold(row) for row in connection.execute(query)]


def lift(connection: Connection, agency: str, id_: str, proposal: str, now_ms: int) -> Hold:
    """End a hold under a proposal that was carried out. Raises NotFound, Taken."""
    found = one(connection, agency, id_)
    done = connection.execute(
        update(hold)
        .where(hold.c.id == id_, hold.c.lifted_ms.is_(None))
        .values(lifted_ms=now_ms, lifted_under=proposal)
    )
    if done.rowcount != 1:
        raise Taken(f"hold {id_} was lifted before")
    return found


def held(scope: ColumnElement[bool], now_ms: int) -> ColumnElement[bool]:
    """Whether a hold runs at `now_ms` for which `scope` holds."""
    return exists(select(hold.c.id).where(scope, _running(now_ms)))


def on_site(of_ticket: Any) -> ColumnElement[bool]:
    """A hold on the ticket with this id, or on the `site` of the query or its customer."""
    return or_(
        and_(hold.c.kind == "ticket", hold.c.subject == of_ticket),
        and_(hold.c.kind == "site", hold.c.subject == site.c.id),
        and_(hold.c.kind == "customer", hold.c.subject == site.c.customer),
    )


def _running(now_ms: int) -> ColumnElement[bool]:
    ends = or_(hold.c.until_ms.is_(None), hold.c.until_ms > now_ms)
    return and_(hold.c.lifted_ms.is_(None), ends)


def _wait_for_erasing(connection: Connection) -> None:
    """Let a piece of erasing that runs just now end first: what it leaves is under the hold."""
    if connection.dialect.name == "postgresql":
        running = text("SELECT deed FROM erasure WHERE done_ms IS NULL ORDER BY deed FOR UPDATE")
        connection.execute(running)


def _hold(row: Any) -> Hold:
    return Hold(
        row.id,
        row.kind,
        row.subject,
        row.reason,
        row.set_by,
        row.set_ms,
        row.until_ms,
        row.lifted_ms,
    )

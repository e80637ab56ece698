"""What one person asks for and another must approve: deletions, keys taken out, holds lifted.

It promises, by the database itself, that nobody decides on what he asked for, nor with an account
that he has just made himself, and that what was decided or done is not decided again. A proposal
ends after a day. Never commits.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    update,
)

from alarm_receiver.store import orders, registry
from alarm_receiver.store.charts import customer
from alarm_receiver.store.desk import endpoint, keyholder
from alarm_receiver.store.guards import SETTLED_MS, TWO_PEOPLE, guard
from alarm_receiver.store.holds import hold
from alarm_receiver.store.listing import Listing
from alarm_receiver.store.registry import NotFound, RegistryError
from alarm_receiver.store.tables import device, metadata, one_of, operator, site, ticket

if TYPE_CHECKING:
    from sqlalchemy import Connection

LASTS_MS = 86_400_000
OF_SITE = ("delete_site", "export_keys")
KINDS = (*OF_SITE, "lift_hold", "drop_endpoint", "make_admin")

proposal = Table(
    "proposal",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("agency", ForeignKey("agency.id"), nullable=False, index=True),
    Column("what", String(16), nullable=False),
    Column("site", ForeignKey("site.id")),
    Column("subject", String(36), nullable=False, server_default=""),
    Column("reason", String(400), nullable=False),
    Column("asked_by", ForeignKey("operator.id"), nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("decided_by", ForeignKey("operator.id")),
    Column("decision", String(8)),
    Column("done_ms", BigInteger),
    CheckConstraint(one_of("what", *KINDS), name="what_known"),
    CheckConstraint(
        f"({one_of('what', *OF_SITE)}) = (site IS NOT NULL)", name="about_a_site_or_not"
    ),
    CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="four_eyes"),
    CheckConstraint("(decided_by IS NULL) = (decision IS NULL)", name="decided_by_somebody"),
    CheckConstraint(
        "decision IS NULL OR " + one_of("decision", "approved", "refused"), name="decision_known"
    ),
    CheckConstraint(
        "done_ms IS NULL OR (decision IS NOT NULL AND decision = 'approved')",
        name="done_was_approved",
    ),
)
guard(
    proposal,
    "proposal_by_two",
    "UPDATE OF decided_by, decision",
    "who made the other alone is no second person yet",
    unless=TWO_PEOPLE,
)


class NotDecided(RegistryError):
    """This proposal cannot be decided or done (any more); the text says why."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal. `decision` is None while nobody has decided.

    It is about a `site`, or about another `subject` by its id.
    """

    id: str
    what: str
    site: str | None
    subject: str
    reason: str
    asked_by: str
    asked_ms: int
    expires_ms: int
    decided_by: str | None
    decision: str | None
    done_ms: int | None

    @property
    def about(self) -> str:
        """The id of what it is about."""
        return self.site or self.subject


def ask(connection: Connection, agency: str, made: Proposal) -> None:
    """Put a proposal before the others."""
    connection.execute(
        insert(proposal).values(
            id=made.id,
            agency=agency,
            what=made.what,
            site=made.site,
            subject=made.subject,
            reason=made.reason,
            asked_by=made.asked_by,
            asked_ms=made.asked_ms,
            expires_ms=made.expires_ms,
        )
    )


_KEYS = (proposal.c.asked_ms, proposal.c.id)


def list_of(agency: str) -> Listing:
    """The proposals of an agency, newest first; each row is a Proposal."""
    query = select(*_columns()).where(proposal.c.agency == agency)
    return Listing("proposals", query, _KEYS, (agency,), falling=True)


def list_of_holds(agency: str) -> Listing:
    """The holds of an agency, newest first, with what each is on and who set and lifted it."""
    set_by, asked, decided = (operator.alias(name) for name in ("set_by", "asked", "decided"))
    query = (
        select(
            *(hold.c.id, hold.c.kind, hold.c.subject, hold.c.reason),
            *(hold.c.set_ms, hold.c.until_ms, hold.c.lifted_ms),
            set_by.c.name.label("set_name"),
            ticket.c.number,
            *(site.c.name.label("site_name"), site.c.account),
            customer.c.name.label("customer_name"),
            asked.c.name.label("lifted_asked"),
            decided.c.name.label("lifted_decided"),
        )
        .join(set_by, set_by.c.id == hold.c.set_by)
        .outerjoin(ticket, (hold.c.kind == "ticket") & (ticket.c.id == hold.c.subject))
        .outerjoin(site, (hold.c.kind == "site") & (site.c.id == hold.c.subject))
        .outerjoin(customer, (hold.c.kind == "customer") & (customer.c.id == hold.c.subject))
        .outerjoin(proposal, proposal.c.id == hold.c.lifted_under)
        .outerjoin(asked, asked.c.id == proposal.c.asked_by)
        .outerjoin(decided, decided.c.id == proposal.c.decided_by)
        .where(hold.c.agency == agency)
    )
    return Listing("holds told", query, (hold.c.set_ms, hold.c.id), (agency,), falling=True)


def list_of_told(agency: str) -> Listing:
    """The proposals, newest first, with names of who asked and decided, and what it is about.

    That is a site by name and account, a hold by its reason, an endpoint by its name; see `told`.
    """
    asked, decided = operator.alias("asked"), operator.alias("decided")
    about = operator.alias("about")
    query = (
        select(
            *(one.label(f"its_{one.name}") for one in _columns()),
            asked.c.name.label("asked"),
            decided.c.name.label("decided"),
            func.coalesce(site.c.name, hold.c.reason, endpoint.c.name, about.c.name, "").label(
                "site"
            ),
            func.coalesce(site.c.account, "").label("account"),
        )
        .join(asked, asked.c.id == proposal.c.asked_by)
        .outerjoin(decided, decided.c.id == proposal.c.decided_by)
        .outerjoin(site, site.c.id == proposal.c.site)
        .outerjoin(hold, hold.c.id == proposal.c.subject)
        .outerjoin(endpoint, endpoint.c.id == proposal.c.subject)
        .outerjoin(about, about.c.id == proposal.c.subject)
        .where(proposal.c.agency == agency)
    )
    return Listing("proposals told", query, _KEYS, (agency,), falling=True)


def open_of(connection: Connection, agency: str, what: str, now_ms: int) -> set[str]:
    """What proposals of this kind that are not decided or done yet are about."""
    query = select(proposal.c.subject).where(
        proposal.c.agency == agency,
        proposal.c.what == what,
        proposal.c.done_ms.is_(None),
        proposal.c.expires_ms > now_ms,
        func.coalesce(proposal.c.decision, "") != "refused",
    )
    return set(connection.execute(query).scalars())


def told(row: dict[str, Any]) -> tuple[Proposal, dict[str, str]]:
    """A row of `list_of_told`: the proposal, and the words around it."""
    its = {one.name: row.pop(f"its_{one.name}") for one in _columns()}
    return Proposal(**its), row


def _columns() -> list[Column[Any]]:
    return [proposal.c[one.name] for one in fields(Proposal)]


def one(connection: Connection, agency: str, id_: str) -> Proposal:
    """One proposal of the agency. Raises NotFound."""
    query = select(proposal).where(proposal.c.agency == agency, proposal.c.id == id_)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no proposal {id_}")
    return _proposal(row)


def decide(connection: Connection, found: Proposal, who: str, decision: str, now_ms: int) -> None:
    """Approve or refuse it. Raises NotDecided."""
    if found.asked_by == who:
        raise NotDecided("another person must decide what you asked for")
    if decision == "approved":
        _check_two(connection, found, who)
    if found.decision is not None or now_ms >= found.expires_ms:
        raise NotDecided(f"this was {found.decision or 'not decided in time'}; ask again")
    change = update(proposal).where(
        proposal.c.id == found.id, proposal.c.decision.is_(None), proposal.c.expires_ms > now_ms
    )
    if connection.execute(change.values(decided_by=who, decision=decision)).rowcount != 1:
        raise NotDecided("somebody else was quicker")


def _check_two(connection: Connection, found: Proposal, who: str) -> None:
    """Raise NotDecided when one of the two has just made the other one alone."""
    query = select(operator.c.made_ms).where(
        operator.c.made_under.is_(None),
        ((operator.c.id == who) & (operator.c.made_by == found.asked_by))
        | ((operator.c.id == found.asked_by) & (operator.c.made_by == who)),
        operator.c.made_ms > found.asked_ms - SETTLED_MS,
    )
    made_ms = connection.execute(query).scalar()
    if made_ms is not None:
        end = datetime.fromtimestamp((made_ms + SETTLED_MS) / 1000, UTC)
        raise NotDecided(
            "one of you made the other's account alone, a short while ago; that is one pair of "
            f"eyes. A third one may decide, or you on what is asked after {end:%Y-%m-%d %H:%M} UTC"
        )


def make_admin(connection: Connection, agency: str, found: Proposal) -> str:
    """Let the account that `found` is about be an administrator's; its name."""
    one = candidate(connection, agency, found.subject)
    change = update(operator).where(operator.c.id == one.id)
    connection.execute(change.values(role="admin", made_under=found.id))
    return str(one.name)


def candidate(connection: Connection, agency: str, id_: str) -> Any:
    """The account that may be made an administrator's. Raises NotFound, NotDecided."""
    query = select(operator).where(
        operator.c.agency == agency, operator.c.id == id_, operator.c.disabled_ms.is_(None)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no operator with the id {id_} who may sign in")
    if row.role == "admin":
        raise NotDecided(f"{row.name} is an administrator already")
    return row


def use(connection: Connection, found: Proposal, who: str, now_ms: int) -> None:
    """Use it up: what was approved is done once, by whoever asked. Raises NotDecided."""
    if found.asked_by != who:
        raise NotDecided("only who asked may do what was approved")
    mine = update(proposal).where(
        proposal.c.id == found.id,
        proposal.c.decision == "approved",
        proposal.c.done_ms.is_(None),
        proposal.c.expires_ms > now_ms,
    )
    if connection.execute(mine.values(done_ms=now_ms)).rowcount != 1:
        raise NotDecided("this is not approved, was done already, or its day is over")


def delete_site(connection: Connection, agency: str, id_: str, now_ms: int) -> None:
    """Take away what is known of a site and believe its devices no longer.

    The row itself, tickets and signals stay: they are the record, and tell duplicates.
    """
    registry.site_by_id(connection, agency, id_)
    connection.execute(delete(keyholder).where(keyholder.c.site == id_))
    live = update(device).where(device.c.site == id_, device.c.revoked_ms.is_(None))
    connection.execute(live.values(revoked_ms=now_ms))
    orders.forget(connection, id_, now_ms)
    connection.execute(
        update(site)
        .where(site.c.id == id_)
        .values(name="deleted", address="", phone="", hazards="", police_reference="")
    )


def keys(connection: Connection, agency: str, id_: str) -> list[tuple[str, str, bytes]]:
    """Device, kind and key of every device of a site that is believed."""
    registry.site_by_id(connection, agency, id_)
    ids = connection.execute(select(device.c.id).where(device.c.site == id_)).scalars().all()
    known = [one for id_ in ids for one in registry.known(connection, id_)]
    return [(one.device, one.kind, one.secret) for one in known if not one.revoked]


def _proposal(row: Any) -> Proposal:
    return Proposal(
        row.id,
        row.what,
        row.site,
        row.subject,
        row.reason,
        row.asked_by,
        row.asked_ms,
        row.expires_ms,
        row.decided_by,
        row.decision,
        row.done_ms,
    )

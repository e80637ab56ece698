"""What is known of a site beside its devices: keyholders, tests, and its history. Never commits.

It promises that a test has an end four hours later at most, and that words of keyholders are
kept as hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from alarm_receiver.store.desk import keyholder, on_test
from alarm_receiver.store.listing import Listing, every
from alarm_receiver.store.registry import NotFound, Taken
from alarm_receiver.store.tables import site, ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

DETAILS = (
    "name",
    "jurisdiction",
    "address",
    "phone",
    "language",
    "police_reference",
    "police_response",
    "hazards",
)


def change_site(connection: Connection, id_: str, values: dict[str, str]) -> None:
    """Change details of a site; only those in DETAILS."""
    chosen = {name: value for name, value in values.items() if name in DETAILS}
    if chosen:
        connection.execute(update(site).where(site.c.id == id_).values(chosen))


def put_keyholder(connection: Connection, id_: str, site_id: str, values: dict[str, Any]) -> None:
    """Add a keyholder in his rank; whoever had the rank is replaced."""
    connection.execute(
        delete(keyholder).where(keyholder.c.site == site_id, keyholder.c.rank == values["rank"])
    )
    connection.execute(insert(keyholder).values(id=id_, site=site_id, **values))


def change_keyholder(
    connection: Connection, site_id: str, id_: str, values: dict[str, Any]
) -> None:
    """Change a keyholder; what `values` leaves out stays. Raises NotFound, Taken."""
    others = select(keyholder.c.id).where(
        keyholder.c.site == site_id, keyholder.c.rank == values["rank"], keyholder.c.id != id_
    )
    if connection.execute(others).scalar() is not None:
        raise Taken(f"another keyholder has rank {values['rank']}")
    mine = update(keyholder).where(keyholder.c.site == site_id, keyholder.c.id == id_)
    if connection.execute(mine.values(**values)).rowcount != 1:
        raise NotFound(f"no keyholder {id_}")


def drop_keyholder(connection: Connection, site_id: str, id_: str) -> None:
    """Remove a keyholder. Raises NotFound."""
    result = connection.execute(
        delete(keyholder).where(keyholder.c.site == site_id, keyholder.c.id == id_)
    )
    if result.rowcount != 1:
        raise NotFound(f"no keyholder {id_}")


def keyholders(connection: Connection, site_id: str) -> list[dict[str, Any]]:
    """The keyholders of a site in the order to call them, with the hashes of their words."""
    query = select(keyholder).where(keyholder.c.site == site_id).order_by(keyholder.c.rank)
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def put_on_test(
    connection: Connection,
    id_: str,
    *,
    site_id: str,
    zones: Sequence[int],
    who: str,
    reason: str,
    from_ms: int,
    until_ms: int,
) -> None:
    """Put zones of a site (all of them when `zones` is empty) on test until a moment."""
    connection.execute(
        insert(on_test).values(
            id=id_,
            site=site_id,
            zones=list(zones),
            who=who,
            reason=reason,
            from_ms=from_ms,
            until_ms=until_ms,
        )
    )


def end_test(connection: Connection, site_id: str, id_: str, now_ms: int) -> None:
    """End a test before its time. Raises NotFound when it is over or unknown."""
    result = connection.execute(
        update(on_test)
        .where(
            on_test.c.id == id_,
            on_test.c.site == site_id,
            on_test.c.until_ms > now_ms,
            on_test.c.from_ms < now_ms,
        )
        .values(until_ms=now_ms)
    )
    if result.rowcount != 1:
        raise NotFound(f"no running test {id_}")


def list_of_tests(agency: str, now_ms: int) -> Listing:
    """The running tests of an agency with their sites' names; which ends first comes first."""
    query = (
        select(on_test, site.c.name.label("site_name"))
        .join(site, site.c.id == on_test.c.site)
        .where(site.c.agency == agency, on_test.c.until_ms > now_ms)
    )
    return Listing("tests", query, (on_test.c.until_ms, on_test.c.id), (agency,))


def tests(connection: Connection, agency: str, now_ms: int) -> list[dict[str, Any]]:
    """Every running test of an agency, the one that ends first in front."""
    return list(every(connection, list_of_tests(agency, now_ms)))


def test(connection: Connection, site_id: str, id_: str) -> dict[str, Any]:
    """One test of a site, running or over. Raises NotFound."""
    query = select(on_test).where(on_test.c.site == site_id, on_test.c.id == id_)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no test {id_}")
    return dict(row)


def outcomes_since(connection: Connection, site_id: str, since_ms: int) -> dict[str, int]:
    """How the emergencies of a site ended since a moment; live ones count as "live"."""
    query = (
        select(func.coalesce(ticket.c.outcome, "live"), func.count())
        .where(
            ticket.c.site == site_id,
            ticket.c.class_ == "emergency",
            ticket.c.opened_ms >= since_ms,
        )
        .group_by(ticket.c.outcome)
    )
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def false_alarms(
    connection: Connection, site_id: str, since_ms: int, kinds: Sequence[str]
) -> list[int]:
    """When the false emergencies of a site that were one of `kinds` were opened, oldest first."""
    query = (
        select(ticket.c.opened_ms)
        .where(
            ticket.c.site == site_id,
            ticket.c.class_ == "emergency",
            ticket.c.outcome == "false_alarm",
            ticket.c.kind.in_(kinds),
            ticket.c.opened_ms >= since_ms,
        )
        .order_by(ticket.c.opened_ms)
    )
    return [int(one) for one in connection.execute(query).scalars()]

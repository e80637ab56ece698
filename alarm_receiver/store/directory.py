"""Customers, and the agencies outside that are sent: police, guards, ambulance. Never commits.

It promises that the reference of a site's police stands in one place: linking the police to a site
writes it where the ticket shows it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from alarm_receiver.store.charts import authority, customer, site_authority
from alarm_receiver.store.listing import Listing, Part, read
from alarm_receiver.store.registry import NotFound, Taken
from alarm_receiver.store.tables import site
from alarm_receiver.store.watch import holding

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

POLICE = "police"


def list_of(table: Table, agency: str) -> Listing:
    """The customers, or the authorities, of an agency, by name."""
    query = select(table).where(table.c.agency == agency)
    return Listing(table.name, query, (table.c.name, table.c.id), (agency,))


def search(  # noqa: PLR0917 - whose, of what, for which words, from where, how many
    connection: Connection, table: Table, agency: str, wanted: str, cursor: str, count: int
) -> Part:
    """At most `count` with `wanted` in a name or phone. Raises BadCursor."""
    listing = list_of(table, agency)
    names = ("name", "phone") + (("person",) if table is customer else ())
    listing = replace(listing, about=(agency, wanted))
    return read(connection, listing, cursor, count, holding(wanted, *names))


def first(connection: Connection, table: Table, agency: str, count: int) -> list[dict[str, Any]]:
    """The first `count` of them by name: among which to choose."""
    return read(connection, list_of(table, agency), count=count).rows


def one(connection: Connection, table: Table, agency: str, id_: str) -> dict[str, Any]:
    """One of them. Raises NotFound."""
    query = select(table).where(table.c.agency == agency, table.c.id == id_)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no {table.name} {id_}")
    return dict(row)


def put(
    connection: Connection, table: Table, agency: str, id_: str, values: dict[str, Any]
) -> None:
    """Make it, or change it. Raises Taken when another one has the name."""
    query = select(table.c.id).where(
        table.c.agency == agency, table.c.name == values["name"], table.c.id != id_
    )
    if connection.execute(query).scalar() is not None:
        raise Taken(f"another {table.name} is called {values['name']}; give it another name")
    this = (table.c.agency == agency, table.c.id == id_)
    if connection.execute(update(table).where(*this).values(values)).rowcount == 0:
        connection.execute(insert(table).values(id=id_, agency=agency, **values))


def drop(connection: Connection, table: Table, agency: str, id_: str) -> None:
    """Remove one that no site refers to. Raises NotFound or Taken."""
    one(connection, table, agency, id_)
    used = (
        select(site.c.id).where(site.c.customer == id_)
        if table is customer
        else select(site_authority.c.site).where(site_authority.c.authority == id_)
    )
    found = connection.execute(used.limit(1)).scalar()
    if found is not None:
        raise Taken(f"site {found} has this {table.name}; change the site first")
    connection.execute(delete(table).where(table.c.id == id_))


def set_customer(connection: Connection, agency: str, site_id: str, id_: str | None) -> None:
    """Say whose site it is; None: nobody's. Raises NotFound."""
    if id_ is not None:
        one(connection, customer, agency, id_)
    connection.execute(update(site).where(site.c.id == site_id).values(customer=id_))


def link(
    connection: Connection, agency: str, site_id: str, id_: str, values: dict[str, Any]
) -> None:
    """Say who is sent to a site, in which order, and the site's reference there."""
    kind = one(connection, authority, agency, id_)["kind"]
    unlink(connection, site_id, id_)
    connection.execute(insert(site_authority).values(site=site_id, authority=id_, **values))
    if kind == POLICE:
        police = {
            "police_reference": values["reference"],
            "police_response": values["response"],
        }
        connection.execute(update(site).where(site.c.id == site_id).values(police))


def unlink(connection: Connection, site_id: str, id_: str) -> bool:
    """No longer send them there. False: they were not."""
    this = (site_authority.c.site == site_id, site_authority.c.authority == id_)
    return connection.execute(delete(site_authority).where(*this)).rowcount == 1


def of_site(connection: Connection, site_id: str) -> list[dict[str, Any]]:
    """Who is sent to a site, in order."""
    query = (
        select(
            authority.c.id,
            authority.c.kind,
            authority.c.name,
            authority.c.phone,
            authority.c.note,
            site_authority.c.rank,
            site_authority.c.reference,
            site_authority.c.response,
        )
        .join(authority, authority.c.id == site_authority.c.authority)
        .where(site_authority.c.site == site_id)
        .order_by(site_authority.c.rank, authority.c.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]

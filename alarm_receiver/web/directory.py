"""Customers, and the agencies outside that are sent to sites, over the API."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi import Path as PathField
from pydantic import Field
from sqlalchemy import Connection, Table

from alarm_receiver.store import deeds, directory, registry
from alarm_receiver.store.charts import authority, customer
from alarm_receiver.store.people import Operator
from alarm_receiver.store.registry import NotFound
from alarm_receiver.web.access import Parts, Supervisor, Who
from alarm_receiver.web.context import Context
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import Form, Name

router = APIRouter(prefix="/v1", tags=["directory"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
Id = Annotated[str, PathField(max_length=36)]
Phone = Annotated[str, Field(max_length=40)]
Note = Annotated[str, Field(max_length=1000)]
Kind = Literal["police", "guards", "ambulance", "fire", "technician", "other"]


class CustomerForm(Form):
    """Who pays for sites, and whom to ask there."""

    name: Name
    person: Annotated[str, Field(max_length=200)] = ""
    phone: Phone = ""
    mail: Annotated[str, Field(max_length=200)] = ""
    note: Note = ""


class CustomerShown(CustomerForm):
    """A customer."""

    id: str


class AuthorityForm(Form):
    """An agency outside: police, guards, ambulance, fire brigade, technician."""

    kind: Kind
    name: Name
    phone: Phone = ""
    note: Note = ""


class AuthorityShown(AuthorityForm):
    """An agency outside."""

    id: str


class LinkForm(Form):
    """In which order they are called for a site, and the site's reference with them.

    `withdrawn`: they do not come any more; the plan falls to the next one.
    """

    rank: Annotated[int, Field(ge=1, le=99)] = 1
    reference: Annotated[str, Field(max_length=40)] = ""
    response: Literal["active", "withdrawn"] = "active"


class LinkShown(AuthorityShown):
    """Who is sent to a site."""

    rank: int
    reference: str
    response: str


class OwnerForm(Form):
    """Whose site it is; null: nobody's."""

    customer: Annotated[str, Field(max_length=36)] | None


@router.get("/customers", responses=answers(401, 422))
def list_customers(parts: Parts, who: Who, asked: Listed) -> list[CustomerShown]:
    """Your agency's customers, by name."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, directory.list_of(customer, who.agency))
    return [_customer(row) for row in rows]


@router.post("/customers", status_code=201, responses=CHANGES)
def make_customer(form: CustomerForm, parts: Parts, who: Supervisor) -> CustomerShown:
    """Make a customer."""
    return _customer(_put(parts, who, customer, str(uuid.uuid4()), form))


@router.put("/customers/{id}", responses=CHANGES)
def change_customer(id: Id, form: CustomerForm, parts: Parts, who: Supervisor) -> CustomerShown:
    """Change a customer."""
    _exists(parts, who, customer, id)
    return _customer(_put(parts, who, customer, id, form))


@router.delete("/customers/{id}", status_code=204, responses=CHANGES)
def drop_customer(id: Id, parts: Parts, who: Supervisor) -> None:
    """Remove a customer who has no site."""
    _drop(parts, who, customer, id)


@router.put("/sites/{id}/customer", status_code=204, responses=CHANGES)
def set_customer(id: Id, form: OwnerForm, parts: Parts, who: Supervisor) -> None:
    """Say whose site it is."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        directory.set_customer(connection, who.agency, id, form.customer)
        deeds.write(connection, who, "set_customer", id, now_ms, customer=form.customer)

    parts.writer.do(put)


@router.get("/authorities", responses=answers(401, 422))
def list_authorities(parts: Parts, who: Who, asked: Listed) -> list[AuthorityShown]:
    """The agencies outside whom your operators may call, by name."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, directory.list_of(authority, who.agency))
    return [_authority(row) for row in rows]


@router.post("/authorities", status_code=201, responses=CHANGES)
def make_authority(form: AuthorityForm, parts: Parts, who: Supervisor) -> AuthorityShown:
    """Make an agency outside."""
    return _authority(_put(parts, who, authority, str(uuid.uuid4()), form))


@router.put("/authorities/{id}", responses=CHANGES)
def change_authority(id: Id, form: AuthorityForm, parts: Parts, who: Supervisor) -> AuthorityShown:
    """Change an agency outside: its new number holds for every site at once."""
    _exists(parts, who, authority, id)
    return _authority(_put(parts, who, authority, id, form))


@router.delete("/authorities/{id}", status_code=204, responses=CHANGES)
def drop_authority(id: Id, parts: Parts, who: Supervisor) -> None:
    """Remove an agency outside that is sent to no site."""
    _drop(parts, who, authority, id)


@router.get("/sites/{id}/authorities", responses=answers(401, 404))
def list_links(id: Id, parts: Parts, who: Who) -> list[LinkShown]:
    """Who is sent to a site, in the order to call them, with the site's reference there."""
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        return [LinkShown(**row) for row in directory.of_site(connection, id)]


@router.put("/sites/{id}/authorities/{authority}", responses=CHANGES)
def link_authority(
    id: Id,
    form: LinkForm,
    parts: Parts,
    who: Supervisor,
    other: Annotated[str, PathField(alias="authority", max_length=36)],
) -> list[LinkShown]:
    """Send them to a site; the police's reference is then the site's."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        directory.link(connection, who.agency, id, other, form.model_dump())
        deeds.write(connection, who, "link_authority", id, now_ms, authority=other)

    parts.writer.do(put)
    return list_links(id, parts, who)


@router.delete("/sites/{id}/authorities/{authority}", status_code=204, responses=CHANGES)
def unlink_authority(
    id: Id,
    parts: Parts,
    who: Supervisor,
    other: Annotated[str, PathField(alias="authority", max_length=36)],
) -> None:
    """No longer send them to a site."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        if not directory.unlink(connection, id, other):
            raise NotFound(f"{other} is not sent to site {id}")
        deeds.write(connection, who, "unlink_authority", id, now_ms, authority=other)

    parts.writer.do(drop)


def _put(parts: Context, who: Operator, table: Table, id: str, form: Form) -> dict[str, Any]:
    now_ms, values = parts.clock.now_ms(), form.model_dump()

    def put(connection: Connection) -> dict[str, Any]:
        directory.put(connection, table, who.agency, id, values)
        deeds.write(connection, who, f"put_{table.name}", id, now_ms, name=values["name"])
        return directory.one(connection, table, who.agency, id)

    return parts.writer.do(put)


def _exists(parts: Context, who: Operator, table: Table, id: str) -> None:
    with parts.reader.connect() as connection:
        directory.one(connection, table, who.agency, id)


def _drop(parts: Context, who: Operator, table: Table, id: str) -> None:
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        directory.drop(connection, table, who.agency, id)
        deeds.write(connection, who, f"drop_{table.name}", id, now_ms)

    parts.writer.do(drop)


def _customer(row: dict[str, Any]) -> CustomerShown:
    return CustomerShown(**{name: row[name] for name in CustomerShown.model_fields})


def _authority(row: dict[str, Any]) -> AuthorityShown:
    return AuthorityShown(**{name: row[name] for name in AuthorityShown.model_fields})

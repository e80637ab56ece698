"""Customers and agencies outside, in the directory and on their sites' pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.web import directory as api
from alarm_receiver.web.access import Parts, Supervisor
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.premises import then_site
from alarm_receiver.web.console.team import directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(include_in_schema=False)
Short = Annotated[str, Form(max_length=200)]
Note = Annotated[str, Form(max_length=1000)]
Id = Annotated[str, Form(max_length=36)]


@router.post("/customers")
def put_customer(
    request: Request,
    parts: Parts,
    who: Supervisor,
    name: Short,
    id: Id = "",
    person: Short = "",
    phone: Short = "",
    mail: Short = "",
    note: Note = "",
) -> Response:
    """Make a customer, or change the one with this id."""

    def put() -> None:
        values = {"name": name, "person": person, "phone": phone, "mail": mail, "note": note}
        form = api.CustomerForm.model_validate(values)
        if id:
            api.change_customer(id, form, parts, who)
        else:
            api.make_customer(form, parts, who)

    return _then(request, parts, who, put)


@router.post("/customers/{id}/drop")
def drop_customer(request: Request, id: str, parts: Parts, who: Supervisor) -> Response:
    """Remove a customer who has no site."""
    return _then(request, parts, who, lambda: api.drop_customer(id, parts, who))


@router.post("/authorities")
def put_authority(
    request: Request,
    parts: Parts,
    who: Supervisor,
    name: Short,
    kind: Short,
    id: Id = "",
    phone: Short = "",
    note: Note = "",
) -> Response:
    """Make an agency outside, or change the one with this id."""

    def put() -> None:
        values = {"name": name, "kind": kind, "phone": phone, "note": note}
        form = api.AuthorityForm.model_validate(values)
        if id:
            api.change_authority(id, form, parts, who)
        else:
            api.make_authority(form, parts, who)

    return _then(request, parts, who, put)


@router.post("/authorities/{id}/drop")
def drop_authority(request: Request, id: str, parts: Parts, who: Supervisor) -> Response:
    """Remove an agency outside that is sent to no site."""
    return _then(request, parts, who, lambda: api.drop_authority(id, parts, who))


@router.post("/sites/{id}/customer")
def set_customer(
    request: Request, id: str, parts: Parts, who: Supervisor, customer: Id = ""
) -> Response:
    """Say whose site it is."""
    form = api.OwnerForm(customer=customer or None)
    return then_site(request, parts, who, id, lambda: api.set_customer(id, form, parts, who))


@router.post("/sites/{id}/authorities")
def link_authority(
    request: Request,
    id: str,
    parts: Parts,
    who: Supervisor,
    authority: Id,
    rank: Annotated[int, Form(ge=1, le=99)],
    reference: Short = "",
    response: Short = "active",
) -> Response:
    """Say who is sent to a site, in which order, under which reference."""

    def link() -> None:
        values = {"rank": rank, "reference": reference, "response": response}
        api.link_authority(id, api.LinkForm.model_validate(values), parts, who, authority)

    return then_site(request, parts, who, id, link)


@router.post("/sites/{id}/authorities/{authority}/drop")
def unlink_authority(
    request: Request, id: str, authority: str, parts: Parts, who: Supervisor
) -> Response:
    """No longer send them to a site."""
    return then_site(
        request, parts, who, id, lambda: api.unlink_authority(id, parts, who, authority)
    )


def _then(request: Request, parts: Context, who: Operator, do: Callable[[], object]) -> Response:
    try:
        do()
    except shell.REFUSALS as error:
        return directory(request, parts, who, said=shell.refused(request, error))
    return RedirectResponse("/directory", 303)

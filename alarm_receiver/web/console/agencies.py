"""Further agencies on screen, for administrators of the house: make, rename, give a link.

It promises that a link is shown once, to who made it, and that the page says no more of an agency
than the API does: how many sites and people there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from alarm_receiver.store import agencies, listing
from alarm_receiver.store.agencies import Unusable
from alarm_receiver.store.registry import OWN, Taken
from alarm_receiver.web import agencies as api
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.console import shell
from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.agencies import AgencyLinked
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/agencies", include_in_schema=False)
SHOWN = 100
Name = Annotated[str, Form(max_length=200)]
REFUSALS = (ValidationError, Unusable, Taken)


@router.get("")
def show_agencies(request: Request, parts: Parts) -> Response:
    """The agencies that this receiver works for."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _screen(request, parts, who)


@router.post("")
def make_agency(request: Request, parts: Parts, who: Admin, name: Name, id: Name = "") -> Response:
    """Make an agency; its link for the first account is on the page that answers."""
    try:
        form = api.AgencyForm(name=name, id=id.strip())
        made = api.make_agency(form, parts, who, request)
    except REFUSALS as error:
        return _screen(request, parts, who, said=shell.refused(request, error))
    return _screen(request, parts, who, made=made)


@router.post("/{id}/name")
def rename_agency(request: Request, id: str, parts: Parts, who: Admin, name: Name) -> Response:
    """Give it another name."""
    try:
        api.rename_agency(id, api.AgencyNameForm(name=name), parts, who)
    except REFUSALS as error:
        return _screen(request, parts, who, said=shell.refused(request, error))
    return RedirectResponse("/agencies", 303)


@router.post("/{id}/link")
def link_agency(request: Request, id: str, parts: Parts, who: Admin) -> Response:
    """A new link for an agency that has no account; the one before opens no more."""
    try:
        made = api.link_agency(id, parts, who, request)
    except REFUSALS as error:
        return _screen(request, parts, who, said=shell.refused(request, error))
    return _screen(request, parts, who, made=made)


def _screen(
    request: Request,
    parts: Context,
    who: Operator,
    *,
    said: str = "",
    made: AgencyLinked | None = None,
) -> Response:
    if who.role != "admin" or who.agency != OWN:
        raise ApiError(403, "this page is for administrators of the house")
    with parts.reader.connect() as connection:
        found = shell.listed(
            request, lambda cursor: listing.read(connection, agencies.list_of(), cursor, SHOWN)
        )
        named = agencies.name_of(connection, made.id) if made else ""
    values: dict[str, Any] = {
        "agencies": found,
        "house": OWN,
        "made": made,
        "made_name": named,
        "days": agencies.OPENS_MS // 86_400_000,
        "said": said,
    }
    return shell.screen(request, parts, who, "agencies.html", values, 422 if said else 200)

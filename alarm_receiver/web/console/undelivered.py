"""Pages that did not arrive, on screen: who was not reached, why, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.store import listing, undelivered
from alarm_receiver.web import undelivered as api
from alarm_receiver.web.access import Parts, Supervisor
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/undelivered", include_in_schema=False)
SEES = (*OVERRIDES, "auditor")
SHOWN = 100


@router.get("")
def show_undelivered(request: Request, parts: Parts) -> Response:
    """What did not arrive, oldest first."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _screen(request, parts, who)


@router.post("/{page}/retry")
def send_again(request: Request, page: str, parts: Parts, who: Supervisor) -> Response:
    """Send it once more."""
    return _then(request, parts, who, lambda: api.send_again(page, parts, who))


@router.post("/{page}/give-up")
def give_up(
    request: Request,
    page: str,
    parts: Parts,
    who: Supervisor,
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Send it no more."""
    return _then(
        request,
        parts,
        who,
        lambda: api.give_up(
            page, api.EndForm.model_validate({"reason": reason.strip()}), parts, who
        ),
    )


def _then(request: Request, parts: Context, who: Operator, do: Callable[[], None]) -> Response:
    try:
        do()
    except shell.REFUSALS as error:
        return _screen(request, parts, who, shell.refused(request, error))
    return RedirectResponse("/undelivered", 303)


def _screen(request: Request, parts: Context, who: Operator, said: str = "") -> Response:
    if who.role not in SEES:
        raise ApiError(403, f"this page is for: {', '.join(SEES)}")
    wanted = undelivered.list_of(who.agency)
    with parts.reader.connect() as connection:
        found = shell.listed(
            request, lambda cursor: listing.read(connection, wanted, cursor, SHOWN)
        )
        counts = undelivered.counts(connection, who.agency)
    values = {"pages": found, "counts": counts, "acts": who.role in OVERRIDES, "said": said}
    return shell.screen(request, parts, who, "undelivered.html", values, 422 if said else 200)

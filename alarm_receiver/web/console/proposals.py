"""Four eyes on screen: what one administrator asks for, and another one decides.

It promises that nobody is offered to decide on what he asked for, and that keys which were approved
leave once, as a file that no page and no cache keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.store import listing, proposals, registry, watch
from alarm_receiver.web import proposals as proposals_api
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.console import shell
from alarm_receiver.web.problems import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.store.people import Operator
    from alarm_receiver.store.proposals import Proposal
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/proposals", include_in_schema=False)
ADMIN = "admin"
SHOWN = 100


@router.get("")
def show_proposals(request: Request, parts: Parts) -> Response:
    """What was asked for, by whom and why, and what came of it."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _proposals(request, parts, who)


@router.post("")
def make_proposal(
    request: Request,
    parts: Parts,
    who: Admin,
    what: Annotated[str, Form(max_length=16)],
    site: Annotated[str, Form(max_length=36)] = "",
    account: Annotated[str, Form(max_length=16)] = "",
    subject: Annotated[str, Form(max_length=36)] = "",
    reason: Annotated[str, Form(max_length=400)] = "",
) -> Response:
    """Ask for it."""

    def ask() -> None:
        place = None if subject else site or shell.site_of(parts, who, account)
        values = {"what": what, "site": place, "subject": subject, "reason": reason.strip()}
        proposals_api.make_proposal(proposals_api.ProposalForm.model_validate(values), parts, who)

    return _then(request, parts, who, ask)


@router.post("/{id}/decision")
def decide_proposal(
    request: Request,
    id: str,
    parts: Parts,
    who: Admin,
    decision: Annotated[Literal["approved", "refused"], Form()],
) -> Response:
    """Approve or refuse what another administrator asked for."""
    form = proposals_api.DecisionForm(decision=decision)
    return _then(request, parts, who, lambda: proposals_api.decide_proposal(id, form, parts, who))


@router.post("/{id}/do")
def do_proposal(request: Request, id: str, parts: Parts, who: Admin) -> Response:
    """Do what was approved: the keys come as a file, a deleted site as a word."""
    made: list[Response] = []
    answer = _then(
        request, parts, who, lambda: made.append(proposals_api.do_proposal(id, parts, who))
    )
    return made[0] if made and made[0].body else answer


def _then(request: Request, parts: Context, who: Operator, do: Callable[[], object]) -> Response:
    try:
        do()
    except shell.REFUSALS as error:
        return _proposals(request, parts, who, shell.refused(request, error))
    return RedirectResponse("/proposals", 303)


def _proposals(request: Request, parts: Context, who: Operator, said: str = "") -> Response:
    if who.role != ADMIN:
        raise ApiError(403, f"this page is for: {ADMIN}")
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        listing_ = proposals.list_of_told(who.agency)
        found = shell.listed(
            request, lambda cursor: listing.read(connection, listing_, cursor, SHOWN)
        )
        some = watch.sites(connection, who.agency)
        sites, wanted = some.rows, request.query_params.get("site", "")
        if wanted and wanted not in {one["id"] for one in sites}:
            sites = [registry.site_by_id(connection, who.agency, wanted), *sites]
    rows = [_row(*proposals.told(row), who, now_ms) for row in found.rows]
    values = {
        "open": [one for one in rows if one["standing"] in ("waiting", "approved")],
        "past": [one for one in rows if one["standing"] not in ("waiting", "approved")],
        "further": found,
        "sites": sites,
        "more_sites": some.next is not None,
        "kinds": proposals.OF_SITE,
        "wanted_site": wanted,
        "said": said,
    }
    return shell.screen(request, parts, who, "proposals.html", values, 422 if said else 200)


def _row(one: Proposal, names: dict[str, str], who: Operator, now_ms: int) -> dict[str, Any]:
    if one.done_ms is not None:
        standing = "done"
    elif one.decision == "refused":
        standing = "refused"
    elif now_ms >= one.expires_ms:
        standing = "over"
    else:
        standing = one.decision or "waiting"
    return {"is": one, "standing": standing, "mine": one.asked_by == who.id, **names}

"""Four eyes over the API: one administrator asks, another approves, the first one does it.

It promises that a site is deleted, keys are taken out, a legal hold is lifted, an agency's
endpoint is taken away and a third administrator is made only so, once, within a day, and that each
step is on the record.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import Connection

from alarm_receiver.store import deeds, holds, proposals, reach, registry
from alarm_receiver.store.proposals import LASTS_MS, OF_SITE, Proposal
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.listing import ListedFew
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import Form, iso

router = APIRouter(prefix="/v1/proposals", tags=["proposals"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
What = Literal["delete_site", "export_keys", "lift_hold", "drop_endpoint", "make_admin"]


class ProposalForm(Form):
    """What is asked for, and why: of a site, or of a hold, an endpoint or an operator by its id."""

    what: What
    site: Annotated[str, Field(max_length=36)] | None = None
    subject: Annotated[str, Field(max_length=36)] = ""
    reason: Annotated[str, Field(min_length=1, max_length=400)]

    @model_validator(mode="after")
    def _names_one(self) -> ProposalForm:
        if (self.what in OF_SITE) != (self.site is not None) or bool(self.site) == bool(
            self.subject
        ):
            raise ValueError(f"{' and '.join(OF_SITE)} name a site, the others a subject")
        return self


class DecisionForm(Form):
    """Yes or no, by somebody else than who asked."""

    decision: Literal["approved", "refused"]


class ProposalShown(BaseModel):
    """A proposal; `decision` is null while nobody has decided."""

    id: str
    what: str
    site: str | None
    subject: str
    reason: str
    asked_by: str
    asked_at: str
    expires_at: str
    decided_by: str | None
    decision: str | None
    done_at: str | None


@router.get("", responses=answers(401, 403, 422))
def list_proposals(parts: Parts, who: Admin, asked: ListedFew) -> list[ProposalShown]:
    """The proposals of your agency, newest first."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, proposals.list_of(who.agency))
    return [_shown(Proposal(**row)) for row in rows]


@router.post("", status_code=201, responses=CHANGES)
def make_proposal(form: ProposalForm, parts: Parts, who: Admin) -> ProposalShown:
    """Ask for it. Another administrator has a day to decide."""
    id_, now_ms = str(uuid.uuid4()), parts.clock.now_ms()
    made = Proposal(
        id_,
        form.what,
        form.site,
        form.subject,
        form.reason,
        who.id,
        now_ms,
        now_ms + LASTS_MS,
        None,
        None,
        None,
    )

    def ask(connection: Connection) -> None:
        _check(connection, who.agency, made)
        proposals.ask(connection, who.agency, made)
        detail = {"asked": form.what, "proposal": id_}
        deeds.write(connection, who, "propose", made.about, now_ms, **detail)

    parts.writer.do(ask)
    return _shown(made)


@router.post("/{id}/decision", responses=CHANGES)
def decide_proposal(id: str, form: DecisionForm, parts: Parts, who: Admin) -> ProposalShown:
    """Approve or refuse what another administrator asked for."""
    now_ms = parts.clock.now_ms()

    def decide(connection: Connection) -> Proposal:
        found = proposals.one(connection, who.agency, id)
        proposals.decide(connection, found, who.id, form.decision, now_ms)
        detail = {"asked": found.what, "proposal": id, "decision": form.decision}
        deeds.write(connection, who, "decide", found.about, now_ms, **detail)
        return proposals.one(connection, who.agency, id)

    return _shown(parts.writer.do(decide))


@router.post("/{id}/do", responses=CHANGES)
def do_proposal(id: str, parts: Parts, who: Admin) -> Response:
    """Do what was approved, once: the keys come as CSV, all else with 204."""
    now_ms = parts.clock.now_ms()

    def use(connection: Connection) -> tuple[str, list[tuple[str, str, bytes]]]:
        found = proposals.one(connection, who.agency, id)
        proposals.use(connection, found, who.id, now_ms)
        detail, keys = _do(connection, who.agency, found, now_ms)
        deeds.write(connection, who, found.what, found.about, now_ms, proposal=id, **detail)
        return found.what, keys

    what, keys = parts.writer.do(use)
    if what != "export_keys":
        parts.learn()
        return Response(status_code=204)
    lines = [f"{device},{kind},{key.hex()}\r\n" for device, kind, key in keys]
    headers = {"Content-Disposition": 'attachment; filename="keys.csv"'}
    headers["Cache-Control"] = "no-store"
    body = "device,kind,key\r\n" + "".join(lines)
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


def _check(connection: Connection, agency: str, made: Proposal) -> None:
    """Raise NotFound when there is nothing that the proposal could be about."""
    if made.site is not None:
        registry.site_by_id(connection, agency, made.site)
    elif made.what == "lift_hold":
        holds.one(connection, agency, made.subject)
    elif made.what == "make_admin":
        proposals.candidate(connection, agency, made.subject)
    else:
        reach.endpoint_of(connection, agency, made.subject)


def _do(
    connection: Connection, agency: str, found: Proposal, now_ms: int
) -> tuple[dict[str, str], list[tuple[str, str, bytes]]]:
    """Do it; what is to be said of it in the deed, and keys."""
    if found.what == "export_keys":
        return {}, proposals.keys(connection, agency, found.about)
    if found.what == "delete_site":
        proposals.delete_site(connection, agency, found.about, now_ms)
        return {}, []
    if found.what == "lift_hold":
        lifted = holds.lift(connection, agency, found.subject, found.id, now_ms)
        return {"kind": lifted.kind, "of": lifted.subject}, []
    if found.what == "make_admin":
        return {"name": proposals.make_admin(connection, agency, found)}, []
    return {"name": reach.drop_endpoint(connection, agency, found.subject, now_ms)}, []


def _shown(one: Proposal) -> ProposalShown:
    return ProposalShown(
        id=one.id,
        what=one.what,
        site=one.site,
        subject=one.subject,
        reason=one.reason,
        asked_by=one.asked_by,
        asked_at=iso(one.asked_ms) or "",
        expires_at=iso(one.expires_ms) or "",
        decided_by=one.decided_by,
        decision=one.decision,
        done_at=iso(one.done_ms),
    )

"""Four eyes over the API: one administrator asks, another approves, the first one does it.

It promises that a site is deleted and keys are taken out only so, once, within a day, and that
each step is on the record.
"""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.store import deeds, proposals, registry
from alarm_receiver.store.proposals import LASTS_MS, Proposal
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.problems import answers
from alarm_receiver.web.schemas import Form, iso

router = APIRouter(prefix="/v1/proposals", tags=["proposals"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
What = Literal["delete_site", "export_keys"]


class ProposalForm(Form):
    """What is asked for, and why."""

    what: What
    site: Annotated[str, Field(max_length=36)]
    reason: Annotated[str, Field(min_length=1, max_length=400)]


class DecisionForm(Form):
    """Yes or no, by somebody else than who asked."""

    decision: Literal["approved", "refused"]


class ProposalShown(BaseModel):
    """A proposal; `decision` is null while nobody has decided."""

    id: str
    what: str
    site: str
    reason: str
    asked_by: str
    asked_at: str
    expires_at: str
    decided_by: str | None
    decision: str | None
    done_at: str | None


@router.get("", responses=answers(401, 403))
def list_proposals(parts: Parts, who: Admin) -> list[ProposalShown]:
    """The newest proposals of your agency, newest first."""
    with parts.reader.connect() as connection:
        return [_shown(one) for one in proposals.newest(connection, who.agency)]


@router.post("", status_code=201, responses=CHANGES)
def make_proposal(form: ProposalForm, parts: Parts, who: Admin) -> ProposalShown:
    """Ask for it. Another administrator has a day to decide."""
    id_, now_ms = str(uuid.uuid4()), parts.clock.now_ms()
    made = Proposal(
        id_,
        form.what,
        form.site,
        form.reason,
        who.id,
        now_ms,
        now_ms + LASTS_MS,
        None,
        None,
        None,
    )

    def ask(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, form.site)
        proposals.ask(connection, who.agency, made)
        detail = {"asked": form.what, "proposal": id_}
        deeds.write(connection, who, "propose", form.site, now_ms, **detail)

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
        deeds.write(connection, who, "decide", found.site, now_ms, **detail)
        return proposals.one(connection, who.agency, id)

    return _shown(parts.writer.do(decide))


@router.post("/{id}/do", responses=CHANGES)
def do_proposal(id: str, parts: Parts, who: Admin) -> Response:
    """Do what was approved, once: the keys come as CSV, a deleted site with 204."""
    now_ms = parts.clock.now_ms()

    def use(connection: Connection) -> tuple[str, list[tuple[str, str, bytes]]]:
        found = proposals.one(connection, who.agency, id)
        proposals.use(connection, found, who.id, now_ms)
        deeds.write(connection, who, found.what, found.site, now_ms, proposal=id)
        if found.what == "delete_site":
            proposals.delete_site(connection, who.agency, found.site, now_ms)
            return found.what, []
        return found.what, proposals.keys(connection, who.agency, found.site)

    what, keys = parts.writer.do(use)
    if what == "delete_site":
        parts.learn()
        return Response(status_code=204)
    lines = [f"{device},{kind},{key.hex()}\r\n" for device, kind, key in keys]
    headers = {"Content-Disposition": 'attachment; filename="keys.csv"'}
    headers["Cache-Control"] = "no-store"
    body = "device,kind,key\r\n" + "".join(lines)
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


def _shown(one: Proposal) -> ProposalShown:
    return ProposalShown(
        id=one.id,
        what=one.what,
        site=one.site,
        reason=one.reason,
        asked_by=one.asked_by,
        asked_at=iso(one.asked_ms) or "",
        expires_at=iso(one.expires_ms) or "",
        decided_by=one.decided_by,
        decision=one.decision,
        done_at=iso(one.done_ms),
    )

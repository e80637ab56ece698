"""The walk test over the API: which buttons are ticked, what is asked about, whose a press was.

It promises that nothing an installer says closes, hides or delays a ticket: his word becomes a note
on its timeline, for the operator to judge. The rule is alarm_receiver/domain/walk.py, and the page
of the console shows what is listed here.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.domain.ticket import Act, State
from alarm_receiver.domain.walk import Standing
from alarm_receiver.store import registry, walk
from alarm_receiver.store import tickets as store
from alarm_receiver.web.access import Parts, Tester, Who
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, Hex16, iso
from alarm_wire.signal import TEST, kind_name

router = APIRouter(prefix="/v1/sites/{id}/presses", tags=["sites"])


class PressShown(BaseModel):
    """A press, and where its ticket stands. `age_ms`: from the contact to its sending.

    `standing`: `marked` by the keypad as made in its test mode, `asked` about and nobody has said
    anything yet, `vouched` for as the walk test's, `disowned`. `ticks`: its button is ticked by it.
    """

    device: str
    epoch: int
    number: int
    kind: str
    zone: int
    zone_name: str | None
    test: bool
    received_at: str
    age_ms: int
    age_exact: bool
    ticket: str
    ticket_state: str
    standing: Standing
    ticks: bool


class ButtonShown(BaseModel):
    """A keypad of the site, and the press that ticked it."""

    device: str
    zone: int
    zone_name: str | None
    press: PressShown | None


class WalkShown(BaseModel):
    """The walk since `since_ms`, and the receiver's clock."""

    now_ms: int
    since_ms: int
    buttons: list[ButtonShown]
    presses: list[PressShown]


class WordForm(Form):
    """What the installer says of a press: it was his, or it was not."""

    mine: bool
    text: Annotated[str, Field(max_length=400)] = ""


@router.get("", responses=answers(401, 404))
def list_presses(
    id: str, parts: Parts, who: Who, since_ms: Annotated[int | None, Query(ge=0)] = None
) -> WalkShown:
    """The walk past the site's keypads, by default since the first running test began."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        if since_ms is None:
            since_ms = walk.began_ms(connection, who.agency, id, now_ms)
        found = walk.read(connection, who.agency, id, since_ms)
    return WalkShown(
        now_ms=now_ms,
        since_ms=found.since_ms,
        buttons=[
            ButtonShown(
                device=one["id"],
                zone=one["zone"],
                zone_name=one["zone_name"],
                press=_shown(one["press"]) if one["press"] else None,
            )
            for one in found.buttons
        ],
        presses=[_shown(one) for one in found.presses],
    )


@router.post("/{device}/{epoch}/{number}/word", status_code=204, responses=answers(401, 404, 503))
def say_whose(
    id: str, device: Hex16, epoch: int, number: int, form: WordForm, parts: Parts, who: Tester
) -> None:
    """Write down whether the press was the walk test's, and on its ticket while that is live."""
    now_ms = parts.clock.now_ms()
    whose = "it was the walk test" if form.mine else "it was NOT the walk test"
    text = f"{who.name} on the walk test says: {whose}. {form.text}".strip()

    def note(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        found = walk.press(connection, id, (device, epoch, number))
        if found is None:
            raise ApiError(404, f"no press {device} {epoch}.{number} at this site")
        walk.say(connection, who, id, (device, epoch, number), now_ms, his=form.mine)
        if found["state"] == State.CLOSED:
            return
        store.act(
            connection,
            found["ticket"],
            Act.NOTE,
            version=found["version"],
            now_ms=now_ms,
            actor=f"{who.role}:{who.name}",
            detail={"text": text},
            policies=parts.policies,
        )

    parts.writer.do(note)


def _shown(row: dict[str, Any]) -> PressShown:
    return PressShown(
        device=row["device"],
        epoch=row["epoch"],
        number=row["number"],
        kind=kind_name(row["kind"]),
        zone=row["zone"],
        zone_name=row["zone_name"],
        test=bool(row["flags"] & TEST),
        received_at=iso(row["received_ms"]) or "",
        age_ms=row["age_ms"],
        age_exact=row["age_exact"],
        ticket=row["ticket"],
        ticket_state=row["state"],
        standing=row["standing"],
        ticks=row["ticks"],
    )

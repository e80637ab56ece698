"""The walk test over the API: what was pressed, and whether it was the installer.

It promises that nothing an installer says closes, hides or delays a ticket: his word becomes a note
on its timeline, for the operator to judge.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.domain.ticket import Act
from alarm_receiver.store import registry, walk
from alarm_receiver.store import tickets as store
from alarm_receiver.web.access import Parts, Who
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, Hex16, iso
from alarm_wire.signal import TEST, kind_name

router = APIRouter(prefix="/v1/sites/{id}/presses", tags=["sites"])


class PressShown(BaseModel):
    """A press, and where its ticket stands. `age_ms`: from the contact to its sending."""

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


class PressesShown(BaseModel):
    """The presses, and the receiver's clock to ask from the next time."""

    now_ms: int
    presses: list[PressShown]


class WordForm(Form):
    """What the installer says of a press: it was his, or it was not."""

    mine: bool
    text: Annotated[str, Field(max_length=400)] = ""


@router.get("", responses=answers(401, 404))
def list_presses(
    id: str, parts: Parts, who: Who, since_ms: Annotated[int, Query(ge=0)] = 0
) -> PressesShown:
    """Presses of a site since a moment of the receiver's clock. With none, only the clock."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        registry.site_by_id(connection, who.agency, id)
        rows = walk.presses(connection, id, since_ms) if since_ms else []
    return PressesShown(
        now_ms=now_ms,
        presses=[
            PressShown(
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
            )
            for row in rows
        ],
    )


@router.post("/{device}/{epoch}/{number}/word", status_code=204, responses=answers(401, 404, 503))
def say_whose(
    id: str, device: Hex16, epoch: int, number: int, form: WordForm, parts: Parts, who: Who
) -> None:
    """Write on the press's ticket whether it was the installer. The ticket stays as it is."""
    now_ms = parts.clock.now_ms()
    whose = "it was the walk test" if form.mine else "it was NOT the walk test"
    text = f"{who.name} on the walk test says: {whose}. {form.text}".strip()

    def note(connection: Connection) -> None:
        registry.site_by_id(connection, who.agency, id)
        found = walk.press(connection, id, device, epoch, number)
        if found is None:
            raise ApiError(404, f"no press {device} {epoch}.{number} at this site")
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

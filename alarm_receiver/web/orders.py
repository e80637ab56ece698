"""Orders over the API: what a device shall have, and how far it got.

It promises that settings go in and never come out, that who ordered them is on the record, and
that asking for the same again changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.domain.orders import State, What
from alarm_receiver.store import deeds, ordering, orders, registry
from alarm_receiver.store.listing import read
from alarm_receiver.web.access import Installer, Parts, Who
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, Hex16, iso

router = APIRouter(prefix="/v1", tags=["devices"])


class SettingsForm(Form):
    """All settings of a keypad (docs/keypad.md), as provisioning writes them."""

    settings: Annotated[
        dict[Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")], Any],
        Field(min_length=1, max_length=64, examples=[{"host": "192.168.1.2", "zone": 3}]),
    ]


class OrderShown(BaseModel):
    """Where an order stands. `reason` says why it was refused or taken back."""

    device: str
    site: str
    what: What
    counter: int
    state: State
    reason: str
    asked_by: str
    asked_at: str
    moved_at: str = Field(description="When it came into this state")
    tries: int = Field(description="How often it was sent without a word from the device")
    place: int = Field(description="Of an image: the piece that the device wants next")
    pieces: int = Field(description="Of an image: how many there are")


@router.post("/devices/{device}/settings", responses=answers(401, 403, 404, 409, 422, 503))
def order_settings(device: Hex16, form: SettingsForm, parts: Parts, who: Installer) -> OrderShown:
    """Order new settings for a keypad: all of them, in place of those it has.

    They are sealed for this keypad, wait while it or its gateway is away, and are taken back by the
    keypad itself when no receiver answers with them. Ordering what is ordered changes nothing.
    """
    now_ms = parts.clock.now_ms()

    def order(connection: Connection) -> dict[str, Any]:
        check_keypad(connection, who.agency, device)
        if ordering.order_settings(connection, device, form.settings, actor_of(who), now_ms):
            names = " ".join(sorted(form.settings))[:400]
            deeds.write(connection, who, "order_settings", device, now_ms, settings=names)
        return newest(connection, who.agency, device, What.SETTINGS)

    return shown(parts.writer.do(order))


@router.get("/orders", responses=answers(401, 422))
def list_orders(
    parts: Parts,
    who: Who,
    asked: Listed,
    site: Annotated[str, Query(max_length=36)] = "",
    device: Annotated[str, Query(max_length=16)] = "",
) -> list[OrderShown]:
    """The newest order of each kind for the devices of your agency, of one site or one device."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, orders.list_of(who.agency, site_id=site, device_id=device))
    return [shown(row) for row in rows]


@router.post("/devices/{device}/orders/{what}/call-off", responses=answers(401, 403, 404, 409, 503))
def call_off(device: Hex16, what: What, parts: Parts, who: Installer) -> OrderShown:
    """Send it no longer. What is at the broker already may still be taken."""
    now_ms = parts.clock.now_ms()

    def end(connection: Connection) -> dict[str, Any]:
        registry.device_by_id(connection, who.agency, device)
        orders.call_off(connection, device, what, now_ms)
        deeds.write(connection, who, "call_off", device, now_ms, order=str(what))
        return newest(connection, who.agency, device, what)

    return shown(parts.writer.do(end))


def check_keypad(connection: Connection, agency: str, device: str) -> dict[str, Any]:
    """A keypad that takes orders. Raises NotFound, ApiError."""
    row = registry.device_by_id(connection, agency, device)
    if row["kind"] != "keypad":
        raise ApiError(422, "only keypads take orders; a gateway is set up where it stands")
    if row["revoked_ms"] is not None:
        raise ApiError(409, f"device {device} was revoked; provision the keypad anew")
    return row


def actor_of(who: Any) -> str:
    """Who ordered, as it stands beside an order."""
    return f"{who.role}:{who.name}"


def newest(connection: Connection, agency: str, device: str, what: What) -> dict[str, Any]:
    """The newest order of a kind for a device."""
    rows = read(connection, orders.list_of(agency, device_id=device)).rows
    return next(row for row in rows if row["what"] == what)


def shown(row: dict[str, Any]) -> OrderShown:
    """An order as the API shows it."""
    return OrderShown(
        device=row["device"],
        site=row["site"],
        what=What(row["what"]),
        counter=row["counter"],
        state=State(row["state"]),
        reason=row["reason"],
        asked_by=row["asked_by"],
        asked_at=iso(row["asked_ms"]) or "",
        moved_at=iso(row["moved_ms"]) or "",
        tries=row["tries"],
        place=row["place"],
        pieces=row["pieces"],
    )

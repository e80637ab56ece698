"""What agencies' systems take from the receiver and send back to it, for the published schema.

The receiver itself makes the one (`notify.webhook`) and reads the other (`callbacks`) without
these models; tests hold them together.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from alarm_receiver.domain.escalation import TicketClass
from alarm_receiver.web.shown import EVENT, PAGE_ID


class Spot(BaseModel):
    """Where a site is, in degrees."""

    latitude: float
    longitude: float


class Paged(BaseModel):
    """The ticket, and what somebody who is sent needs. Nobody rings the site of a silent one."""

    model_config = ConfigDict(extra="forbid")

    ticket: str
    number: int
    class_: TicketClass = Field(alias="class")
    kind: str
    silent: bool
    round: int = Field(description="0 at first; how often nobody took it before")
    site: str = Field(description="Its name")
    site_id: str
    account: str
    place: str
    address: str
    spot: Spot | None
    jurisdiction: str
    police_reference: str
    police_response: str = Field(description="active or withdrawn")
    hazards: str
    opened_at: str
    link: str | None = Field(description="The ticket's screen; null without PUBLIC_URL")
    callback: str = Field(description="Where to answer; a path without PUBLIC_URL")


class Event(BaseModel):
    """A CloudEvents envelope; `id` is the page, and the same when it is tried again."""

    model_config = ConfigDict(extra="forbid")

    specversion: Literal["1.0"]
    id: str
    source: str
    type: Literal["holdfast.ticket.paged"]
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    data: Paged


class CallbackForm(BaseModel):
    """An answer to a page. `page` is the one of the path, so that the seal is good for no other."""

    page: str
    act: Literal["acknowledge", "complete"]
    text: str = ""


_HEADERS = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
]
CALLBACK: dict[str, Any] = {
    "parameters": _HEADERS,
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": CallbackForm.model_json_schema(),
                "example": {"page": PAGE_ID, "act": "acknowledge", "text": ""},
            }
        },
    },
}
"""What the route of call-backs says beside its answer."""


def webhooks(models: dict[str, Any]) -> dict[str, Any]:
    """What is POSTed to an agency's endpoint, for the schema; its models join `models`."""
    made = Event.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, model in made.pop("$defs").items():
        models.setdefault(name, model)
    models["Event"] = made
    body = {"schema": {"$ref": "#/components/schemas/Event"}, "example": EVENT}
    return {
        "holdfast.ticket.paged": {
            "post": {
                "tags": ["agencies"],
                "summary": "A ticket is handed over",
                "description": "To the URL of each endpoint, sealed as in Standard Webhooks.",
                "operationId": "ticket_paged",
                "parameters": _HEADERS,
                "requestBody": {
                    "required": True,
                    "content": {"application/cloudevents+json": body},
                },
                "responses": {
                    "2XX": {
                        "description": "Taken; anything else is tried again, with growing waits"
                    }
                },
            }
        }
    }

"""What the API takes and gives, as documented forms. Times are ISO 8601, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from alarm_receiver.domain.dispatch import EXPECTED_S_MAX
from alarm_receiver.domain.interview import ANSWER_MAX, Question
from alarm_receiver.domain.ticket import Entry, Outcome, State, Ticket, TicketClass
from alarm_receiver.web.doors import SCOPES

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Person = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Hex16 = Annotated[str, Field(pattern="^[0-9a-f]{16}$", examples=["a1b2c3d4e5f60718"])]
Hex64 = Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["00" * 32])]
Text = Annotated[str, Field(min_length=1, max_length=4000)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
"""Why: more than space."""
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="The ticket's version that you saw")]


def iso(ms: int | None) -> str | None:
    """Milliseconds since 1970 as ISO 8601 with milliseconds, UTC."""
    if ms is None:
        return None
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


PageLanguage = Literal["cs", "en", "fa", "he", "hu", "ru"]
"""What a page can be written in."""


class Form(BaseModel):
    """A body that has the documented fields and no others."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _text_is_text(cls, value: Any) -> Any:
        """No text has a NUL or half a character: one store would take them, the other not."""
        if isinstance(value, str) and ("\0" in value or not _encodes(value)):
            raise ValueError("not a text: it holds a NUL or half a character")
        return value


def _encodes(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class SetupForm(Form):
    """Makes the first operator, who is also the administrator."""

    token: Annotated[str, Field(min_length=1, max_length=200)]
    name: Person
    password: Annotated[str, Field(min_length=12, max_length=200)]


class LoginForm(Form):
    """Asks for a bearer token. `code`: a one-time or recovery code, for those who have them."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    password: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[str, Field(max_length=40)] = ""
    label: Annotated[str, Field(max_length=80, description="What it is for")] = ""
    scopes: Annotated[
        list[Annotated[str, Field(max_length=40)]],
        Field(max_length=20, description="What it may open; empty is all that your role may"),
    ] = []
    days: Annotated[int, Field(ge=1, le=365)] = 365

    @field_validator("scopes")
    @classmethod
    def _scopes_exist(cls, value: list[str]) -> list[str]:
        unknown = sorted(set(value) - SCOPES.keys())
        if unknown:
            raise ValueError(f"no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}")
        return value


class Granted(BaseModel):
    """A bearer token; it is shown once and stored as a hash."""

    token: str
    operator: str


class TokenShown(BaseModel):
    """A token without its secret. `used_at` is exact to the minute."""

    id: str
    name: str
    scopes: list[str]
    made_at: str
    expires_at: str
    used_at: str | None


class DeviceForm(Form):
    """A keypad or gateway with its 32-byte key, as provisioning made it."""

    device: Hex16
    kind: Literal["keypad", "gateway"]
    site: str
    zone: Annotated[int, Field(ge=0, le=65535)] = 0
    zone_name: Annotated[str, Field(max_length=200)] = ""
    key: Hex64


class DeviceZoneForm(Form):
    """What may be changed of a device."""

    zone: Annotated[int, Field(ge=0, le=65535)]


class KeyForm(Form):
    """A device's new key."""

    key: Hex64


class ProfileForm(Form):
    """The EN 50136 profile within whose reporting time a gateway's silence must be known."""

    profile: Literal["SP3", "SP4", "SP5", "SP6", "DP1", "DP2", "DP3", "DP4"]


class DeviceShown(BaseModel):
    """A device; its key is never shown."""

    device: str
    kind: str
    site: str
    zone: int
    zone_name: str | None
    revoked: bool
    heard_at: str | None = Field(description="Its last heartbeat")
    profile: str = Field(description="EN 50136 profile by which a gateway is supervised")
    standing: str = Field(description="Of a gateway: unknown (never spoke), heard or lost")
    certificate: str | None = Field(
        description="Which certificate it uses that ends first: own, authority (that it checks its "
        "broker by) or receiver (that it was shown); null when it told of none"
    )
    certificate_ends_at: str | None


class SignalShown(BaseModel):
    """One signal as it was received. `age_ms` is exact or a lower bound (`age_exact`)."""

    device: str
    device_kind: str
    epoch: int
    number: int
    kind: str
    zone: int
    zone_name: str | None
    about: str | None
    value: int
    test: bool
    silent: bool
    clock_known: bool
    received_at: str
    age_ms: int
    age_exact: bool
    late: bool
    arrivals: int

    @classmethod
    def of(cls, row: dict[str, Any]) -> SignalShown:
        """A row of store.signals.on_ticket."""
        return cls(received_at=iso(row["received_ms"]) or "", **row)


class EntryShown(BaseModel):
    """One line of a ticket's timeline."""

    version: int
    at: str
    actor: str
    act: str
    due_at: str | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> EntryShown:
        """From the domain's entry."""
        return cls(
            version=entry.version,
            at=iso(entry.at_ms) or "",
            actor=entry.actor,
            act=entry.act,
            due_at=iso(entry.due_ms),
            detail=entry.detail,
        )


class TicketShown(BaseModel):
    """A ticket. `version` is what an act on it must name; `due_at` is when it comes back."""

    id: str
    number: int
    class_: TicketClass = Field(serialization_alias="class")
    state: State
    version: int
    round: int
    site: str
    site_name: str
    account: str
    opened_at: str
    due_at: str | None
    closed_at: str | None
    holder: str | None
    outcome: str | None
    kind: str = Field(description="The most urgent kind among its signals")
    silent: bool
    confirmed: bool = Field(description="A second device or sign stands behind it")


class InterviewShown(BaseModel):
    """The last answer to each question, and what they ask for: ask, by_phone or dispatch."""

    answers: dict[str, str]
    branch: str


class PlanShown(BaseModel):
    """What is done for this kind of signal here. `premises`: never, first or after_dispatch.

    `steps` are those of a site with this `police_response`: active, or withdrawn.
    """

    jurisdiction: str
    police_response: str
    steps: list[str]
    hints: list[str]
    premises: str
    outcomes: list[str]


class PageShown(BaseModel):
    """One attempt to reach one target on one channel."""

    id: str
    round: int
    target: str
    channel: str
    state: str
    attempts: int
    made_at: str
    detail: str


class TicketWhole(TicketShown):
    """A ticket with its signals and its timeline."""

    signals: list[SignalShown]
    entries: list[EntryShown]
    interview: InterviewShown
    plan: PlanShown


class Tickets(BaseModel):
    """A page of tickets, newest first; `next` continues it."""

    tickets: list[TicketWhole]
    next: str | None


def shown(ticket: Ticket) -> dict[str, Any]:
    """The fields of a ticket as the API names them."""
    return {
        "id": ticket.id,
        "number": ticket.number,
        "class_": ticket.class_,
        "state": ticket.state,
        "version": ticket.version,
        "round": ticket.round,
        "site": ticket.site,
        "opened_at": iso(ticket.opened_ms),
        "due_at": iso(ticket.due_ms),
        "closed_at": iso(ticket.closed_ms),
        "holder": ticket.holder,
        "outcome": ticket.outcome,
        "kind": ticket.kind,
        "silent": ticket.silent,
        "confirmed": ticket.confirmed,
    }


class ActForm(Form):
    """An act that needs nothing but the version it is meant for."""

    version: Version | None = None


class NoteForm(Form):
    """A note on the timeline; it cannot be changed afterwards."""

    version: Version | None = None
    text: Text


class DispatchForm(Form):
    """Whom you send. `unit` names one of the agency's units; then `to` may be its name as well."""

    version: Version | None = None
    to: Annotated[str, Field(min_length=1, max_length=200, examples=["Police, unit 12"])]
    unit: Annotated[str, Field(max_length=80)] = ""
    text: Annotated[str, Field(max_length=4000)] = ""


class UnderwayForm(Form):
    """Who was sent has confirmed, and expects to be there in `expected_s` seconds."""

    version: Version | None = None
    expected_s: Annotated[int, Field(ge=1, le=EXPECTED_S_MAX)]


class AnswerForm(Form):
    """An answer of the interview."""

    version: Version | None = None
    question: Question
    answer: Annotated[str, Field(max_length=ANSWER_MAX)]


class CallForm(Form):
    """A call to somebody. `override` is a supervisor's reason to call silent premises."""

    version: Version | None = None
    target: Literal["premises", "keyholder", "agency"]
    who: Annotated[str, Field(max_length=200)] = ""
    result: Annotated[str, Field(max_length=2000)] = ""
    override: Annotated[str | None, Field(max_length=400)] = None


class ParkForm(Form):
    """Why, and for how long."""

    version: Version | None = None
    park_s: Annotated[int, Field(ge=1, le=600)]
    reason: Reason


class TransferForm(Form):
    """To whom, and why."""

    version: Version | None = None
    to: Annotated[str, Field(min_length=1, max_length=70)]
    reason: Annotated[str, Field(max_length=400)] = ""


class CloseForm(Form):
    """How it ended. `override` is a supervisor's reason to end it without what is missing."""

    version: Version | None = None
    outcome: Outcome
    text: Annotated[str, Field(max_length=4000)] = ""
    override: Annotated[str | None, Field(max_length=400)] = None

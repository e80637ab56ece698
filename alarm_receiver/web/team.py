"""Operators, escalation policies, agencies' endpoints and the record of deeds, over the API."""

from __future__ import annotations

import secrets
import uuid
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from fastapi import Path as PathField
from pydantic import BaseModel, Field, StringConstraints
from sqlalchemy import Connection

from alarm_receiver.domain.addresses import usable
from alarm_receiver.domain.escalation import Policy, Step, TicketClass, unfit
from alarm_receiver.domain.outward import literal, refused
from alarm_receiver.store import coverage, credentials, deeds, people, policies, reach, tickets
from alarm_receiver.store.deeds import Wanted
from alarm_receiver.web.access import Admin, Auditor, Parts, Supervisor, Who
from alarm_receiver.web.listing import Listed, ListedFew
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, PageLanguage, iso
from alarm_receiver.web.turns import PASSWORDS

router = APIRouter(prefix="/v1", tags=["team"])
CHANGES = answers(401, 403, 404, 409, 422, 503)
Role = Literal["operator", "supervisor", "installer", "agency", "auditor", "admin"]


class OperatorForm(Form):
    """A new operator."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=70)]
    password: Annotated[str, Field(min_length=12, max_length=200)]
    role: Role = "operator"


class OperatorShown(BaseModel):
    """An operator, and which factors he has beside a password."""

    id: str
    name: str
    role: str
    disabled: bool
    passkeys: int = 0
    codes: bool = False
    seen_at: str | None = None


class AddressForm(Form):
    """Where an operator is paged; an empty value removes the channel.

    `language`: what pages there are written in; empty: in the language of the site.
    """

    channel: Literal["mail", "sms"]
    value: Annotated[str, Field(max_length=200)]
    language: PageLanguage | Literal[""] = ""


class AddressShown(BaseModel):
    """Where an operator is paged, and in which language; empty: in the site's."""

    channel: str
    value: str
    language: str


class StepForm(Form):
    """Whom to page, and how long to wait before the next step."""

    wait_s: Annotated[int, Field(ge=1, le=86_400)]
    targets: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=20)]


class PolicyForm(Form):
    """Steps one after the other; the last repeats until somebody acknowledges."""

    steps: Annotated[list[StepForm], Field(min_length=1, max_length=20)]
    acknowledged_s: Annotated[int, Field(ge=1, le=86_400)]
    dispatched_s: Annotated[int, Field(ge=1, le=86_400)]


class EndpointForm(Form):
    """Where an agency's own system takes tickets (Standard Webhooks)."""

    name: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,60}$")]
    url: Annotated[str, Field(pattern="^https?://[^ ]{1,990}$")]


class EndpointShown(BaseModel):
    """An endpoint; its secret is shown once, when it is made."""

    id: str
    name: str
    url: str
    secret: str | None = None


class DeedShown(BaseModel):
    """What somebody did beside tickets."""

    seq: int
    at: str
    actor: str
    what: str
    subject: str
    detail: dict[str, Any]


@router.get("/operators", responses=answers(401, 403, 422))
def list_operators(parts: Parts, who: Supervisor, asked: Listed) -> list[OperatorShown]:
    """The operators of your agency, by name."""
    with parts.reader.connect() as connection:
        found = asked.rows(connection, people.list_of(who.agency))
    rows = [people.shown(row) for row in found]
    return [OperatorShown(seen_at=iso(row.pop("seen_ms")), **row) for row in rows]


@router.post("/operators", status_code=201, responses=CHANGES)
def make_operator(form: OperatorForm, parts: Parts, who: Admin) -> OperatorShown:
    """Make an operator in your agency.

    One administrator alone makes the second one, who counts as a second pair of eyes beside him
    after seven days; each further one is proposed (`make_admin`) and approved by another.
    """
    id_, now_ms = str(uuid.uuid4()), parts.clock.now_ms()
    hashed = PASSWORDS.hash(form.password)

    def make(connection: Connection) -> None:
        people.make_operator(
            connection,
            id_,
            agency_id=who.agency,
            name=form.name,
            password=hashed,
            role=form.role,
            now_ms=now_ms,
            made_by=who.id,
        )
        deeds.write(connection, who, "make_operator", form.name, now_ms, role=form.role)

    parts.writer.do(make)
    return OperatorShown(id=id_, name=form.name, role=form.role, disabled=False)


@router.post("/operators/{name}/disable", status_code=204, responses=CHANGES)
def disable_operator(name: str, parts: Parts, who: Admin) -> None:
    """Let an operator in no longer; his sessions and tokens end at once.

    What he holds is back at the desk in the same moment, and its people are paged.
    """
    if name == who.name:
        raise ApiError(409, "you cannot disable yourself; another administrator can")
    now_ms = parts.clock.now_ms()

    def disable(connection: Connection) -> None:
        people.disable(connection, who.agency, name, now_ms)
        back = tickets.release(
            connection,
            who.agency,
            f"operator:{name}",
            actor=f"operator:{who.name}",
            reason=f"{name} was shut out",
            policies=parts.policies,
            now_ms=now_ms,
        )
        deeds.write(connection, who, "disable_operator", name, now_ms, handed_back=back)

    parts.writer.do(disable)
    parts.learn()


@router.post("/operators/{name}/sign-out", status_code=204, responses=CHANGES)
def sign_out_operator(name: str, parts: Parts, who: Admin) -> None:
    """End every session and token of an operator at once."""
    now_ms = parts.clock.now_ms()

    def end(connection: Connection) -> None:
        found = people.named(connection, who.agency, name)
        ended = people.sign_out_everywhere(connection, found.id, now_ms, tokens=True)
        deeds.write(connection, who, "sign_out_operator", name, now_ms, ended=ended)

    parts.writer.do(end)


@router.post("/operators/{name}/factors", status_code=204, responses=CHANGES)
def drop_factors(name: str, parts: Parts, who: Admin) -> None:
    """Take away every passkey and one-time code of an operator who has lost them.

    His sessions end; where his role needs a second factor he is asked to add one.
    """
    if name == who.name:
        raise ApiError(409, "another administrator can do this for you")
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        found = people.named(connection, who.agency, name)
        credentials.drop_factors(connection, found.id)
        people.sign_out_everywhere(connection, found.id, now_ms, tokens=True)
        deeds.write(connection, who, "drop_factors", name, now_ms)

    parts.writer.do(drop)


@router.get("/operators/{name}/address", responses=answers(401, 403, 404))
def list_addresses(name: str, parts: Parts, who: Supervisor) -> list[AddressShown]:
    """Where an operator is paged."""
    with parts.reader.connect() as connection:
        found = reach.addresses(connection, who.agency, name)
    return [
        AddressShown(channel=one.channel, value=one.value, language=one.language) for one in found
    ]


@router.put("/operators/{name}/address", status_code=204, responses=CHANGES)
def put_address(name: str, form: AddressForm, parts: Parts, who: Supervisor) -> None:
    """Say where an operator is paged by mail or SMS; a number is kept without what separates."""
    now_ms, value = parts.clock.now_ms(), form.value.strip()
    try:
        value = usable(form.channel, value) if value else ""
    except ValueError as error:
        raise ApiError(422, f"value: {error}") from error

    def put(connection: Connection) -> None:
        reach.put_address(
            connection,
            who.agency,
            name,
            channel=form.channel,
            value=value,
            language=form.language,
        )
        deeds.write(connection, who, "put_address", name, now_ms, channel=form.channel)

    parts.writer.do(put)
    parts.learn()


@router.get("/policies/{class}", responses=answers(401, 422))
def read_policy(
    class_: Annotated[TicketClass, PathField(alias="class")], parts: Parts, who: Who
) -> PolicyForm:
    """The escalation policy of your agency for a class of tickets."""
    return PolicyForm(**policies.body_of(parts.policies.policy(who.agency, class_)))


@router.put("/policies/{class}", responses=CHANGES)
def put_policy(
    class_: Annotated[TicketClass, PathField(alias="class")],
    form: PolicyForm,
    parts: Parts,
    who: Supervisor,
) -> PolicyForm:
    """Replace the escalation policy; live tickets follow it from their next deadline on.

    Refused is what would page nobody: roles, operators, teams and endpoints that are not there,
    an emergency that waits more than five minutes in a step or whose last step names nobody.
    """
    steps = tuple(Step(one.wait_s, tuple(one.targets)) for one in form.steps)
    try:
        new = Policy(steps, form.acknowledged_s, form.dispatched_s)
    except ValueError as error:
        raise ApiError(422, str(error)) from error
    if why := unfit(class_, new):
        raise ApiError(422, why)
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        if strangers := coverage.unknown(connection, who.agency, new):
            raise ApiError(422, f"nobody is {', '.join(strangers)}: name who is there")
        policies.put(connection, who.agency, class_, new)
        body = policies.body_of(new)
        deeds.write(connection, who, "put_policy", str(class_), now_ms, policy=body)

    parts.writer.do(put)
    parts.learn()
    return read_policy(class_, parts, who)


@router.get("/endpoints", responses=answers(401, 403, 422))
def list_endpoints(parts: Parts, who: Supervisor, asked: Listed) -> list[EndpointShown]:
    """Where tickets are handed to agencies' own systems."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, reach.list_of_endpoints(who.agency))
    return [EndpointShown(**row) for row in rows]


@router.post("/endpoints", status_code=201, responses=CHANGES)
def make_endpoint(form: EndpointForm, parts: Parts, who: Admin) -> EndpointShown:
    """Hand tickets to an agency's system at `url`. The answer holds the secret, once.

    An address that is not on the public internet is refused unless the configuration allows its
    network; what a name leads to is checked with every page.
    """
    _check_host(form.url, parts)
    id_, now_ms, secret = (
        str(uuid.uuid4()),
        parts.clock.now_ms(),
        secrets.token_bytes(reach.SECRET_BYTES),
    )

    def make(connection: Connection) -> None:
        reach.make_endpoint(
            connection,
            id_,
            agency=who.agency,
            name=form.name,
            url=form.url,
            secret=secret,
            now_ms=now_ms,
        )
        deeds.write(connection, who, "make_endpoint", form.name, now_ms, url=form.url)

    parts.writer.do(make)
    parts.learn()
    return EndpointShown(id=id_, name=form.name, url=form.url, secret=reach.shown_secret(secret))


@router.post("/endpoints/{id}/secret", responses=CHANGES)
def rotate_endpoint(id: str, parts: Parts, who: Admin) -> EndpointShown:
    """Give an endpoint a fresh secret. The answer holds it, once.

    For a day more the older one holds too: tickets carry the signatures of both, and call-backs
    with either are believed.
    """
    now_ms, secret = parts.clock.now_ms(), secrets.token_bytes(reach.SECRET_BYTES)

    def rotate(connection: Connection) -> Any:
        found = reach.rotate_secret(connection, who.agency, id, secret, now_ms)
        deeds.write(connection, who, "rotate_endpoint", found.name, now_ms)
        return found

    found = parts.writer.do(rotate)
    shown = reach.shown_secret(secret)
    return EndpointShown(id=id, name=found.name, url=found.url, secret=shown)


def _check_host(url: str, parts: Parts) -> None:
    """Refuse addresses that no page would be sent to."""
    try:
        split = urlsplit(url)
        host, _port = split.hostname or "", split.port
    except ValueError as error:
        raise ApiError(422, f"url: {error}") from error
    if not host:
        raise ApiError(422, "url: it names no host")
    why = refused(address, parts.settings.webhook_allowed) if (address := literal(host)) else ""
    if why:
        raise ApiError(422, f"url: {why}")


@router.get("/deeds", responses=answers(401, 403, 422))
def list_deeds(
    parts: Parts,
    who: Auditor,
    asked: ListedFew,
    below: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only before it")] = None,
) -> list[DeedShown]:
    """What people did beside tickets, newest first."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, deeds.list_of(who.agency, Wanted(below=below)))
    return [
        DeedShown(
            seq=row["seq"],
            at=iso(row["at_ms"]) or "",
            actor=row["actor"],
            what=row["what"],
            subject=row["subject"],
            detail=row["detail"],
        )
        for row in rows
    ]

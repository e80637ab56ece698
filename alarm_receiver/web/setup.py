"""The first operator, and tokens for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request

from alarm_receiver.store import credentials, deeds, people
from alarm_receiver.store.people import Pass
from alarm_receiver.web import codes
from alarm_receiver.web.access import (
    Parts,
    Who,
    address_of,
    grant,
    limit_entering,
    set_up,
    sign_in,
)
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Granted, LoginForm, SetupForm, TokenShown, iso

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/v1", tags=["access"])
DAY_MS = 86_400_000


@router.post("/setup", status_code=201, responses=answers(403, 409, 422, 429, 503))
def make_first_operator(form: SetupForm, parts: Parts, request: Request) -> Granted:
    """Make the first operator of an agency with its one-time token.

    The receiver prints one at its first start, and makes one for each further agency. It works
    once. The answer carries a bearer token for the API.
    """
    limit_entering(request, parts)
    who = set_up(parts, form.token, form.name, form.password)
    given = Pass(kind="token", means="setup", lasts_ms=people.TOKEN_MS, name="setup")
    return Granted(token=grant(parts, who, given, "make_token"), operator=who.name)


@router.post("/tokens", status_code=201, responses=answers(401, 403, 422, 429, 503))
def make_token(form: LoginForm, parts: Parts, request: Request) -> Granted:
    """Exchange name and password, and a one-time code where one is needed, for a bearer token.

    Without `scopes` it opens all that your role may; with them nothing else.
    """
    limit_entering(request, parts)
    who = sign_in(parts, form.name, form.password, address_of(request))
    if who is None:
        raise ApiError(401, "name or password is wrong")
    with parts.reader.connect() as connection:
        have = credentials.factors(connection, who.id)
    means = "password"
    if have.codes:
        if not form.code or not codes.check(parts, who, form.code):
            raise ApiError(401, "`code` is missing, wrong, or was used already")
        means = "password+code"
    elif who.role in parts.rules.sign_in.second_factor:
        raise ApiError(403, "your role needs a second factor; make tokens at /account")
    return _granted(parts, who, form, means)


@router.get("/tokens", responses=answers(401, 403, 422))
def list_tokens(parts: Parts, who: Who, asked: Listed) -> list[TokenShown]:
    """Your tokens that still open something, newest first; never their secrets."""
    with parts.reader.connect() as connection:
        now_ms = parts.clock.now_ms()
        rows = asked.rows(connection, people.list_of_entered(who.id, "token", now_ms))
        found = [people.Entered(**row) for row in rows]
    return [
        TokenShown(
            id=one.id,
            name=one.name,
            scopes=one.scopes.split(),
            made_at=iso(one.made_ms) or "",
            expires_at=iso(one.expires_ms) or "",
            used_at=iso(one.seen_ms),
        )
        for one in found
    ]


@router.delete("/tokens/{id}", status_code=204, responses=answers(401, 403, 404, 503))
def end_token(id: str, parts: Parts, who: Who) -> None:
    """End one of your tokens at once."""
    now_ms = parts.clock.now_ms()

    def end(connection: Connection) -> None:
        people.revoke(connection, who.id, id, now_ms)
        deeds.write(connection, who, "end_token", who.name, now_ms, token=id)

    parts.writer.do(end)


def _granted(parts: Context, who: Operator, form: LoginForm, means: str) -> Granted:
    scopes = " ".join(form.scopes) if form.scopes else people.ALL
    given = Pass(
        kind="token",
        means=means,
        lasts_ms=form.days * DAY_MS,
        name=form.label,
        scopes=scopes,
    )
    token = grant(parts, who, given, "make_token", scopes=scopes, label=form.label)
    return Granted(token=token, operator=who.name)

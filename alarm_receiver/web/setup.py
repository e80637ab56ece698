"""The first operator, and tokens for programs."""

from __future__ import annotations

from fastapi import APIRouter, Request

from alarm_receiver.web.access import Parts, address_of, grant, set_up, sign_in
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Granted, LoginForm, SetupForm

router = APIRouter(prefix="/v1", tags=["access"])


@router.post("/setup", status_code=201, responses=answers(403, 422, 503))
def make_first_operator(form: SetupForm, parts: Parts) -> Granted:
    """Make the first operator with the one-time token that the receiver printed at its first start.

    The token works once. The answer carries a bearer token for the API.
    """
    who = set_up(parts, form.token, form.name, form.password)
    return Granted(token=grant(parts, who, "token"), operator=who.name)


@router.post("/tokens", status_code=201, responses=answers(401, 422, 429, 503))
def make_token(form: LoginForm, parts: Parts, request: Request) -> Granted:
    """Exchange name and password for a bearer token."""
    who = sign_in(parts, form.name, form.password, address_of(request))
    if who is None:
        raise ApiError(401, "name or password is wrong")
    return Granted(token=grant(parts, who, "token"), operator=who.name)

"""Who asks: bearer tokens for programs, sessions in a cookie for people, setup for the first one.

It promises that no account exists by default, that secrets are stored as hashes only, that a
wrong name takes as long as a wrong password, and that another site's page cannot act with
somebody's cookie (SameSite=Strict, and the origin is checked on every change).
"""

from __future__ import annotations

import contextlib
import math
import secrets
import uuid
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from sqlalchemy import Connection

from alarm_receiver.store import agencies, deeds, people
from alarm_receiver.store.people import NotAllowed, Operator, Pass
from alarm_receiver.store.registry import OWN
from alarm_receiver.store.waiting import Lane, Unavailable
from alarm_receiver.web import doors
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.turns import PASSWORDS, STRANGERS, Passwords

COOKIE = "holdfast_session"
_NOBODY = PASSWORDS.hash(secrets.token_urlsafe(16))
SAFE = ("GET", "HEAD", "OPTIONS")
INSTALLER = "installer"
UNLOCKING = ("/lock", "/unlock")


async def context(request: Request) -> Context:
    """The receiver's parts; without a thread, of which there may be none left."""
    return cast("Context", request.app.state.context)


def operator(request: Request, parts: Annotated[Context, Depends(context)]) -> Operator:
    """Who asks, when this door is open to him. Raises 401, 403, 423, 429."""
    found = _who(request, parts)
    limit(request, parts, found)
    if found is None:
        raise ApiError(401, "send Authorization: Bearer TOKEN, or sign in")
    if request.method not in SAFE and request.url.path not in UNLOCKING and locked(request, parts):
        raise ApiError(423, "this console is locked; enter your password to go on")
    door = doors.door_of(cast("dict[str, Any]", request.scope))
    if door.scope == doors.SELF and found.kind != "session":
        raise ApiError(403, "this is for people who have signed in, not for tokens")
    if door.scope != doors.SELF and too_weak(parts, found):
        raise ApiError(403, "your role needs a second factor; add one at /account", enrol=True)
    why = doors.opens(door, found.role, found.scopes.split(), house=found.agency == OWN)
    if why is not None:
        raise ApiError(403, why)
    return found


def too_weak(parts: Context, who: Operator) -> bool:
    """Whether the house's rules ask for more than this session or token was made with."""
    rules = parts.rules
    if who.role not in rules.sign_in.second_factor:
        return False
    if who.means == "oidc":
        return rules.oidc is None or not rules.oidc.second_factor
    return who.means in people.WEAK


def locked(request: Request, parts: Context) -> bool:
    """Whether this console was left alone and waits for its operator's password."""
    session = request.cookies.get(COOKIE)
    return session is not None and people.hashed(session) in parts.locked


def limit(request: Request, parts: Context, who: Operator | None) -> None:
    """Count the request. Raises 429 with how long to wait."""
    name = f"door {who.door}" if who else f"address {address_of(request)}"
    _wait(parts.rate.wait_s(name, parts.clock.now_ms()))


def limit_entering(request: Request, parts: Context) -> None:
    """Count an attempt to get in, right or wrong. Raises 429."""
    _wait(parts.rate_entering.wait_s(address_of(request), parts.clock.now_ms()))


def _wait(wait_s: float) -> None:
    if wait_s > 0:
        raise ApiError(
            429,
            f"too many requests; come back in {math.ceil(wait_s)} s",
            headers={"Retry-After": str(math.ceil(wait_s))},
        )


def _who(request: Request, parts: Context) -> Operator | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    now_ms = parts.clock.now_ms()
    bearer = scheme.lower() == "bearer" and bool(token)
    secret = token.strip() if bearer else request.cookies.get(COOKIE)
    if not secret:
        return None
    with parts.reader.connect() as connection:
        found = people.who(connection, secret, "token" if bearer else "session", now_ms)
    if found is None:
        return None
    if not bearer and request.method not in SAFE:
        check_origin(request)
    if found.stale:
        door = found.door
        with contextlib.suppress(Unavailable):  # that it was used is told by the next request
            parts.writer.submit(Lane.STATUS, lambda one: people.seen(one, door, now_ms))
    return found


def may_still(request: Request, parts: Context) -> bool:
    """Whether the token or session of a request that is being answered is still good."""
    return _who(request, parts) is not None


def check_origin(request: Request) -> None:
    """Refuse a change that another site's page asks for."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ApiError(403, f"this request comes from another site ({site})")
        return
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host"):
        raise ApiError(403, f"this request comes from {origin}")


def set_up(parts: Context, token: str, name: str, password: str) -> Operator:
    """Make the first operator of an agency with its one-time token. Raises NotAllowed, Taken."""
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        if agencies.setup_opens(connection, token, now_ms) is None:
            raise NotAllowed(agencies.SPENT)
    hashed = STRANGERS.hash(password)

    def make(connection: Connection) -> Operator:
        agency = agencies.use_setup(connection, token, now_ms)
        made = people.make_operator(
            connection,
            str(uuid.uuid4()),
            agency_id=agency,
            name=name,
            password=hashed,
            role="admin",
            now_ms=now_ms,
        )
        deeds.write(connection, made, "setup", name, now_ms, role=made.role)
        return made

    return parts.writer.do(make)


def sign_in(
    parts: Context, name: str, password: str, address: str, turns: Passwords = STRANGERS
) -> Operator | None:
    """The operator, if name and password are right; takes the same time either way.

    `turns`: among whom he waits. Raises 429 after too many wrong tries from `address`, of his name
    or, where he has not come in before, of whatever names; 503 when too many wait. Whether he is in
    is not said by this: he may have a second factor to show.
    """
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        found = people.by_name(connection, name)
        blocked = parts.failures.blocked(name, address, now_ms)
        if not blocked and parts.failures.crowded(address, now_ms):
            blocked = found is None or not people.came_from(connection, found.id, address)
    if blocked:
        raise ApiError(429, "too many wrong passwords from here; wait five minutes")
    right = turns.verify(password, found.password if found else _NOBODY)
    if not right:
        parts.failures.failed(name, address, now_ms)
    return found if right else None


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def let_in(request: Request, parts: Context, who: Operator, means: str) -> str:
    """A new session for `who`, on the record; only its hash is kept."""
    rules = parts.rules.sign_in
    given = Pass(
        kind="session",
        means=means,
        lasts_ms=rules.hours * 3_600_000,
        idle_ms=rules.idle_minutes * 60_000,
        about=f"{address_of(request)} {request.headers.get('user-agent', '')}".strip(),
    )
    return grant(parts, who, given, "sign_in", means=means)


def grant(parts: Context, who: Operator, given: Pass, what: str, **detail: Any) -> str:
    """A new session or token for `who`, recorded as the deed `what`; only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    now_ms = parts.clock.now_ms()

    def give(connection: Connection) -> None:
        people.grant(connection, secret, who.id, given, now_ms)
        deeds.write(connection, who, what, who.name, now_ms, **detail)

    parts.writer.do(give)
    return secret


def set_session(request: Request, response: Response, secret: str) -> None:
    """Put the session into its cookie."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=86_400,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


Parts = Annotated[Context, Depends(context)]
Who = Annotated[Operator, Depends(operator)]
Admin = Who
Supervisor = Who
Installer = Who
Auditor = Who
Tester = Who
Desk = Who
"""Which roles a route lets in stands in `doors.TABLE`; these names only tell a reader."""

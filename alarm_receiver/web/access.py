"""Who asks: bearer tokens for programs, sessions in a cookie for people, setup for the first one.

It promises that no account exists by default, that secrets are stored as hashes only, that a
wrong name takes as long as a wrong password, and that another site's page cannot act with
somebody's cookie (SameSite=Strict, and the origin is checked on every change).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable
from typing import Annotated, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from pwdlib import PasswordHash
from sqlalchemy import Connection

from alarm_receiver.store import people
from alarm_receiver.store.people import NotAllowed, Operator
from alarm_receiver.store.registry import OWN
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError

COOKIE = "holdfast_session"
PASSWORDS = PasswordHash.recommended()
_NOBODY = PASSWORDS.hash(secrets.token_urlsafe(16))
SAFE = ("GET", "HEAD", "OPTIONS")
INSTALLER = "installer"
UNLOCKING = ("/lock", "/unlock")


def context(request: Request) -> Context:
    """The receiver's parts."""
    return cast("Context", request.app.state.context)


def operator(request: Request, parts: Annotated[Context, Depends(context)]) -> Operator:
    """Who asks. Raises 401 or, for a change from a foreign page, 403."""
    found = _who(request, parts)
    if found is None:
        raise ApiError(401, "send Authorization: Bearer TOKEN, or sign in")
    if request.method not in SAFE and request.url.path not in UNLOCKING and locked(request, parts):
        raise ApiError(423, "this console is locked; enter your password to go on")
    if found.role == INSTALLER and not _for_installers(request):
        raise ApiError(403, "an installer's token opens sites, devices and tests, nothing else")
    return found


def locked(request: Request, parts: Context) -> bool:
    """Whether this console was left alone and waits for its operator's password."""
    session = request.cookies.get(COOKIE)
    return session is not None and people.hashed(session) in parts.locked


def _for_installers(request: Request) -> bool:
    path = request.url.path
    if path.startswith(("/v1/devices", "/v1/sites/", "/v1/tests", "/sites/")):
        return True
    return path in ("/v1/sites", "/sites") and request.method in SAFE


def _who(request: Request, parts: Context) -> Operator | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        if scheme.lower() == "bearer" and token:
            return people.who(connection, token.strip(), "token", now_ms)
        session = request.cookies.get(COOKIE)
        if not session:
            return None
        found = people.who(connection, session, "session", now_ms)
    if found is not None and request.method not in SAFE:
        check_origin(request)
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
    """Make the first operator with the one-time token. Raises NotAllowed."""
    with parts.reader.connect() as connection:
        if not people.setup_opens(connection, token):
            raise NotAllowed("this setup link was used already, or a newer one was printed")
    hashed = PASSWORDS.hash(password)
    now_ms = parts.clock.now_ms()

    def make(connection: Connection) -> Operator:
        people.use_setup(connection, token, now_ms)
        return people.make_operator(
            connection,
            str(uuid.uuid4()),
            agency_id=OWN,
            name=name,
            password=hashed,
            role="admin",
            now_ms=now_ms,
        )

    return parts.writer.do(make)


def sign_in(parts: Context, name: str, password: str, address: str) -> Operator | None:
    """The operator, if name and password are right; takes the same time either way.

    Raises 429 after too many wrong tries from `address`.
    """
    now_ms = parts.clock.now_ms()
    if parts.failures.blocked(name, address, now_ms):
        raise ApiError(429, "too many wrong passwords from here; wait five minutes")
    with parts.reader.connect() as connection:
        found = people.by_name(connection, name)
    right = PASSWORDS.verify(password, found.password if found else _NOBODY)
    if not right:
        parts.failures.failed(name, address, now_ms)
    return found if right else None


def address_of(request: Request) -> str:
    """The address that a request comes from."""
    return request.client.host if request.client else ""


def grant(parts: Context, who: Operator, kind: str) -> str:
    """A new token or session for `who`; only its hash is kept."""
    secret = secrets.token_urlsafe(32)
    now_ms = parts.clock.now_ms()
    parts.writer.do(lambda connection: people.grant(connection, secret, who.id, kind, now_ms))
    return secret


def set_session(request: Request, response: Response, secret: str) -> None:
    """Put the session into its cookie."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=people.SESSION_MS // 1000,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def one_of(*roles: str) -> Callable[[Operator], Operator]:
    """A dependency: who asks has one of `roles`, or is an administrator. Raises 403."""

    def check(who: Annotated[Operator, Depends(operator)]) -> Operator:
        if who.role != "admin" and who.role not in roles:
            raise ApiError(
                403, f"a {who.role} may not do this; ask {' or '.join((*roles, 'admin'))}"
            )
        return who

    return check


Parts = Annotated[Context, Depends(context)]
Who = Annotated[Operator, Depends(operator)]
Admin = Annotated[Operator, Depends(one_of())]
Supervisor = Annotated[Operator, Depends(one_of("supervisor"))]
Installer = Annotated[Operator, Depends(one_of("installer", "supervisor"))]
Auditor = Annotated[Operator, Depends(one_of("auditor"))]
Tester = Annotated[Operator, Depends(one_of("operator", "supervisor", "installer"))]
Desk = Annotated[Operator, Depends(one_of("operator", "supervisor"))]

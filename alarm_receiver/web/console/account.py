"""My account: password, passkeys, one-time codes, sessions and tokens of whoever is signed in.

It promises that each change here is on the record, that a secret is shown once and never again,
and that whoever changes his password ends his other sessions.
"""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alarm_receiver.store import credentials, deeds, people
from alarm_receiver.store.people import Pass
from alarm_receiver.store.registry import OWN
from alarm_receiver.web import codes, passkeys
from alarm_receiver.web.access import (
    Parts,
    Who,
    address_of,
    grant,
    sign_in,
    too_weak,
)
from alarm_receiver.web.console import shell
from alarm_receiver.web.doors import DOORS, SCOPES, scopes_for
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.turns import PASSWORDS
from alarm_receiver.web.words import N_

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/account", include_in_schema=False)
Field = Annotated[str, Form(max_length=200)]
PASSWORD_MIN = 12
DAY_MS = 86_400_000


@router.get("")
def show_account(request: Request, parts: Parts) -> Response:
    """Everything that opens this receiver in my name."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _account(request, parts, who)


@router.get("/password")
@router.get("/tokens")
@router.get("/codes")
@router.get("/codes/confirm")
@router.get("/codes/drop")
def reload(request: Request, parts: Parts) -> Response:
    """Where a form has answered with a page of its own: asked again, it leads to the account.

    What was shown there once is not shown again.
    """
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _done()


@router.post("/password")
def change_password(
    request: Request, parts: Parts, who: Who, password: Field, new: Field
) -> Response:
    """Another password; other sessions end."""
    said = Reader.of(request).language
    if len(new) < PASSWORD_MIN:
        return _refused(request, parts, who, said(N_("Use at least 12 characters.")), "new")
    try:
        right = sign_in(parts, who.name, password, address_of(request), PASSWORDS)
    except ApiError:
        right = None
    if right is None:
        return _refused(request, parts, who, said(N_("The password is wrong.")), "password")
    hashed, now_ms = PASSWORDS.hash(new), parts.clock.now_ms()

    def change(connection: Connection) -> None:
        people.put_password(connection, who.id, hashed)
        people.sign_out_everywhere(connection, who.id, now_ms, but=who.door)
        deeds.write(connection, who, "change_password", who.name, now_ms)

    parts.writer.do(change)
    return _done()


@router.post("/sessions/{id}/end")
def end_session(parts: Parts, who: Who, id: str) -> Response:
    """End one session."""
    return _ended(parts, who, id, "end_session")


@router.post("/sessions/end")
def end_sessions(parts: Parts, who: Who) -> Response:
    """Sign out everywhere but here."""
    now_ms = parts.clock.now_ms()

    def end(connection: Connection) -> None:
        count = people.sign_out_everywhere(connection, who.id, now_ms, but=who.door)
        deeds.write(connection, who, "sign_out_everywhere", who.name, now_ms, ended=count)

    parts.writer.do(end)
    return _done()


@router.post("/tokens")
def make_token(
    request: Request,
    parts: Parts,
    who: Who,
    label: Annotated[str, Form(min_length=1, max_length=80)],
    days: Annotated[int, Form(ge=1, le=365)],
    scopes: Annotated[list[str], Form(max_length=20)] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """A token for a program; shown this once."""
    said = Reader.of(request).language
    if not scopes or not set(scopes) <= SCOPES.keys():
        return _refused(request, parts, who, said(N_("Choose what the token may open.")), "scopes")
    wanted = " ".join(scopes)
    given = Pass("token", who.means, days * DAY_MS, name=label, scopes=wanted)
    token = grant(parts, who, given, "make_token", scopes=wanted, label=label)
    return _account(request, parts, who, {"token": token})


@router.post("/tokens/{id}/end")
def end_token(parts: Parts, who: Who, id: str) -> Response:
    """End one token."""
    return _ended(parts, who, id, "end_token")


@router.post("/codes")
def begin_codes(request: Request, parts: Parts, who: Who) -> Response:
    """Show the QR code that an authenticator application takes."""
    secret, ticket, now_ms = codes.fresh(), secrets.token_urlsafe(32), parts.clock.now_ms()
    sealed = _sealed(parts, who, secret)
    parts.writer.do(
        lambda one: credentials.begin(one, ticket, "new_codes", now_ms, who.id, sealed=sealed)
    )
    return _show_codes(request, parts, who, ticket, secret)


@router.post("/codes/confirm")
def confirm_codes(request: Request, parts: Parts, who: Who, begun: Field, code: Field) -> Response:
    """Begin one-time codes once the phone has shown a right one."""
    now_ms, spoken = parts.clock.now_ms(), Reader.of(request).language
    with parts.reader.connect() as connection:
        found = credentials.look(connection, begun, "new_codes", now_ms)
    if found is None or found[0] != who.id:
        return _refused(request, parts, who, spoken(N_("That took too long. Begin again.")))
    secret = _opened(parts, who, found[1]["sealed"])
    made = codes.put(parts, who, secret, code)
    if made is None:
        said = spoken(N_("That code is wrong. Is the clock of your phone right?"))
        return _show_codes(request, parts, who, begun, secret, said)
    parts.writer.do(lambda one: credentials.finish(one, begun, "new_codes", now_ms))
    _strengthen(parts, who, "password+code")
    return _account(request, parts, who, {"recovery": made})


@router.post("/codes/drop")
def drop_codes(request: Request, parts: Parts, who: Who, password: Field) -> Response:
    """End my one-time codes; the password is asked for again."""
    if not PASSWORDS.verify(password, who.password):
        said = Reader.of(request).language(N_("The password is wrong."))
        return _refused(request, parts, who, said, "password")
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        credentials.drop_codes(connection, who.id)
        deeds.write(connection, who, "drop_codes", who.name, now_ms)

    parts.writer.do(drop)
    return _done()


@router.post("/passkeys/options")
def begin_passkey(request: Request, parts: Parts, who: Who) -> JSONResponse:
    """What the browser needs to make a passkey."""
    return JSONResponse(passkeys.ask_new(request, parts, who))


@router.post("/passkeys")
def add_passkey(
    request: Request, parts: Parts, who: Who, body: Annotated[dict[str, Any], Body()]
) -> JSONResponse:
    """Keep the passkey that the browser has made: {"name": ..., "answer": ...}."""
    answer = body.get("answer")
    if not isinstance(answer, dict):
        raise ApiError(422, "answer is what the authenticator said")
    passkeys.take_new(request, parts, who, str(body.get("name", "")), answer)
    _strengthen(parts, who, "passkey")
    return JSONResponse({"to": "/account"}, 201)


@router.post("/passkeys/drop")
def drop_passkey(parts: Parts, who: Who, id: Annotated[str, Form(max_length=1400)]) -> Response:
    """Forget a passkey."""
    now_ms = parts.clock.now_ms()

    def drop(connection: Connection) -> None:
        credentials.drop_passkey(connection, who.id, id)
        deeds.write(connection, who, "drop_passkey", who.name, now_ms)

    parts.writer.do(drop)
    return _done()


def _account(
    request: Request,
    parts: Context,
    who: Operator,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        values: dict[str, Any] = {
            "passkeys": credentials.passkeys(connection, who.id),
            "codes": credentials.factors(connection, who.id).codes,
            "recovery_left": credentials.recovery_left(connection, who.id),
            "sessions": people.entered(connection, who.id, "session", now_ms),
            "tokens": people.entered(connection, who.id, "token", now_ms),
        }
    mine = {door.scope for door in DOORS.values() if who.role in door.roles}
    values |= {
        "scopes": [one for one in scopes_for(house=who.agency == OWN) if one in mine],
        "by_name": passkeys.place_of(request, parts) is not None,
        "must_enrol": too_weak(parts, who),
        "said": "",
        "token": "",
        "recovery": [],
        "enrolling": None,
    }
    return shell.screen(request, parts, who, "account.html", values | (more or {}), status)


def _show_codes(
    request: Request, parts: Context, who: Operator, begun: str, secret: str, said: str = ""
) -> Response:
    path, side = codes.drawing(codes.address(secret, who.name))
    shown = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    request.state.wrong = {"code": said} if said else {}
    enrolling = {"begun": begun, "path": path, "side": side, "secret": shown}
    more = {"enrolling": enrolling, "said": said}
    return _account(request, parts, who, more, 422 if said else 200)


def _refused(
    request: Request, parts: Context, who: Operator, said: str, about: str = ""
) -> Response:
    request.state.wrong = {about: said} if about else {}
    return _account(request, parts, who, {"said": said}, 422)


def _done() -> Response:
    return RedirectResponse("/account", 303)


def _ended(parts: Context, who: Operator, door: str, what: str) -> Response:
    now_ms = parts.clock.now_ms()

    def end(connection: Connection) -> None:
        people.revoke(connection, who.id, door, now_ms)
        deeds.write(connection, who, what, who.name, now_ms)

    parts.writer.do(end)
    return _done()


def _strengthen(parts: Context, who: Operator, means: str) -> None:
    """He has just shown this factor: his session counts as made with it."""
    parts.writer.do(lambda connection: people.strengthen(connection, who.door, means))


def _sealed(parts: Context, who: Operator, secret: str) -> str:
    return parts.box.seal(base64.b32decode(secret), f"new codes {who.id}").hex()


def _opened(parts: Context, who: Operator, sealed: str) -> str:
    plain = parts.box.open(bytes.fromhex(sealed), f"new codes {who.id}")
    return base64.b32encode(plain).decode()

"""Pages before the console: the one-time setup, every way to sign in, signing out, language.

It promises that what opens a session is shown once: a password alone only for roles to which the
house's rules allow it, else a one-time code beside it, a passkey, or a provider's word.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Body, Form, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alarm_receiver.store import agencies, credentials, people
from alarm_receiver.store.registry import OWN, Taken
from alarm_receiver.web import codes, oidc, passkeys
from alarm_receiver.web.access import (
    COOKIE,
    Parts,
    Who,
    address_of,
    check_origin,
    let_in,
    limit_entering,
    locked,
    set_session,
    set_up,
    sign_in,
)
from alarm_receiver.web.language import NAMES
from alarm_receiver.web.pages import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    Reader,
    page,
)
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.provider import Provider
from alarm_receiver.web.refusals import refusal
from alarm_receiver.web.turns import PASSWORDS, STRANGERS, Passwords
from alarm_receiver.web.words import N_

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=200)]
Answer = Annotated[dict[str, Any], Body()]
SECOND = "holdfast_second"
STATE = "holdfast_state"
PASSWORD_MIN = 12
CHOICE_S = 365 * 86_400
FULL = 503


@router.get("/setup/{token}")
def show_setup(request: Request, token: str, parts: Parts) -> Response:
    """The form that makes the first operator."""
    return _setup_page(request, parts, token)


@router.post("/setup/{token}")
def do_setup(request: Request, token: str, parts: Parts, name: Field, password: Field) -> Response:
    """Make the first operator and sign him in."""
    check_origin(request)
    limit_entering(request, parts)
    said = Reader.of(request).language
    if not name.strip() or len(name) > 80 or len(password) < PASSWORD_MIN:  # noqa: PLR2004 - the column
        error = said(N_("A name (up to 80 letters) and a password of at least 12 are needed."))
        about = "name" if not name.strip() or len(name) > 80 else "password"  # noqa: PLR2004 - same
        request.state.wrong = {about: error}
        return _setup_page(request, parts, token, error)
    try:
        who = set_up(parts, token, name.strip(), password)
    except people.NotAllowed:
        return _setup_page(request, parts, token)
    except Taken:
        error = said(N_("There is somebody of this name already."))
        request.state.wrong = {"name": error}
        return _setup_page(request, parts, token, error)
    return _signed_in(request, parts, who, "setup")


def _setup_page(request: Request, parts: Parts, token: str, error: str = "") -> Response:
    """The form, for whom it is and what is wrong; or that its link opens no longer."""
    with parts.reader.connect() as connection:
        id_ = agencies.setup_opens(connection, token, parts.clock.now_ms())
        named = "" if id_ in (None, OWN) else agencies.name_of(connection, id_)
    values = {"token": token, "opens": id_ is not None, "error": error, "agency": named}
    return page(request, "setup.html", values, 403 if id_ is None else 422 if error else 200)


@router.get("/sign-in")
def show_sign_in(request: Request, parts: Parts) -> Response:
    """The form to sign in."""
    return _door(request, parts)


@router.post("/sign-in")
def do_sign_in(request: Request, parts: Parts, name: Field, password: Field) -> Response:
    """Begin a session, or ask for the second factor."""
    check_origin(request)
    limit_entering(request, parts)
    who = _entered(request, parts, name.strip(), password, N_("Name or password is wrong."))
    if isinstance(who, str):
        return _door(request, parts, who, 401, name)
    back = request.query_params.get("back", "/")
    with parts.reader.connect() as connection:
        have = credentials.factors(connection, who.id)
    if have.codes:
        return _ask_code(request, parts, who, back)
    if have.passkeys and who.role in parts.rules.sign_in.second_factor:
        said = Reader.of(request).language
        return _door(request, parts, said(N_("Your role needs your passkey to sign in.")), 403)
    return _signed_in(request, parts, who, "password", back)


@router.post("/sign-in/code")
def do_code(request: Request, parts: Parts, code: Field) -> Response:
    """The second step: a one-time code, or a recovery code."""
    check_origin(request)
    limit_entering(request, parts)
    spoken = Reader.of(request).language
    begun, now_ms = request.cookies.get(SECOND, ""), parts.clock.now_ms()
    with parts.reader.connect() as connection:
        found = credentials.look(connection, begun, "second", now_ms)
        who = people.by_id(connection, found[0]) if found and found[0] else None
    if found is None or who is None:
        return _door(request, parts, spoken(N_("That took too long. Sign in again.")), 403)
    try:
        right = codes.check(parts, who, code)
    except ApiError:
        return _code_page(request, spoken(N_("Too many wrong codes. Wait five minutes.")), 429)
    if not right:
        wrong = N_("That code is wrong or was used already. Wait for the next one.")
        return _code_page(request, spoken(wrong), 401)
    if parts.writer.do(lambda one: credentials.finish(one, begun, "second", now_ms)) is None:
        return _door(request, parts, spoken(N_("That took too long. Sign in again.")), 403)
    response = _signed_in(request, parts, who, "password+code", str(found[1]["back"]))
    response.delete_cookie(SECOND)
    return response


@router.post("/sign-in/passkey/options")
def ask_passkey(request: Request, parts: Parts) -> JSONResponse:
    """A challenge for whichever passkey the browser has for this receiver."""
    check_origin(request)
    limit_entering(request, parts)
    return JSONResponse(passkeys.ask_entry(request, parts))


@router.post("/sign-in/passkey")
def do_passkey(request: Request, parts: Parts, answer: Answer) -> Response:
    """Begin a session with a passkey; or unlock the console of the same person."""
    check_origin(request)
    limit_entering(request, parts)
    who = passkeys.take_entry(request, parts, answer)
    session = request.cookies.get(COOKIE, "")
    if locked(request, parts):
        with parts.reader.connect() as connection:
            here = people.who(connection, session, "session", parts.clock.now_ms())
        if here is not None and here.id == who.id:
            parts.locked.discard(people.hashed(session))
            return JSONResponse({"to": ""})
    back = _own(request.query_params.get("back", "/"))
    response = JSONResponse({"to": back})
    set_session(request, response, let_in(request, parts, who, "passkey"))
    return response


@router.get("/sign-in/oidc")
def ask_provider(request: Request, parts: Parts) -> Response:
    """Go to the OpenID Connect provider."""
    limit_entering(request, parts)
    provider = _provider(parts)
    back = f"{(parts.settings.public_url or str(request.base_url)).rstrip('/')}/sign-in/oidc/back"
    there = _own(request.query_params.get("back", "/"))
    try:
        to, state = oidc.begin(parts, provider, back, there)
    except ApiError as error:
        return _not_let_in(request, parts, error)
    response = RedirectResponse(to, 303)
    # Lax: the answer comes from the provider's page, and must find this cookie.
    secure = request.url.scheme == "https"
    response.set_cookie(STATE, state, max_age=300, httponly=True, samesite="lax", secure=secure)
    return response


@router.get("/sign-in/oidc/back")
def back_from_provider(
    request: Request,
    parts: Parts,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Come back from the provider, signed in or not."""
    limit_entering(request, parts)
    provider = _provider(parts)
    if error or not code:
        refused = ApiError(403, f"the provider says {error or 'nothing'}")
        return _not_let_in(request, parts, refused)
    try:
        bound = request.cookies.get(STATE, "")
        who, there = oidc.finish(parts, provider, state, bound, code)
    except ApiError as why:
        return _not_let_in(request, parts, why)
    # A page of ours, not a redirect: the session's cookie does not travel on a way that began at
    # the provider's site (SameSite=Strict).
    response = page(request, "arrived.html", {"to": _own(there)})
    set_session(request, response, let_in(request, parts, who, "oidc"))
    response.delete_cookie(STATE)
    return response


@router.post("/sign-out")
def sign_out(request: Request, parts: Parts) -> Response:
    """End the session."""
    check_origin(request)
    session = request.cookies.get(COOKIE)
    if session:
        now_ms = parts.clock.now_ms()
        parts.writer.do(lambda connection: people.withdraw(connection, session, now_ms))
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(COOKIE)
    return response


@router.post("/lock")
def lock(request: Request, parts: Parts, who: Who) -> Response:
    """Leave the console: alarms stay visible and audible, acts need the password again."""
    parts.locked.add(people.hashed(request.cookies.get(COOKIE, "")))
    parts.log("console_locked", operator=who.name)
    return Response(status_code=204)


@router.post("/unlock")
def unlock(request: Request, parts: Parts, who: Who, password: Field) -> Response:
    """Go on, with the password of the operator whose session this is.

    Wrong ones are counted for the session: nobody else's guesses keep him from his alarms.
    """
    why = N_("The password is wrong.")
    own = f"session {people.hashed(request.cookies.get(COOKIE, ''))}"
    error = _entered(request, parts, who.name, password, why, PASSWORDS, own)
    if isinstance(error, str):
        return JSONResponse({"said": error}, 403)
    parts.locked.discard(people.hashed(request.cookies.get(COOKIE, "")))
    return Response(status_code=204)


@router.post("/choices")
def choose(
    request: Request, back: Field = "/", language: Field = "", theme: Field = ""
) -> Response:
    """Remember a language or a theme in this browser."""
    check_origin(request)
    response = RedirectResponse(_own(back), 303)
    secure = request.url.scheme == "https"
    for name, value, known in (
        (LANGUAGE_COOKIE, language, tuple(NAMES)),
        (THEME_COOKIE, theme, (*THEMES, "system")),
    ):
        if value in known:
            response.set_cookie(
                name, value, max_age=CHOICE_S, samesite="strict", secure=secure, httponly=True
            )
    return response


def _entered(
    request: Request,
    parts: Parts,
    name: str,
    password: str,
    why: str,
    turns: Passwords = STRANGERS,
    whence: str = "",
) -> people.Operator | str:
    """Who this is, or why he does not get in, in words; `whence`: not his address."""
    spoken = Reader.of(request).language
    try:
        who = sign_in(parts, name, password, whence or address_of(request), turns)
    except ApiError as error:
        if error.status == FULL:
            return spoken(N_("Many people sign in at this moment. Try again."))
        return spoken("Too many wrong passwords. Wait five minutes.")
    return who or spoken(why)


def _own(path: str) -> str:
    """`path` when it is one of ours; the desk otherwise: nobody is sent to a foreign page."""
    good = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if good and path.isprintable() else "/"


def _signed_in(
    request: Request, parts: Parts, who: people.Operator, means: str, back: str = "/"
) -> Response:
    response = RedirectResponse(_own(back), 303)
    set_session(request, response, let_in(request, parts, who, means))
    return response


def _door(
    request: Request, parts: Parts, error: str = "", status: int = 200, name: str = ""
) -> Response:
    """The page to sign in, with every way there is; `name` was typed before."""
    provider = parts.rules.oidc
    values = {
        "error": error,
        "name": name,
        "passkeys": passkeys.place_of(request, parts) is not None,
        "provider": provider.name if provider else "",
        "back": _own(request.query_params.get("back", "/")),
    }
    return page(request, "sign_in.html", values, status)


def _ask_code(request: Request, parts: Parts, who: people.Operator, back: str) -> Response:
    secret, now_ms = secrets.token_urlsafe(32), parts.clock.now_ms()
    parts.writer.do(
        lambda one: credentials.begin(one, secret, "second", now_ms, who.id, back=_own(back))
    )
    response = _code_page(request)
    secure = request.url.scheme == "https"
    response.set_cookie(
        SECOND, secret, max_age=300, httponly=True, samesite="strict", secure=secure
    )
    return response


def _code_page(request: Request, error: str = "", status: int = 200) -> Response:
    return page(request, "sign_in_code.html", {"error": error}, status)


def _provider(parts: Parts) -> Provider:
    if parts.provider is None:
        raise ApiError(404, "no OpenID Connect provider is set up")
    return parts.provider


def _not_let_in(request: Request, parts: Parts, error: ApiError) -> Response:
    parts.log("oidc_refused", why=error.detail)
    first = N_("The provider did not let you in.")
    said = refusal(error, Reader.of(request).language, first).said
    return _door(request, parts, said, error.status)

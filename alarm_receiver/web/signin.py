"""Pages before the console: the one-time setup, signing in and out, language and theme."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from alarm_receiver.store import people
from alarm_receiver.web.access import (
    COOKIE,
    Parts,
    Who,
    address_of,
    check_origin,
    grant,
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
from alarm_receiver.web.words import N_

router = APIRouter(include_in_schema=False)
Field = Annotated[str, Form(max_length=200)]
PASSWORD_MIN = 12
CHOICE_S = 365 * 86_400


@router.get("/setup/{token}")
def show_setup(request: Request, token: str, parts: Parts) -> Response:
    """The form that makes the first operator."""
    with parts.reader.connect() as connection:
        opens = people.setup_opens(connection, token)
    status = 200 if opens else 403
    return page(request, "setup.html", {"token": token, "opens": opens, "error": ""}, status)


@router.post("/setup/{token}")
def do_setup(request: Request, token: str, parts: Parts, name: Field, password: Field) -> Response:
    """Make the first operator and sign him in."""
    check_origin(request)
    if not name.strip() or len(name) > 80 or len(password) < PASSWORD_MIN:  # noqa: PLR2004 - the column
        said = Reader.of(request).language
        error = said(N_("A name (up to 80 letters) and a password of at least 12 are needed."))
        return page(request, "setup.html", {"token": token, "opens": True, "error": error}, 422)
    try:
        who = set_up(parts, token, name.strip(), password)
    except people.NotAllowed:
        return page(request, "setup.html", {"token": token, "opens": False, "error": ""}, 403)
    return _signed_in(request, parts, who)


@router.get("/sign-in")
def show_sign_in(request: Request) -> Response:
    """The form to sign in."""
    return page(request, "sign_in.html", {"error": ""})


@router.post("/sign-in")
def do_sign_in(request: Request, parts: Parts, name: Field, password: Field) -> Response:
    """Begin a session."""
    check_origin(request)
    who = _entered(request, parts, name.strip(), password, N_("Name or password is wrong."))
    if isinstance(who, str):
        return page(request, "sign_in.html", {"error": who}, 401)
    back = request.query_params.get("back", "/")
    return _signed_in(request, parts, who, back)


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
    """Go on, with the password of the operator whose session this is."""
    error = _entered(request, parts, who.name, password, N_("The password is wrong."))
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
    request: Request, parts: Parts, name: str, password: str, why: str
) -> people.Operator | str:
    """Who this is, or why he does not get in, in words."""
    spoken = Reader.of(request).language
    try:
        who = sign_in(parts, name, password, address_of(request))
    except ApiError:
        return spoken("Too many wrong passwords. Wait five minutes.")
    return who or spoken(why)


def _own(path: str) -> str:
    """`path` when it is one of ours; the desk otherwise: nobody is sent to a foreign page."""
    good = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if good and path.isprintable() else "/"


def _signed_in(request: Request, parts: Parts, who: people.Operator, back: str = "/") -> Response:
    response = RedirectResponse(_own(back), 303)
    set_session(request, response, grant(parts, who, "session"))
    return response

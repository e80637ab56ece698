"""An error as a page, for whoever looks at a screen: in his language, with what to do next.

It promises that a person never meets a bare document of ours, that a form which was not taken is
given back on the screen it stood on with what he typed in it, except passwords and spoken words,
and that the address of such a form leads to that screen.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import Response
from starlette.routing import Match

from alarm_receiver.web import given_back
from alarm_receiver.web.pages import Reader, finished, page
from alarm_receiver.web.refusal_words import reason
from alarm_receiver.web.refusals import GONE, NOT_TAKEN, Refusal, refusal
from alarm_receiver.web.words import N_

if TYPE_CHECKING:
    from fastapi import Request

UNTYPED = ("version", "question", "ticket", "back", "cursor")
"""Fields that nobody types."""
OK = 200
NOT_YET = 500
WORDS = {
    401: N_("You are signed out. Sign in, then do it again."),
    403: N_("This is not open to your role. Ask a supervisor or an administrator."),
    404: GONE,
    413: N_("That was too large."),
    423: N_("This console is locked; enter your password to go on."),
    429: N_("Too much at once. Wait a moment, then try again."),
}
NOT_NOW = N_("The receiver cannot do this just now. Try again in a moment.")
EXACT = (400, 409, 422)
"""Of these the reason is told as well."""
GIVEN_BACK = (*EXACT, 413, 423)
"""With these a form comes back on its screen; with others there is none, or not for him, or not
now: what he typed stands on the page of the error."""
STANDS = (
    (r"/(units|customers|authorities)(/.*)?", "/directory"),
    (r"/teams(/.*)?", "/roster"),
)
"""Where forms stand whose address does not begin with their screen's."""
OF_TICKETS = ("/tickets/", "/queue/")


def looks(request: Request) -> bool:
    """Whether a person waits for this answer at a screen, and not a program."""
    if request.url.path.startswith(("/v1/", "/static/")) or "authorization" in request.headers:
        return False
    accepts = request.headers.get("accept", "")
    return request.headers.get("x-part") == "main" or "text/html" in accepts


def screen_of(request: Request) -> str:
    """The screen that the address of `request` belongs to: itself, or what stands above it."""
    path = request.url.path
    for pattern, screen in STANDS:
        if re.fullmatch(pattern, path):
            return screen
    while path.strip("/"):
        scope = dict(request.scope) | {"method": "GET", "path": path}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
        path = path.rpartition("/")[0]
    return "/"


async def given(request: Request, status: int, detail: str) -> Response | None:
    """The screen of a form that was not taken, with the form as it was sent; None without one.

    A console that runs keeps a ticket's forms itself, with all that is typed in the others.
    """
    runs = request.headers.get("x-part") == "main"
    keeps = runs and (status not in EXACT or request.url.path.startswith(OF_TICKETS))
    sent = given_back.sent(request)
    if not sent or keeps or status not in GIVEN_BACK:
        return None
    screen = await _screen(request, screen_of(request))
    found = words_of(request, status, detail)
    html = screen and given_back.fill(screen, request.url.path, sent, found.fields, found.said)
    if not html:
        return None
    return finished(html, status, Reader.of(request))


async def _screen(request: Request, path: str) -> str:
    """The screen at `path`, as who asked would see it now; "" when he would not."""
    dropped = (b"content-length", b"content-type", b"transfer-encoding")
    scope = {
        key: value for key, value in request.scope.items() if key not in ("route", "path_params")
    }
    scope |= {
        "method": "GET",
        "path": path,
        "raw_path": quote(path).encode(),
        "headers": [one for one in request.scope["headers"] if one[0] not in dropped],
        "state": {},
    }
    told: dict[str, Any] = {"status": 500, "body": b"", "headers": []}

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(part: dict[str, Any]) -> None:
        told["status"] = part.get("status", told["status"])
        told["headers"] += part.get("headers", [])
        told["body"] += part.get("body", b"")

    await request.app(scope, nothing, keep)
    there = dict(told["headers"]).get(b"location", b"").decode()
    if there and there != path and path.startswith(f"{there}/"):  # a part that leads to the whole
        return await _screen(request, there)
    return told["body"].decode() if told["status"] == OK else ""


def problem_page(request: Request, status: int, detail: str) -> Response:
    """The page of one error."""
    back = screen_of(request) if request.method != "GET" else "/"
    values = {
        "said": words_of(request, status, detail).said,
        "typed": _typed(request),
        "back": back,
        "sign_in": f"/sign-in?back={quote(back)}" if status == 401 else "",  # noqa: PLR2004 - signed out
    }
    if request.headers.get("x-part") != "main":
        values["layout"] = "alone.html"
    return page(request, "problem.html", values, status)


def words_of(request: Request, status: int, detail: str) -> Refusal:
    """What the error means, in the reader's words."""
    spoken = Reader.of(request).language
    if status in EXACT or reason(detail):
        error = getattr(request.state, "error", None)
        return refusal(error or detail, spoken)
    return Refusal(spoken(WORDS.get(status) or (NOT_NOW if status >= NOT_YET else NOT_TAKEN)))


def _typed(request: Request) -> list[str]:
    """What stood in the fields of the form, as far as it may be shown again."""
    return [
        value
        for name, value in given_back.sent(request)
        if value.strip() and name not in UNTYPED and not given_back.secret(name)
    ]

"""An error as a page, for whoever looks at a screen: in his language, with what to do next.

It promises that a person never meets a bare document of ours, that what he typed into a form which
was not taken is given back to him, except passwords and spoken words, and that the address of such
a form leads to the screen it stood on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.routing import Match

from alarm_receiver.web.pages import page
from alarm_receiver.web.words import N_

if TYPE_CHECKING:
    from fastapi import Request, Response

SECRET = ("password", "new", "said", "duress", "code", "token", "secret")
UNTYPED = ("version", "question", "ticket", "back", "cursor")
"""Fields that nobody types."""
NOT_YET = 500
WORDS = {
    401: N_("You are signed out. Sign in, then do it again."),
    403: N_("This is not open to your role. Ask a supervisor or an administrator."),
    404: N_("There is nothing here, or not any more."),
    413: N_("That was too large."),
    423: N_("This console is locked; enter your password to go on."),
    429: N_("Too much at once. Wait a moment, then try again."),
}
NOT_NOW = N_("The receiver cannot do this just now. Try again in a moment.")
NOT_TAKEN = N_("That was not accepted.")
EXACT = (400, 409, 422)
"""Of these the reason is told as well, as the receiver gives it."""


def looks(request: Request) -> bool:
    """Whether a person waits for this answer at a screen, and not a program."""
    if request.url.path.startswith(("/v1/", "/static/")) or "authorization" in request.headers:
        return False
    accepts = request.headers.get("accept", "")
    return request.headers.get("x-part") == "main" or "text/html" in accepts


def screen_of(request: Request) -> str:
    """The screen that the address of `request` belongs to: itself, or what stands above it."""
    path = request.url.path
    while path.strip("/"):
        scope = dict(request.scope) | {"method": "GET", "path": path}
        if any(route.matches(scope)[0] is Match.FULL for route in request.app.routes):
            return path
        path = path.rpartition("/")[0]
    return "/"


def problem_page(request: Request, status: int, detail: str, more: dict[str, Any]) -> Response:
    """The page of one error."""
    errors = [f"{one['where'].rpartition('.')[2]}: {one['what']}" for one in more.get("errors", ())]
    back = screen_of(request) if request.method != "GET" else "/"
    words = WORDS.get(status) or (NOT_NOW if status >= NOT_YET else NOT_TAKEN)
    values = {
        "words": words,
        "exact": "; ".join([detail, *errors]) if status in EXACT else "",
        "typed": _typed(request),
        "back": back,
        "sign_in": f"/sign-in?back={quote(back)}" if status == 401 else "",  # noqa: PLR2004 - signed out
    }
    if request.headers.get("x-part") != "main":
        values["layout"] = "alone.html"
    return page(request, "problem.html", values, status)


def _typed(request: Request) -> list[str]:
    """What stood in the fields of the form, as far as it may be shown again."""
    form = getattr(request, "_form", None)  # read already; nothing is read for a refusal
    if not isinstance(form, FormData):
        return []
    return [
        value
        for name, value in form.multi_items()
        if isinstance(value, str)
        and value.strip()
        and name not in UNTYPED
        and not any(word in name for word in SECRET)
    ]

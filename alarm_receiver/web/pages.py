"""How pages are made: in the reader's language, theme and time zone, and what every page carries.

It promises that nothing on a page is executed that did not come from our own files (a strict
content security policy), and that one template serves all languages and both directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from alarm_receiver.domain.interview import DECIDING
from alarm_receiver.web import deed_words, given_back, page_words, words
from alarm_receiver.web.browsers import browser
from alarm_receiver.web.language import NAMES, Language, choose, language, zone_named

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import tzinfo

    from fastapi import Request

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
LANGUAGE_COOKIE = "holdfast_language"
THEME_COOKIE = "holdfast_theme"
ZONE_COOKIE = "holdfast_zone"
THEMES = ("dark", "light")
REFUSED = 400
"""From this status on a form was not taken, and comes back as it was sent."""
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    b"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    b"frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: in which language, theme and time zone."""

    language: Language
    theme: str
    zone: tzinfo
    zone_name: str

    @classmethod
    def of(cls, request: Request) -> Reader:
        """What the request's cookies and headers say."""
        cookies = request.cookies
        accepted = request.headers.get("accept-language", "")
        theme = cookies.get(THEME_COOKIE, "")
        zone_name = cookies.get(ZONE_COOKIE, "UTC").replace("%2F", "/")
        return cls(
            language(choose(cookies.get(LANGUAGE_COOKIE), accepted)),
            theme if theme in THEMES else "",
            zone_named(zone_name),
            zone_name,
        )


def page(
    request: Request, template: str, values: dict[str, Any] | None = None, status: int = 200
) -> Response:
    """`template` as its reader wants it. A request for a part gets the part without its frame."""
    reader = Reader.of(request)
    shared = {
        "reader": reader,
        "layout": "part.html" if request.headers.get("x-part") == "main" else "frame.html",
        "path": request.url.path,
        "here": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "languages": NAMES,
        "fonts": fonts(),
    }
    html = environment(reader.language.code).get_template(template)
    text = html.render(shared | {"zone": reader.zone} | (values or {}))
    sent = given_back.sent(request) if status >= REFUSED else None
    if sent:
        wrong = getattr(request.state, "wrong", {})
        text = given_back.fill(text, request.url.path, sent, wrong) or text
    return finished(text, status, reader)


def finished(text: str, status: int, reader: Reader) -> Response:
    """A page that is drawn, with what travels beside it; no cache keeps it."""
    headers = {
        "Cache-Control": "no-store",
        "Vary": "X-Part, Cookie",
        "Content-Language": reader.language.code,
    }
    return Response(text, status, headers, "text/html; charset=utf-8")


def fragment(language_code: str, template: str, values: dict[str, Any]) -> str:
    """A piece of a page, in one language; the same for every reader of that language."""
    return environment(language_code).get_template(template).render(values)


@cache
def environment(code: str) -> Environment:
    """The templates in one language."""
    spoken = language(code)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(spoken.words, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.globals |= {"speech": spoken, "count": spoken.count}
    made.filters |= SAID_ALIKE | {
        "number": spoken.number,
        "clock": spoken.clock,
        "day": spoken.day,
        "moment": spoken.moment,
        "kind": lambda term: spoken(words.word(words.KINDS, term)),
        "class_word": lambda term: spoken(words.word(words.CLASSES, term)),
        "state": lambda term: spoken(words.word(words.STATES, term)),
        "act": lambda term: spoken(words.word(words.ACTS, term)),
        "warning": lambda term: spoken(words.word(words.WARNINGS, term)),
        "outcome": lambda term: spoken(words.word(words.OUTCOMES, term)),
        "question": lambda term: spoken(words.word(words.QUESTIONS, term)),
        "answer": lambda text, question: (
            spoken(words.word(words.ANSWERS, text)) if question in DECIDING else text
        ),
        "role": lambda term: spoken(words.word(words.ROLES, term)),
        "target": lambda term: spoken(words.word(words.TARGETS, term)),
        "page_state": lambda term: spoken(words.word(words.PAGE_STATES, term)),
        "channel": lambda term: spoken(words.word(words.CHANNELS, term)),
        "unsent": lambda said: spoken(page_words.why(said)),
        "target_name": lambda target: target.partition(":")[2] or target,
        "trouble": lambda term: spoken(words.word(words.TROUBLES, term)),
        "part": lambda term: spoken(words.word(words.PARTS, term)),
        "unit": lambda term: spoken(words.word(words.UNITS, term)),
        "duty": lambda term: spoken(words.word(words.DUTIES, term)),
        "authority": lambda term: spoken(words.word(words.AUTHORITIES, term)),
        "proposal": lambda term: spoken(words.word(words.PROPOSALS, term)),
        "ordered": lambda term: spoken(words.word(words.ORDERED, term)),
        "order_state": lambda term: spoken(words.word(words.ORDER_STATES, term)),
        "hold": lambda term: spoken(words.word(words.HOLDS, term)),
        "standing": lambda term: spoken(words.word(words.STANDINGS, term)),
        "means": lambda term: spoken(words.word(words.MEANS, term)),
        "deed": lambda term: spoken(words.word(deed_words.DEEDS, term)),
        "scope": lambda term: spoken(words.word(words.SCOPES, term)),
        "device": lambda term: spoken(words.word(words.DEVICES, term)),
    }
    return made


def span(ms: int) -> str:
    """m:ss or h:mm:ss, as on a stopwatch."""
    minutes, seconds = divmod(ms // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def person(actor: str | None) -> str:
    """The name in an actor such as operator:Ada."""
    return (actor or "").removeprefix("operator:")


def apart(text: str) -> str:
    """`text` kept apart from the direction of the words around it."""
    return f"\u2068{text}\u2069"


SAID_ALIKE: dict[str, Callable[..., str]] = {
    "person": person,
    "apart": apart,
    "span": span,
    "plain": deed_words.plain,
    "shorter": deed_words.shorter,
    "browser": browser,
}
"""Filters that say the same in every language."""


@cache
def fonts() -> bool:
    """Whether our own fonts are in place; without them the system's serve."""
    return (STATIC / "vendor" / "fonts.css").is_file()


class Headers:
    """Adds HEADERS to every answer of `app`; plain ASGI, so that streams stay cheap."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] in ("/docs", "/redoc"):
            await self._app(scope, receive, send)
            return

        async def with_headers(part: dict[str, Any]) -> None:
            if part["type"] == "http.response.start":
                # What brings a policy of its own (a floor plan) has a stricter one.
                given = {name for name, _ in part["headers"]}
                more = [one for one in HEADERS if one[0] not in given]
                part["headers"] = [*part["headers"], *more]
            await send(part)

        await self._app(scope, receive, with_headers)

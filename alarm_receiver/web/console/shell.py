"""What surrounds every screen of the console: the queue, the bar, and where the screens are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from alarm_receiver.domain.on_test import WARN_MS
from alarm_receiver.domain.ticket import Refused
from alarm_receiver.store import lines, premises, registry, undelivered
from alarm_receiver.store.listing import BadCursor
from alarm_receiver.store.proposals import NotDecided
from alarm_receiver.store.registry import NoAccount, Taken
from alarm_receiver.web.access import INSTALLER, locked, operator
from alarm_receiver.web.console.cards import card, limit_ms, sort_key, tested
from alarm_receiver.web.pages import Reader, page
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.refusals import refusal
from alarm_receiver.web.words import N_

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.store.listing import Part
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

SCREENS = (
    ("/", "desk", N_("Desk")),
    ("/mine", "mine", N_("Mine")),
    ("/wall", "wall", N_("Wall")),
    ("/sites", "sites", N_("Sites")),
    ("/directory", "directory", N_("Directory")),
    ("/roster", "roster", N_("Roster")),
    ("/account", "account", N_("My account")),
)
ORDERS = ("/orders", "orders", N_("Orders"))
ROLL_OUTS = ("/roll-outs", "rollouts", N_("Roll-outs"))
FOR_INSTALLERS = (("/sites", "sites", N_("Sites")), ORDERS, ROLL_OUTS)
UNDELIVERED = ("/undelivered", "undelivered", N_("Not reached"))
AGENCIES = ("/agencies", "agencies", N_("Agencies"))
"""Of the house alone."""
FOR_ROLES = {
    ORDERS: ("supervisor", "admin"),
    ROLL_OUTS: ("supervisor", "admin"),
    UNDELIVERED: ("supervisor", "admin", "auditor"),
    ("/people", "people", N_("People")): ("supervisor", "admin"),
    ("/roles", "roles", N_("Roles")): ("supervisor", "admin"),
    ("/holds", "holds", N_("Legal holds")): ("supervisor", "admin", "auditor"),
    ("/proposals", "proposals", N_("Proposals")): ("admin",),
    ("/record", "audit", N_("Record")): ("auditor", "admin"),
    AGENCIES: ("admin",),
}
"""Address, drawing and name. Reports, quality, shifts and knowledge get their places below these
when they come; there are no empty pages."""


TEST_WARN_MS = WARN_MS
"""A test that ends within this time is warned of."""


REFUSALS = (ApiError, Refused, Taken, NoAccount, NotDecided, ValidationError)
"""What a form is shown again for, with the reason. What is not there (NotFound) is a 404."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What the frame shows around a screen. `seq` is where the live link goes on from."""

    seq: int
    now_ms: int
    cards: list[dict[str, object]]
    on_test: int
    tests_ending: int
    screens: tuple[tuple[str, str, str], ...]
    counts: dict[str, int] = field(default_factory=dict)
    """By a screen's address how many things on it wait for somebody."""


def enter(request: Request, parts: Context) -> Operator | Response:
    """Who looks, or where he is sent to sign in (and comes back from)."""
    try:
        return operator(request, parts)
    except ApiError as error:
        if error.more.get("enrol") and request.method == "GET":
            return RedirectResponse("/account", 303)
        if error.status == 403 and request.url.path == "/":  # noqa: PLR2004 - an installer
            return RedirectResponse("/sites", 303)
        if request.method != "GET" or request.headers.get("x-part"):
            raise
        if error.status != 401:  # noqa: PLR2004 - not signed in
            raise
        there = quote(request.url.path)
        return RedirectResponse(f"/sign-in?back={there}" if there != "/" else "/sign-in", 303)


def screen(
    request: Request,
    parts: Context,
    who: Operator,
    template: str,
    values: dict[str, Any] | None = None,
    status: int = 200,
) -> Response:
    """A screen in its frame, or alone when the page around it is there already."""
    shared: dict[str, Any] = {"who": who, "desk": None, "now_ms": parts.clock.now_ms()}
    shared["locked"] = locked(request, parts)
    if request.headers.get("x-part") != "main":
        shared["desk"] = around(parts, who)
    return page(request, template, shared | (values or {}), status)


@dataclass(frozen=True, slots=True)
class Shown:
    """Some rows of a list on a screen, and where those before and after them are; "" at an end."""

    rows: list[dict[str, Any]]
    previous: str
    next: str


def listed(request: Request, read: Callable[[str], Part], name: str = "cursor") -> Shown:
    """The part of a list that the address asks for; the beginning when it names no part of it."""
    try:
        part = read(request.query_params.get(name, ""))
    except BadCursor:
        part = read("")
    kept = [one for one in request.query_params.multi_items() if one[0] != name]
    previous, following = (
        f"{request.url.path}?{urlencode([*kept, (name, cursor)])}" if cursor else ""
        for cursor in (part.previous, part.next)
    )
    return Shown(part.rows, previous, following)


def site_of(parts: Context, who: Operator, account: str) -> str:
    """The id of the agency's site with this account; for forms where there are too many to list."""
    with parts.reader.connect() as connection:
        return registry.site_by_account(connection, who.agency, account.strip())


def refused(request: Request, error: Exception) -> str:
    """Why something was not done, in the reader's words; its fields are marked on the page."""
    found = refusal(error, Reader.of(request).language)
    request.state.wrong = found.fields
    return found.said


def around(parts: Context, who: Operator) -> Desk:
    """The frame's contents. An installer gets his screens and no queue."""
    if who.role == INSTALLER:
        return Desk(parts.feed.newest, parts.clock.now_ms(), [], 0, 0, FOR_INSTALLERS)
    seq = parts.feed.newest  # before reading: a card may come twice, never not at all
    with parts.reader.connect() as connection:
        found = sorted(lines.live(connection, who.agency), key=sort_key)
        tests = premises.tests(connection, who.agency, parts.clock.now_ms())
        counts = {}
        if who.role in FOR_ROLES[UNDELIVERED]:
            lost = undelivered.counts(connection, who.agency)
            counts = {UNDELIVERED[0]: lost[undelivered.FAILED]}
    extra = tuple(
        one
        for one, roles in FOR_ROLES.items()
        if who.role in roles and (one is not AGENCIES or who.agency == registry.OWN)
    )
    cards = [card(one, limit_ms(parts, one), on_test=tested(parts, one)) for one in found]
    now_ms = parts.clock.now_ms()
    ending = sum(one["until_ms"] - now_ms <= TEST_WARN_MS for one in tests)
    if parts.settings.demo_url:
        extra += ((parts.settings.demo_url, "demo", N_("Demo page")),)
    return Desk(seq, now_ms, cards, len(tests), ending, SCREENS + extra, counts)

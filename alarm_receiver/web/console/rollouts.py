"""Roll-outs of firmware on screen: to whom, how fast, how far; held, let go on and ended.

It promises that nobody begins one without having seen how many keypads get it and typed that
number, and that what is shown is read from the store, so that no page has to stay open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.domain.image import version_text
from alarm_receiver.domain.rollout import (
    AT_ONCE_MAX,
    END,
    FAILURES_MAX,
    GO_ON,
    HOLD,
    OTHER,
    NotRolled,
)
from alarm_receiver.store import images, registry, rollouts
from alarm_receiver.store.rollouts import REVOKED, Wish
from alarm_receiver.web.access import INSTALLER, Installer, Parts
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.refusals import worded
from alarm_receiver.web.words import N_, ORDER_STATES, word

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context
    from alarm_receiver.web.language import Language

router = APIRouter(prefix="/roll-outs", include_in_schema=False)
SEES = (INSTALLER, *OVERRIDES)
SHOWN = 20
COUNT_MAX = 12
ACTS = {"hold": HOLD, "go-on": GO_ON, "end": END}
REFUSALS = (*shell.REFUSALS, NotRolled)
STANDINGS = {
    "running": N_("goes on"),
    "held": N_("on hold"),
    "stopped": N_("stopped: too many failed"),
    "ended": N_("ended by hand"),
    "done": N_("over"),
}
WHY = {
    OTHER: N_("another order took its place"),
    REVOKED: N_("the keypad was revoked"),
}
Version = Annotated[int, Form(ge=1, le=2**31 - 1)]
Account = Annotated[str, Form(max_length=16)]
Percent = Annotated[int, Form(ge=1, le=100)]
AtOnce = Annotated[int, Form(ge=1, le=AT_ONCE_MAX)]
Failures = Annotated[int, Form(ge=0, le=FAILURES_MAX)]


@router.get("")
def show_roll_outs(
    request: Request,
    parts: Parts,
    version: Annotated[str, Query(max_length=10)] = "",
    account: Annotated[str, Query(max_length=16)] = "",
    percent: Annotated[str, Query(max_length=3)] = "100",
    at_once: Annotated[str, Query(max_length=3)] = "5",
    failures: Annotated[str, Query(max_length=5)] = "0",
) -> Response:
    """The roll-outs, the firmware there is; with a version, who would get it."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    asked = {"version": version, "account": account, "percent": percent, "at_once": at_once}
    return _screen(request, parts, who, asked | {"failures": failures})


@router.post("")
def begin(
    request: Request,
    parts: Parts,
    who: Installer,
    version: Version,
    percent: Percent,
    at_once: AtOnce,
    failures: Failures,
    account: Account = "",
    count: Annotated[str, Form()] = "",
) -> Response:
    """Begin a roll-out; `count` confirms how many keypads get it."""
    now_ms = parts.clock.now_ms()

    def do() -> None:
        def put(connection: Connection) -> str:
            site = _site(connection, who, account)
            wish = Wish(version, site, percent, at_once, failures)
            typed = int(count) if len(count) <= COUNT_MAX and count.strip().isdecimal() else -1
            return rollouts.begin(connection, who, wish, typed, now_ms)

        parts.writer.do(put)

    asked = {"version": str(version), "account": account, "percent": str(percent)}
    asked |= {"at_once": str(at_once), "failures": str(failures)}
    return _then(request, parts, who, do, asked)


@router.post("/{id}/{act}")
def act(
    request: Request,
    id: str,
    act: Annotated[str, Path(pattern="^(hold|go-on|end)$")],
    parts: Parts,
    who: Installer,
) -> Response:
    """Hold a roll-out, let it go on, or end it."""
    now_ms = parts.clock.now_ms()

    def do() -> None:
        parts.writer.do(lambda connection: rollouts.act(connection, who, id, ACTS[act], now_ms))

    return _then(request, parts, who, do, {})


def _then(
    request: Request,
    parts: Context,
    who: Operator,
    do: Callable[[], None],
    asked: dict[str, str],
) -> Response:
    try:
        do()
    except REFUSALS as error:
        return _screen(request, parts, who, asked, shell.refused(request, error))
    return RedirectResponse("/roll-outs", 303)


def _screen(
    request: Request, parts: Context, who: Operator, asked: dict[str, str], said: str = ""
) -> Response:
    if who.role not in SEES:
        raise ApiError(403, f"this page is for: {', '.join(SEES)}")
    now_ms, spoken = parts.clock.now_ms(), Reader.of(request).language
    with parts.reader.connect() as connection:
        found = rollouts.listed(connection, who.agency, now_ms)[:SHOWN]
        places = rollouts.sites_of(connection, who.agency, {one.is_.site for one in found})
        stored = images.listed(connection, who.agency)
        wish, count, why = None, 0, said
        if asked.get("version"):
            try:
                wish, count = _meant(connection, who, asked, now_ms)
            except REFUSALS as error:
                why = said or shell.refused(request, error)
    values: dict[str, Any] = {
        "found": [(one, _failed(one, spoken)) for one in found],
        "places": places,
        "images": stored,
        "version": version_text,
        "standings": STANDINGS,
        "asked": {"percent": "100", "at_once": "5", "failures": "0", "account": ""} | asked,
        "wish": wish,
        "keypads": count,
        "open": any(one.is_.result is None for one in found),
        "at_once_max": AT_ONCE_MAX,
        "said": why,
    }
    return shell.screen(request, parts, who, "rollouts.html", values, 422 if why else 200)


def _meant(
    connection: Connection, who: Operator, asked: dict[str, str], now_ms: int
) -> tuple[Wish, int]:
    """What is asked for, and how many keypads would get it. Raises NotRolled, NoAccount."""
    names = ("version", "percent", "at_once", "failures")
    if not all(asked[name].isdigit() for name in names):
        raise NotRolled("share, pace and failures are whole numbers")
    version, percent, at_once, failures = (int(asked[name]) for name in names)
    if not (1 <= percent <= 100 and 1 <= at_once <= AT_ONCE_MAX):  # noqa: PLR2004 - percent
        raise NotRolled("share, pace and failures are whole numbers")
    wish = Wish(version, _site(connection, who, asked["account"]), percent, at_once, failures)
    count = len(rollouts.meant(connection, who.agency, wish, now_ms))
    if not count:
        raise NotRolled("there is no keypad that would get it")
    return wish, count


def _site(connection: Connection, who: Operator, account: str) -> str:
    """The site with this account; empty for all. Raises NoAccount."""
    account = account.strip()
    return registry.site_by_account(connection, who.agency, account) if account else ""


def _failed(one: rollouts.Progress, spoken: Language) -> list[tuple[str, str]]:
    """Who failed, and why in the reader's words; what a keypad itself said stands beside it."""
    said = []
    for device, why in one.why.items():
        state, _, reason = why.partition(": ")
        if why in WHY:
            words = spoken(WHY[why])
        elif state in ORDER_STATES:
            more = spoken(WHY[reason]) if reason in WHY else reason and worded(reason, spoken)[0]
            words = ": ".join(filter(None, [spoken(word(ORDER_STATES, state)), more]))
        else:
            words = worded(why, spoken)[0]
        said.append((device, words))
    return said

"""Tries each way out of this receiver: relay, gateway, agencies, provider, the other receiver.

It promises to send nothing to anybody, to say of each what was tried and how far it went, to wait
for no answer longer than `EACH_S`, and to show no password and no part of an address that may hold
one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
from sqlalchemy.exc import SQLAlchemyError

from alarm_receiver.domain.paged import NotSent
from alarm_receiver.notify.outward import NotAnswered, Outward
from alarm_receiver.store import standby
from alarm_receiver.store.database import StoreError, where_is
from alarm_receiver.store.reach import systems
from alarm_receiver.ways import mail_of, sms_of
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.provider import Provider
from alarm_receiver.within import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Engine

    from alarm_receiver.config import Settings
    from alarm_receiver.rules import Rules

EACH_S = 10.0
OK = 200
SAYS_NO = (401, 403)
REMEDIES = (
    (
        r"(?i)certificate",
        "its certificate must be good for this name, from an authority known here",
    ),
    (r"(?i)name or service not known|name resolution|no address", "look at the name, and at DNS"),
    (r"\(53[0458], |\b40[13]\b", "look at its user and password"),
    (r"(?i)no whole answer|timed out|timeout", "look at host and port, and at firewalls between"),
    (r"(?i)refused|connect call|unreachable|no route", "look at host and port, and if it runs"),
    (r"(?i)is not on the public", "name its network in HOLDFAST_RECEIVER_WEBHOOK_NETWORKS"),
    (r"STARTTLS|no standby|\b404\b", ""),  # they say it themselves
    ("", "look at its own log"),
)
"""What to do for what was said; the first sign that fits counts."""
_WRONG = (
    NotSent,
    NotAnswered,
    ApiError,
    StoreError,
    SQLAlchemyError,
    httpx.HTTPError,
    httpx.InvalidURL,
    OSError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Way:
    """A way out; `knock` says how far it went, or raises one of what goes wrong."""

    what: str
    where: str
    knock: Callable[[], str]


def tried(ways: Iterable[Way], say: Callable[[str, bool], None]) -> int:
    """Knock at each; `say` gets a text and whether its line ends there. How many are wrong."""
    wrong, way = 0, None
    for way in ways:
        say(f"reach: {way.what} {way.where}: ", False)
        try:
            say(f"ok, {way.knock()}", True)
        except _WRONG as error:
            wrong += 1
            said = " ".join(str(error).split())
            say(f"WRONG: {said}{_remedy(said)}", True)
    if way is None:
        say("reach: no way out is set up", True)
    return wrong


def ways_of(settings: Settings, rules: Rules, store: Engine | None) -> Iterator[Way]:
    """Every way out that is set up, one after the other; `store` is None before the first start."""
    if mail := mail_of(settings):
        there = f"{settings.smtp_host}:{settings.smtp_port}"
        yield Way("mail relay", there, partial(mail.reach, EACH_S))
    if sms := sms_of(settings):
        yield Way("SMS gateway", _bare(settings.sms_url), partial(sms.reach, EACH_S))
    if store is not None:
        outward = Outward(settings.webhook_allowed)
        for agency, name, url in _systems(store):
            knock = partial(outward.reach, url, EACH_S)
            yield Way(f"system {name!r} of agency {agency!r}", _bare(url), knock)
    if rules.oidc is not None:
        provider = Provider(rules.oidc)
        yield Way("OpenID Connect provider", rules.oidc.issuer, partial(_described, provider))
    if settings.peer_url:
        yield Way("the other receiver", _bare(settings.peer_url), partial(_peer, settings))
    if settings.database and store is not None:
        yield Way("standby of", where_is(settings.database_url), partial(standby.told, store))


def _systems(store: Engine) -> list[tuple[str, str, str]]:
    """Agencies' systems; none of a store that this program has not brought to its version yet."""
    try:
        with store.connect() as connection:
            return systems(connection)
    except SQLAlchemyError:
        return []


def _described(provider: Provider) -> str:
    provider.learn(0)
    return f"it speaks for itself and shows {len(provider.keys.get('keys', ()))} keys"


def _peer(settings: Settings) -> str:
    """Ask about no ticket at all: it answers only who knows the secret, and writes nothing."""

    async def ask() -> int:
        url = settings.peer_url.rstrip("/") + "/v1/peer/claims"
        sealed = {"Authorization": f"Bearer {settings.peer_secret.get_secret_value()}"}
        async with (
            httpx.AsyncClient(timeout=None) as http,  # noqa: S113 - the whole is bounded
            http.stream("POST", url, json={"tickets": []}, headers=sealed) as answer,
        ):
            return answer.status_code

    status = within(EACH_S, ask())
    if status in SAYS_NO:
        raise NotAnswered(f"it answers {status}: PEER_SECRET is not the one over there")
    if status != OK:
        raise NotAnswered(f"it answers {status}: PEER_URL must be the other receiver's address")
    return "it answers, and has the same secret"


def _remedy(said: str) -> str:
    found = next(text for sign, text in REMEDIES if re.search(sign, said))
    return f"; {found}" if found else ""


def _bare(url: str) -> str:
    """Where a URL leads, without what may be a secret: user, path, query."""
    try:
        split = urlsplit(url)
        host = f"[{split.hostname}]" if ":" in (split.hostname or "") else split.hostname
        return f"{split.scheme}://{host}" + (f":{split.port}" if split.port else "")
    except ValueError:
        return "an address that is none"

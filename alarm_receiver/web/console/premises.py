"""One site: what is known of it, whom to call, and what is on test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from alarm_receiver.store import certificates, directory, health, premises, registry, units, watch
from alarm_receiver.store.charts import authority, customer
from alarm_receiver.web import keyholders as keyholders_api
from alarm_receiver.web import sites as sites_api
from alarm_receiver.web.access import Desk, Installer, Parts, Tester
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.drawing import drawn
from alarm_receiver.web.console.shell import TEST_WARN_MS
from alarm_receiver.web.console.watching import SILENT_MS, ends, heard
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.site_forms import KeyholderForm, OnTestForm, SiteDetails, WordForm
from alarm_receiver.web.units import point_text
from alarm_receiver.web.words import N_

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/sites", include_in_schema=False)
Short = Annotated[str, Form(max_length=400)]
Long = Annotated[str, Form(max_length=1000)]
KEEPS = ("installer", "supervisor", "admin")
CHOICES_MAX = 500
"""So many customers and agencies outside stand in a list to choose from."""
TESTS = ("operator", "supervisor", "installer", "admin")
WORDS_SAID = {
    "right": N_("The word is right."),
    "wrong": N_("The word is wrong: stay calm, end politely, send help."),
    "duress": N_("Duress word. Go on calmly as if it were right, and send help now."),
}


@router.get("/{id}")
def show_site(request: Request, id: str, parts: Parts) -> Response:
    """One site: its devices, when each was heard, and what happened here before."""
    who = shell.enter(request, parts)
    return who if isinstance(who, Response) else _site(request, parts, who, id)


@router.post("/{id}/details")
def change_details(
    request: Request,
    id: str,
    parts: Parts,
    who: Installer,
    name: Short,
    jurisdiction: Short,
    language: Short,
    police_response: Short,
    address: Short = "",
    phone: Short = "",
    police_reference: Short = "",
    hazards: Long = "",
) -> Response:
    """Change what is known of the site."""
    values = {
        "name": name,
        "jurisdiction": jurisdiction,
        "language": language,
        "police_response": police_response,
        "address": address,
        "phone": phone,
        "police_reference": police_reference,
        "hazards": hazards,
    }
    return then_site(
        request,
        parts,
        who,
        id,
        lambda: sites_api.change_site(id, SiteDetails.model_validate(values), parts, who),
    )


@router.post("/{id}/keyholders")
def add_keyholder(
    request: Request,
    id: str,
    parts: Parts,
    who: Installer,
    rank: Annotated[int, Form(ge=1, le=99)],
    name: Short,
    phone: Short,
    language: Short,
    hours: Short = "",
    password: Short = "",
    duress: Short = "",
) -> Response:
    """Put a keyholder in his place of the order."""
    values: dict[str, Any] = {
        "rank": rank,
        "name": name,
        "phone": phone,
        "language": language,
        "hours": hours,
        "password": password or None,
        "duress": duress or None,
    }
    return then_site(
        request,
        parts,
        who,
        id,
        lambda: keyholders_api.put_keyholder(id, KeyholderForm.model_validate(values), parts, who),
    )


@router.post("/{id}/keyholders/{keyholder}/drop")
def drop_keyholder(
    request: Request, id: str, keyholder: str, parts: Parts, who: Installer
) -> Response:
    """Take a keyholder off the list."""
    return then_site(
        request, parts, who, id, lambda: keyholders_api.drop_keyholder(id, keyholder, parts, who)
    )


@router.post("/{id}/keyholders/{keyholder}/word")
def check_word(
    request: Request,
    id: str,
    keyholder: str,
    parts: Parts,
    who: Desk,
    ticket: Annotated[str, Form(max_length=36)],
    said: Annotated[str, Form(min_length=1, max_length=100)],
) -> Response:
    """Whether the word that a keyholder said on the phone is his; shown to the operator only."""
    form = WordForm(ticket=ticket, word=said)
    shown = keyholders_api.check_word(id, keyholder, form, parts, who)
    spoken = Reader.of(request).language
    values = {
        "result": shown.result,
        "words": spoken(WORDS_SAID[shown.result]),
        "ticket_id": shown.ticket,
        "elsewhere": shown.ticket != ticket,
    }
    return shell.screen(request, parts, who, "word.html", values)


@router.post("/{id}/tests")
def begin_test(
    request: Request,
    id: str,
    parts: Parts,
    who: Tester,
    minutes: Annotated[int, Form(ge=1, le=240)],
    reason: Annotated[str, Form(min_length=1, max_length=400)],
    back: Annotated[str, Form(pattern="^(walk|site)$")] = "site",
) -> Response:
    """Put the whole site on test; it ends by itself."""
    form = OnTestForm(minutes=minutes, zones=[], reason=reason)
    return then_site(
        request, parts, who, id, lambda: sites_api.put_on_test(id, form, parts, who), back
    )


@router.post("/{id}/tests/{test}/end")
def end_test(
    request: Request,
    id: str,
    test: str,
    parts: Parts,
    who: Tester,
    back: Annotated[str, Form(pattern="^(walk|site)$")] = "site",
) -> Response:
    """End a test before its time."""
    return then_site(
        request, parts, who, id, lambda: sites_api.end_test(id, test, parts, who), back
    )


def then_site(
    request: Request, parts: Context, who: Operator, id_: str, do: Any, back: str = "site"
) -> Response:
    """Do it and come back; what was refused is said above the page."""
    try:
        do()
    except (ApiError, ValidationError, registry.RegistryError) as error:
        return _site(request, parts, who, id_, shell.refused(request, error), 422)
    return RedirectResponse(f"/sites/{id_}" + ("/walk" if back == "walk" else ""), 303)


def _site(
    request: Request, parts: Context, who: Operator, id_: str, said: str = "", status: int = 200
) -> Response:
    now_ms = parts.clock.now_ms()
    with parts.reader.connect() as connection:
        site = registry.site_by_id(connection, who.agency, id_)
        devices = watch.devices(connection, who.agency, id_)
        history = watch.history(connection, who.agency, id_)
        holders = premises.keyholders(connection, id_)
        spot = units.spot_of(connection, id_)
        told = health.of_site(connection, id_)
        keys = watch.keys(connection, id_)
        known = certificates.of_devices(connection, [one["id"] for one in devices])
        outside = _outside(connection, who, site)
        plan = drawn(connection, who.agency, id_)
        tests = [
            one for one in premises.tests(connection, who.agency, now_ms) if one["site"] == id_
        ]
    for one in devices:
        one["heard_ms"] = heard(parts, one)
        one["health"] = told.get(one["id"])
        one["key_ms"], one["generation"] = keys.get(one["id"], (None, 0))
        told_of = known.get(one["id"])
        one["certificate"] = ends(told_of, now_ms) if told_of else None
    values = {
        "site": site,
        "devices": devices,
        "history": history,
        "keyholders": holders,
        "tests": tests,
        "floors": plan,
        "spot": point_text(spot),
        "ledger": sites_api.read_history(id_, parts, who),
        "jurisdictions": {one: parts.plans.get(one).name for one in parts.plans.ids()},
        "silent_ms": SILENT_MS,
        "warn_ms": TEST_WARN_MS,
        "keeps": who.role in KEEPS,
        "may_test": who.role in TESTS,
        "next_rank": max((one["rank"] for one in holders), default=0) + 1,
        "leads": who.role in OVERRIDES,
        "said": said,
    } | outside
    return shell.screen(request, parts, who, "site.html", values, status)


def _outside(connection: Connection, who: Operator, site: dict[str, Any]) -> dict[str, Any]:
    """Whose site it is and who is sent there, and among whom to choose."""
    customers = directory.first(connection, customer, who.agency, CHOICES_MAX)
    owner = site["customer"] and directory.one(connection, customer, who.agency, site["customer"])
    sent = directory.of_site(connection, site["id"])
    return {
        "owner": owner or None,
        "customers": customers + [owner] * bool(owner and owner not in customers),
        "sent": sent,
        "authorities": directory.first(connection, authority, who.agency, CHOICES_MAX),
        "next_authority": max((one["rank"] for one in sent), default=0) + 1,
    }

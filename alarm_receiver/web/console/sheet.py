"""What a ticket's screen shows: the ticket, its plan, its site, and what answers forbid."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from alarm_receiver.domain.escalation import PARK_MS_MAX, PARKS_MAX, TRANSFERS_MAX, TicketClass
from alarm_receiver.domain.interview import (
    Branch,
    Missing,
    Question,
    answers,
    branch_of,
    helped,
    threatened,
    unasked,
)
from alarm_receiver.domain.plan import Premises
from alarm_receiver.domain.ticket import Act, Outcome, parks
from alarm_receiver.store import boards, directory, lines, pages, reach, registry
from alarm_receiver.store.colleagues import colleagues, holds
from alarm_receiver.store.holds import on_ticket as holds_on_ticket
from alarm_receiver.store.premises import keyholders
from alarm_receiver.store.tickets import Unknown
from alarm_receiver.web.acts import OVERRIDES, WORKS
from alarm_receiver.web.console import shell
from alarm_receiver.web.console.cards import card, limit_ms, tested
from alarm_receiver.web.console.drawing import drawn
from alarm_receiver.web.console.helpers import near, sent
from alarm_receiver.web.words import N_, QUESTIONS, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import Request, Response
    from sqlalchemy import Connection

    from alarm_receiver.domain.plan import Plan
    from alarm_receiver.domain.ticket import Ticket
    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context
    from alarm_receiver.web.language import Language

UNSAFE = N_("Somebody is not in a safe place: send help.")
MEDICAL = N_("Somebody needs medical help: send help.")
ASK_SAFE = N_("Ask whether everybody is in a safe place.")
ASK_MEDICAL = N_("Ask whether somebody needs medical help.")
HELP_ASKED = N_("Send help first: the answers ask for it.")
HELP_THREAT = N_("Send help first: whoever says that all is well may be forced to.")
HELP_ATTENDED = N_("“Attended on site” needs help to have been sent.")
WORDS = N_("Closing words are needed: what they found who were sent.")
WAY_OUT = N_("A supervisor may end it all the same, with a reason.")
PROSE = ("note", "name", "result", "override", "why", "whom", "dispatch", "close", "unfinished")
"""What an operator types in his own words into the forms of a ticket, but for its answers."""


@dataclass(slots=True)
class Trouble:
    """Why an act was refused, and what was typed: the form shows both again."""

    said: str = ""
    typed: dict[str, str] = field(default_factory=dict)
    status: int = 200

    def lost(self, *, working: bool, reading: bool) -> list[str]:
        """What was typed and no form shows any more: the ticket has ended, or is another's."""
        gone = () if working else [one for one in PROSE if one != "note" or not reading]
        return [text for one in gone if (text := self.typed.get(one, "")).strip()]


def hindrances(given: Mapping[Question, str], spoken: Language) -> list[str]:
    """Why these answers forbid to solve it by phone, in words; none when they allow it."""
    safe, medical = given.get(Question.SAFE), given.get(Question.MEDICAL)
    found = []
    if safe != "yes":
        text = UNSAFE if safe == "no" else ASK_SAFE
        found.append(spoken(text))
    if medical != "no":
        text = MEDICAL if medical == "yes" else ASK_MEDICAL
        found.append(spoken(text))
    if missing := unasked(given):
        names = ", ".join(spoken(word(QUESTIONS, str(one))) for one in missing)
        found.append(spoken("Still to be asked: %(questions)s.") % {"questions": names})
    return found


def unfinished(
    missing: Sequence[Missing], given: Mapping[Question, str], spoken: Language
) -> list[str]:
    """Why a ticket may not end so yet, in words."""
    found = []
    if Missing.HELP in missing:
        found.append(spoken("Send help first."))
    if Missing.WORDS in missing:
        found.append(spoken(WORDS))
    if set(missing) & {Missing.BY_PHONE, Missing.QUESTIONS}:
        found += hindrances(given, spoken)
    else:
        found.append(spoken(WAY_OUT))
    return found


def endings(
    ticket: Ticket, helped: bool, given: Mapping[Question, str], spoken: Language
) -> list[str]:
    """What this emergency needs before it may end, in words, before anybody tries."""
    if ticket.class_ is not TicketClass.EMERGENCY:
        return []
    threat, asked = threatened(ticket), branch_of(ticket, given) is Branch.DISPATCH
    found = []
    if not helped:
        found.append(HELP_ATTENDED if not asked else HELP_THREAT if threat else HELP_ASKED)
    if threat:
        found.append(WORDS)
    if threat or (asked and not helped):
        found.append(WAY_OUT)
    return [spoken(one) for one in found]


def draw(request: Request, parts: Context, who: Operator, id_: str, trouble: Trouble) -> Response:
    """The screen of the ticket `id_`. Raises Unknown."""
    with parts.reader.connect() as connection:
        board = boards.one(connection, who.agency, id_)
        line = lines.some(connection, who.agency, [id_]).get(id_)
        site = registry.site_by_id(connection, who.agency, board.ticket.site)
        holders = keyholders(connection, board.ticket.site)
        outside = directory.of_site(connection, board.ticket.site)
        others = _others(parts, connection, board.ticket)
        paged = pages.of_ticket(connection, id_)
        legal = holds_on_ticket(connection, id_, parts.clock.now_ms())
        fleet = near(connection, board.ticket) if board.ticket.live else []
        floors = _floors(connection, who.agency, board)
        systems = reach.endpoints(connection, who.agency)
    if line is None:
        raise Unknown(f"no ticket {id_}")
    ticket = board.ticket
    plan = parts.plans.get(board.jurisdiction).plan(ticket.kind, silent=ticket.silent)
    given = answers(board.entries)
    values = {
        "ticket": ticket,
        "card": card(line, limit_ms(parts, line), on_test=tested(parts, line)),
        "first_action": _first_action(parts, board),
        "plan": plan,
        "steps": plan.texts(board.police_response),
        "premises": _premises(plan, str(ticket.state)),
        "site": site,
        "keyholders": holders,
        "outside": outside,
        "colleagues": others,
        "pages": paged,
        "unreached": ticket.live and not paged and _unreached(parts, ticket),
        "legal": legal,
        "agencies": [one.name for one in systems] + [one["name"] for one in outside],
        "units": fleet,
        "help": sent(ticket, board.entries, fleet),
        "floors": floors,
        "signals": board.signals,
        "entries": list(reversed(board.entries)),
        "given": {str(one): text for one, text in given.items()},
        "answers": given,
        "hindrances": hindrances,
        "endings": partial(endings, ticket, helped(board.entries)),
        "threat": threatened(ticket),
        "outcomes": _outcomes(str(ticket.class_), plan),
        "passing_on": request.query_params.get("do") == "pass-on",
        "park_minutes": PARK_MS_MAX // 60_000,
        "trouble": trouble,
    } | _rights(who, ticket, parks(board.entries))
    return shell.screen(request, parts, who, "ticket.html", values, trouble.status)


def _unreached(parts: Context, ticket: Ticket) -> bool:
    """Whether none of those whom the ticket's step names can be paged."""
    return parts.policies.unreached(ticket.agency, ticket.class_, ticket.round)


def _floors(connection: Connection, agency: str, board: boards.Board) -> list[dict[str, Any]]:
    """The floors of the ticket's site; those with a device that it is about come first."""
    spotted = {str(one["device"]) for one in board.signals}
    return drawn(connection, agency, board.ticket.site, spotted)


def _rights(who: Operator, ticket: Ticket, parked: int) -> dict[str, object]:
    """What the reader may do with the ticket. A supervisor steps in on what somebody else holds."""
    mine = ticket.holder == f"operator:{who.name}"
    supervises = who.role in OVERRIDES
    worn_out = ticket.transfers >= TRANSFERS_MAX
    return {
        "mine": mine,
        "works": who.role in WORKS,
        "working": mine and ticket.live,
        "supervises": supervises,
        "steps_in": supervises and bool(ticket.holder) and ticket.live and not mine,
        "worn_out": worn_out,
        "parked": parked,
        "may_park": supervises or parked < PARKS_MAX,
        "may_pass_on": supervises or not worn_out,
    }


def _others(parts: Context, connection: Connection, ticket: Ticket) -> list[dict[str, object]]:
    """Who could have the ticket instead of its holder: is he at a console, what does he hold."""
    here: dict[str, int] = parts.watching.get(ticket.agency, {})
    busy = holds(connection, ticket.agency)
    return [
        {"name": name, "here": bool(here.get(name)), "holds": busy.get(name, 0)}
        for name in colleagues(connection, ticket.agency)
        if f"operator:{name}" != ticket.holder
    ]


def _premises(plan: Plan, state: str) -> str:
    """Whether the site may be called now: yes, never, or later (after help was sent)."""
    if plan.premises is Premises.NEVER:
        return "never"
    if plan.premises is Premises.AFTER_DISPATCH and state != "dispatched":
        return "later"
    return "yes"


def _first_action(parts: Context, board: boards.Board) -> dict[str, int] | None:
    """How long an emergency waited for somebody, and within what it was to be; None: it waits."""
    taken = next((one for one in board.entries if one.act is Act.ACKNOWLEDGE), None)
    if taken is None or board.ticket.class_ is not TicketClass.EMERGENCY:
        return None
    most_s, all_s = parts.plans.get(board.jurisdiction).first_action_s
    wait_s = -(-(taken.at_ms - board.ticket.opened_ms) // 1000)
    return {"wait_s": wait_s, "most_s": most_s, "all_s": all_s}


def _outcomes(class_: str, plan: Plan) -> tuple[str, ...]:
    """How this ticket can end, the usual first."""
    if class_ == "emergency":
        return plan.outcomes
    if class_ == "technical":
        return (Outcome.REPAIRED, Outcome.ATTENDED, Outcome.FALSE_ALARM)
    return (Outcome.TEST, Outcome.FALSE_ALARM, Outcome.ATTENDED)

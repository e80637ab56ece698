"""A ticket as a card of the queue: what is on it and where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarm_receiver.web.pages import fragment, person
from alarm_receiver.web.words import PRIORITIES

if TYPE_CHECKING:
    from alarm_receiver.store.lines import Line
    from alarm_receiver.web.context import Context

CALM_MS = 600_000
"""What is no emergency is late after this wait."""


def first_ms(parts: Context, jurisdiction: str) -> int:
    """Within what most emergencies of a jurisdiction are to be acted on."""
    return parts.plans.get(jurisdiction).first_action_s[0] * 1000


def limit_ms(parts: Context, line: Line) -> int:
    """After which wait a card says "late": for emergencies the first clock of their country."""
    if line.ticket.class_ != "emergency":
        return CALM_MS
    return first_ms(parts, line.jurisdiction)


def card(line: Line, limit_ms: int, *, on_test: bool = False) -> dict[str, object]:
    """What card.html shows of a ticket. `on_test`: its site or zone is on test just now."""
    ticket = line.ticket
    class_ = str(ticket.class_)
    return {
        "id": ticket.id,
        "number": ticket.number,
        "class": class_,
        "priority": PRIORITIES[class_],
        "state": str(ticket.state),
        "version": ticket.version,
        "round": ticket.round,
        "opened_ms": ticket.opened_ms,
        "limit_ms": limit_ms,
        "holder": person(ticket.holder),
        "live": ticket.live,
        "site": line.site_name,
        "account": line.account,
        "kind": line.kind,
        "zone": line.zone,
        "place": line.place,
        "presses": line.presses,
        "silent": line.silent,
        "late": line.late,
        "on_test": on_test,
        "sort": sort_key(line),
    }


def sort_key(line: Line) -> str:
    """Waiting before taken, emergencies first, then the oldest: the order of F2."""
    ticket = line.ticket
    taken = 0 if ticket.state == "open" else 1
    urgency = PRIORITIES[str(ticket.class_)]
    return f"{taken}{urgency}{ticket.opened_ms:015d}{ticket.number:010d}"


def tested(parts: Context, line: Line) -> bool:
    """Whether the place of this ticket's newest signal is on test now."""
    tests = parts.policies.zones_on_test(line.ticket.site, parts.clock.now_ms())
    return any(not zones or line.zone in zones for zones in tests)


def html(parts: Context, line: Line, language_code: str) -> str:
    """The card in one language."""
    shown = card(line, limit_ms(parts, line), on_test=tested(parts, line))
    return fragment(language_code, "card.html", {"card": shown})

"""What two receivers of a pair ask and tell one another about their live tickets. Never commits.

It promises bounded questions: so many tickets, so many signals of each; what is beyond is not
asked about, and then nothing here closes by the other's word. Tickets are known by their signals,
not by their ids: which press came first may differ between two receivers. Duress words that people
heard here are told for as long as their emergency is live, and one that is told is here once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, tuple_

from alarm_receiver.domain.pair import (
    Duress,
    Over,
    both_text,
    follow,
    named,
    own,
    relevant,
    signs,
    word,
)
from alarm_receiver.domain.ticket import Act, TicketClass
from alarm_receiver.store import tickets, troubles
from alarm_receiver.store.tables import device, entry, signal, site, ticket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from alarm_receiver.domain.pair import Follow, Word
    from alarm_receiver.domain.ticket import Entry, Ticket
    from alarm_receiver.store.policies import Policies

TICKETS_MAX = 50
SIGNALS_MAX = 200
OTHERS_MAX = 50
WORDS_MAX = 50
DEVICES_MAX = 20
_NEWEST = 5
_DURESS = "duress "
_TELLING = ("open", "silence", "security")

Identity = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Question:
    """One live ticket: its signals, and what else it is about. `whole`: that is all of it."""

    ticket: str
    opened_ms: int
    signals: list[Identity]
    others: list[str]
    whole: bool


def questions(connection: Connection, after: str) -> list[Question]:
    """The next live tickets by id beyond `after`, at most TICKETS_MAX."""
    query = (
        select(*tickets.COLUMNS)
        .where(ticket.c.state != "closed", ticket.c.id > after)
        .order_by(ticket.c.id)
        .limit(TICKETS_MAX)
    )
    return [_question(connection, tickets.ticket_of(row)) for row in connection.execute(query)]


def answer(connection: Connection, asked: Sequence[Question]) -> list[Word]:
    """What people here have done about each of `asked`."""
    return [_word(connection, one) for one in asked]


def wanted(
    connection: Connection, id_: str, said: Word, *, policies: Policies, now_ms: int
) -> list[Follow]:
    """The acts that the other side's word means for our ticket; none when it is so already."""
    before = tickets.read(connection, id_)
    return follow(
        before,
        said,
        now_ms=now_ms,
        waits=policies.waits(before.agency, before.class_),
        noted=said.over is not Over.NOTHING and own(before) and _noted(connection, id_, said),
    )


def heed(
    connection: Connection, id_: str, said: Word, *, policies: Policies, now_ms: int
) -> list[Act]:
    """Do what `wanted` says; which acts that were."""
    acts = wanted(connection, id_, said, policies=policies, now_ms=now_ms)
    for act, detail in acts:
        tickets.act(
            connection,
            id_,
            act,
            version=None,
            now_ms=now_ms,
            actor=named(said.by),
            detail=detail,
            policies=policies,
        )
    return [act for act, _ in acts]


def known_by(connection: Connection, site_id: str) -> list[str]:
    """The devices by which the other receiver knows a site of ours; at most DEVICES_MAX."""
    query = select(device.c.id).where(device.c.site == site_id).order_by(device.c.id)
    return list(connection.execute(query.limit(DEVICES_MAX)).scalars())


def heard(connection: Connection) -> list[Duress]:
    """Duress words that people here were told on emergencies which are live; the newest first."""
    query = (
        select(entry.c.actor, entry.c.detail, ticket.c.site)
        .join(ticket, ticket.c.id == entry.c.ticket)
        .where(
            ticket.c.state != "closed",
            ticket.c.class_ == str(TicketClass.EMERGENCY),
            ticket.c.silent,
            ticket.c.confirmed,
            entry.c.act.in_((str(Act.OPEN), str(Act.SECURITY))),
            entry.c.actor.like("operator:%"),
        )
        .order_by(entry.c.seq.desc())
        .limit(WORDS_MAX)
    )
    found = []
    for actor, detail, site_id in connection.execute(query):
        said = detail.get("security", {})
        if said.get("known_by"):
            devices = tuple(known_by(connection, site_id))
            found.append(Duress(said["word"], said["keyholder"], actor, said["known_by"], devices))
    return found


def unheard(connection: Connection, told: Duress) -> tuple[str, str] | None:
    """Agency and site of a word that is not here yet; None when it is, or no device is known."""
    query = (
        select(site.c.agency, site.c.id)
        .join(device, device.c.site == site.c.id)
        .where(device.c.id.in_(told.devices))
        .limit(1)
    )
    place = connection.execute(query).one_or_none()
    if place is None or _told(connection, place[1], told.word):
        return None
    return place[0], place[1]


def hear(connection: Connection, told: Duress, *, policies: Policies, now_ms: int) -> str | None:
    """Do about a word that was said over there what is done about one that is said here.

    Gives the ticket that it is on now; None when it is here already.
    """
    place = unheard(connection, told)
    if place is None:
        return None
    said = troubles.Said(told.keyholder, told.word, told.known_by)
    return troubles.raised(
        connection,
        place,
        said.detail(),
        actor=named(told.by),
        policies=policies,
        now_ms=now_ms,
    ).id


def _told(connection: Connection, site_id: str, word: str) -> bool:
    """Whether a duress word stands on one of the newest emergencies of a site."""
    query = (
        select(ticket.c.id)
        .where(ticket.c.site == site_id, ticket.c.class_ == str(TicketClass.EMERGENCY))
        .order_by(ticket.c.number.desc())
        .limit(_NEWEST)
    )
    for id_ in connection.execute(query).scalars().all():
        rows = connection.execute(
            select(entry.c.detail).where(entry.c.ticket == id_, entry.c.act.in_(_TELLING))
        )
        if any(row.detail.get("security", {}).get("word") == word for row in rows):
            return True
    return False


def _question(connection: Connection, one: Ticket) -> Question:
    query = (
        select(signal.c.device, signal.c.epoch, signal.c.number)
        .where(signal.c.ticket == one.id)
        .order_by(signal.c.seq)
        .limit(SIGNALS_MAX + 1)
    )
    signals = [(row[0], row[1], row[2]) for row in connection.execute(query)]
    others = _others(connection, one)
    whole = len(signals) <= SIGNALS_MAX and len(others) <= OTHERS_MAX
    return Question(one.id, one.opened_ms, signals[:SIGNALS_MAX], others[:OTHERS_MAX], whole)


def _others(connection: Connection, one: Ticket) -> list[str]:
    """What beside signals a ticket is about; of an emergency its duress words alone."""
    if one.class_ is not TicketClass.EMERGENCY:
        return signs(_telling(connection, one.id))
    if not (one.silent and one.confirmed):
        return []
    some = signs(_telling(connection, one.id))
    return [sign for sign in some if sign.startswith(_DURESS)]


def _telling(connection: Connection, id_: str) -> list[Entry]:
    """The first entries of a timeline that say what it is about, beside signals."""
    query = (
        select(entry)
        .where(entry.c.ticket == id_, entry.c.act.in_(_TELLING))
        .order_by(entry.c.version)
        .limit(OTHERS_MAX + 1)
    )
    return [tickets.entry_of(row) for row in connection.execute(query)]


def _word(connection: Connection, asked: Question) -> Word:
    found: dict[str, Ticket] = {}
    query = (
        select(signal.c.ticket, *tickets.COLUMNS)
        .join(ticket, ticket.c.id == signal.c.ticket)
        .where(tuple_(signal.c.device, signal.c.epoch, signal.c.number).in_(asked.signals))
    )
    rows = connection.execute(query).all() if asked.signals else []
    found.update((row[0], tickets.ticket_of(row[1:])) for row in rows)
    known = len(rows) == len(asked.signals)
    for sign in asked.others:
        other = _about(connection, sign, asked.opened_ms)
        known = known and other is not None
        if other is not None:
            found[other.id] = other
    return word(list(found.values()), whole=asked.whole and known)


def _about(connection: Connection, sign: str, since_ms: int) -> Ticket | None:
    """Our newest ticket about a sign that is no signal, when it can be the same one's."""
    named_device = next((one[-16:] for one in sign.split() if _device(one)), None)
    is_emergency = ticket.c.class_ == str(TicketClass.EMERGENCY)
    query = (
        select(*tickets.COLUMNS)
        .join(device, device.c.site == ticket.c.site)
        .where(device.c.id == named_device, is_emergency == sign.startswith(_DURESS))
        .order_by(ticket.c.number.desc())
        .limit(_NEWEST)
    )
    for row in connection.execute(query):
        one = tickets.ticket_of(row)
        if sign in signs(_telling(connection, one.id)):
            return one if relevant(one, since_ms) else None
    return None


def _device(text: str) -> bool:
    """Whether a word of a sign names a device: its 16 digits, perhaps behind a colon."""
    digits = text.rpartition(":")[2]
    return len(digits) == 16 and set(digits) <= set("0123456789abcdef")  # noqa: PLR2004 - 8 bytes


def _noted(connection: Connection, id_: str, said: Word) -> bool:
    """Whether what the other side says of a ticket that is in work here stands on it already."""
    query = select(entry).where(
        entry.c.ticket == id_, entry.c.act == str(Act.NOTE), entry.c.actor == named(said.by)
    )
    return any(row.detail.get("text") == both_text(said) for row in connection.execute(query))

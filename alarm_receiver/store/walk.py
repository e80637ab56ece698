"""A walk test as stored: who is to be pressed, what was, and what people said of it.

A word is a deed: it stands also when the desk has closed the press's ticket meanwhile, and the last
one counts. Never commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from alarm_receiver.domain.walk import Press, Standing, judge
from alarm_receiver.store import deeds, premises, watch
from alarm_receiver.store.desk import deed
from alarm_receiver.store.tables import signal, ticket, zone
from alarm_wire.signal import TAMPER, TEST

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator

PRESSES_MAX = 2_000
WORD = "walk_word"
Identity = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Walk:
    """`presses` carry `standing` and `ticks`; `buttons` are keypads with their `press` or None."""

    since_ms: int
    buttons: list[dict[str, Any]]
    presses: list[dict[str, Any]]

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Presses that nobody has said anything of, and that do not speak for themselves."""
        return [one for one in self.presses if one["standing"] is Standing.ASKED]


def began_ms(connection: Connection, agency: str, site_id: str, now_ms: int) -> int:
    """When the first test began that runs at the site; now when none does."""
    running = premises.tests(connection, agency, now_ms)
    return min((one["from_ms"] for one in running if one["site"] == site_id), default=now_ms)


def read(connection: Connection, agency: str, site_id: str, since_ms: int) -> Walk:
    """The walk past the site's keypads since `since_ms`."""
    buttons = [one for one in watch.devices(connection, agency, site_id) if one["kind"] == "keypad"]
    presses = _presses(connection, site_id, since_ms)
    words = _words(connection, agency, site_id, since_ms)
    judged = judge(
        [one["id"] for one in buttons],
        [
            Press(
                one["device"],
                one["kind"],
                bool(one["flags"] & TEST),
                one["received_ms"],
                one["age_ms"],
                one["age_exact"],
                words.get((one["device"], one["epoch"], one["number"])),
            )
            for one in presses
        ],
        since_ms,
    )
    for place, (one, standing) in enumerate(zip(presses, judged.standings, strict=True)):
        one["standing"] = standing
        one["ticks"] = judged.ticks.get(one["device"]) == place
    for one in buttons:
        found = judged.ticks.get(one["id"])
        one["press"] = None if found is None else presses[found]
    return Walk(since_ms, buttons, presses)


def say(
    connection: Connection,
    who: Operator,
    site_id: str,
    identity: Identity,
    now_ms: int,
    *,
    his: bool,
) -> None:
    """Write down whether the press `identity` was the walk test's."""
    device, epoch, number = identity
    detail = {"device": device, "epoch": epoch, "number": number, "his": his}
    deeds.write(connection, who, WORD, site_id, now_ms, **detail)


def press(connection: Connection, site_id: str, identity: Identity) -> dict[str, Any] | None:
    """One press of a site: its ticket, with version and state."""
    device, epoch, number = identity
    query = (
        select(signal.c.ticket, ticket.c.version, ticket.c.state)
        .join(ticket, ticket.c.id == signal.c.ticket)
        .where(
            signal.c.site == site_id,
            signal.c.device == device,
            signal.c.epoch == epoch,
            signal.c.number == number,
        )
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def _presses(connection: Connection, site_id: str, since_ms: int) -> list[dict[str, Any]]:
    """Emergencies of a site received since `since_ms`, in the order of arrival."""
    query = (
        select(
            *(signal.c.device, signal.c.epoch, signal.c.number, signal.c.kind, signal.c.flags),
            *(signal.c.zone, signal.c.received_ms, signal.c.age_ms, signal.c.age_exact),
            *(signal.c.ticket, ticket.c.state, zone.c.name.label("zone_name")),
        )
        .join(ticket, ticket.c.id == signal.c.ticket)
        .outerjoin(zone, (zone.c.site == signal.c.site) & (zone.c.number == signal.c.zone))
        .where(signal.c.site == site_id, signal.c.kind < TAMPER, signal.c.received_ms >= since_ms)
        .order_by(signal.c.seq)
        .limit(PRESSES_MAX)
    )
    return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def _words(
    connection: Connection, agency: str, site_id: str, since_ms: int
) -> dict[Identity, bool]:
    """What was said last of each press since `since_ms`."""
    query = (
        select(deed.c.detail)
        .where(
            deed.c.agency == agency,
            deed.c.what == WORD,
            deed.c.subject == site_id,
            deed.c.at_ms >= since_ms,
        )
        .order_by(deed.c.seq)
    )
    said = [row.detail for row in connection.execute(query)]
    return {(one["device"], one["epoch"], one["number"]): one["his"] for one in said}

"""What devices shall have, and how far it got. Never commits; no content leaves it unsealed.

It promises, by the database itself, one order of a kind for each device, that a live one has a
deadline, and that settings (they hold passwords) lie sealed as a device's key does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    or_,
    select,
    text,
    update,
)

from alarm_receiver.domain.orders import (
    LIVE,
    NEXT,
    SILENT,
    TRIES_MAX,
    Act,
    Move,
    NotOrdered,
    Said,
    State,
    What,
    fetched,
    heard,
    wait_ms,
)
from alarm_receiver.store.keybox import EXTRA_BYTES, box_of
from alarm_receiver.store.listing import Listing
from alarm_receiver.store.tables import OF_ORDERS, device, metadata, one_of, signal, site, zone
from alarm_wire.frame import CONTENT_BYTES, signal_of
from alarm_wire.parcel import COUNTER_MAX, SETTINGS_BYTES_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

DUE_MAX = 10_000
FOLDED_AT_ONCE = 500
_LIVE = one_of("state", *LIVE)

device_order = Table(
    "device_order",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("what", String(16), primary_key=True),
    Column("counter", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("asked_by", String(80), nullable=False),
    Column("asked_ms", BigInteger, nullable=False),
    Column("moved_ms", BigInteger, nullable=False),
    Column("sent_ms", BigInteger, nullable=False),
    Column("due_ms", BigInteger),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("place", Integer, nullable=False),
    Column("pieces", Integer, nullable=False),
    CheckConstraint(one_of("what", *What), name="what_known"),
    CheckConstraint(one_of("state", *State), name="state_known"),
    CheckConstraint(f"({_LIVE}) = (due_ms IS NOT NULL)", name="live_has_deadline"),
    CheckConstraint(f"counter BETWEEN 1 AND {COUNTER_MAX}", name="counter_fits_the_wire"),
    Index(
        "device_order_due_ix",
        "due_ms",
        sqlite_where=text("due_ms IS NOT NULL"),
        postgresql_where=text("due_ms IS NOT NULL"),
    ),
)
"""`epoch`, `number`: the last signal of the device that was looked at for this order. `place`: the
piece that the device wants next, of so many `pieces`; 0 of 0 where it takes them in any order."""

device_settings = Table(
    "device_settings",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("counter", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    CheckConstraint(
        f"length(sealed) BETWEEN {EXTRA_BYTES} AND {SETTINGS_BYTES_MAX + EXTRA_BYTES}",
        name="settings_are_sealed",
    ),
)


@dataclass(frozen=True, slots=True)
class Due:
    """An order that may be sent now: to which device, what, and when it was sent last."""

    device: str
    site: str
    what: What
    counter: int
    state: State
    tries: int
    sent_ms: int
    place: int
    pieces: int
    agency: str


def row_of(device_id: str, counter: int) -> str:
    """The name that a device's settings are sealed for."""
    return f"device_settings {device_id} {counter}"


def settings(connection: Connection, device_id: str) -> bytes:
    """The settings last ordered for a device, as it gets them; nothing when there were none."""
    row = connection.execute(
        select(device_settings).where(device_settings.c.device == device_id)
    ).one_or_none()
    if row is None:
        return b""
    return box_of(connection).open(bytes(row.sealed), row_of(device_id, row.counter))


def call_off(connection: Connection, device_id: str, what: What, now_ms: int) -> None:
    """Send it no longer. Raises NotOrdered when it is not under way."""
    known = of_device(connection, device_id, what)
    if known is None or State(known["state"]) not in LIVE:
        raise NotOrdered(f"no {what} are under way to device {device_id}")
    _move(connection, known, Move(Act.CALL_OFF), now_ms)


def forget(connection: Connection, site_id: str, now_ms: int) -> None:
    """Send the devices of a site nothing more, and forget the settings ordered for them."""
    ours = select(device.c.id).where(device.c.site == site_id)
    query = select(device_order).where(device_order.c.device.in_(ours))
    for known in connection.execute(query.where(device_order.c.due_ms.is_not(None))).mappings():
        _move(connection, dict(known), Move(Act.CALL_OFF), now_ms)
    connection.execute(delete(device_settings).where(device_settings.c.device.in_(ours)))


def list_of(agency: str, *, site_id: str = "", device_id: str = "") -> Listing:
    """The orders for an agency's devices, or those of one site or device."""
    query = (
        select(
            device_order,
            device.c.site,
            site.c.name.label("site_name"),
            zone.c.name.label("zone_name"),
        )
        .join(device, device.c.id == device_order.c.device)
        .join(site, site.c.id == device.c.site)
        .outerjoin(zone, (zone.c.site == device.c.site) & (zone.c.number == device.c.zone))
        .where(site.c.agency == agency)
    )
    if site_id:
        query = query.where(device.c.site == site_id)
    if device_id:
        query = query.where(device.c.id == device_id)
    keys = (device.c.site, device.c.zone, device.c.id, device_order.c.what)
    return Listing("orders", query, keys, (agency, site_id, device_id))


def due(
    connection: Connection, now_ms: int, heard_ms: Mapping[bytes, int], *, site_id: str = ""
) -> list[Due]:
    """Orders that may be sent now, of one site or of all; revoked devices get nothing.

    What was never sent, and what was sent to a device that was heard since then (`heard_ms`).
    """
    query = (
        select(
            device_order.c.device,
            device.c.site,
            device_order.c.what,
            device_order.c.counter,
            device_order.c.state,
            device_order.c.tries,
            device_order.c.sent_ms,
            device_order.c.place,
            device_order.c.pieces,
            site.c.agency,
        )
        .join(device, device.c.id == device_order.c.device)
        .join(site, site.c.id == device.c.site)
        .where(device_order.c.due_ms <= now_ms, device.c.revoked_ms.is_(None))
        .order_by(device_order.c.due_ms)
        .limit(DUE_MAX)
    )
    if site_id:
        query = query.where(device.c.site == site_id)
    found = (
        Due(
            *(row[0], row[1], What(row[2]), row[3], State(row[4])),
            *(row[5], row[6], row[7], row[8], row[9]),
        )
        for row in connection.execute(query)
    )
    return [
        one
        for one in found
        if not one.sent_ms or heard_ms.get(bytes.fromhex(one.device), 0) > one.sent_ms
    ]


def handed_out(connection: Connection, some: Iterable[Due], now_ms: int) -> list[Due]:
    """Note that these go out now; those that still may. One that was sent too often ends."""
    gone = []
    for one in some:
        known = of_device(connection, one.device, one.what)
        if known is None or (known["counter"], known["sent_ms"]) != (one.counter, one.sent_ms):
            continue  # somebody else was faster, or it was called off
        if known["due_ms"] is None:
            continue
        if one.tries >= TRIES_MAX:
            _move(connection, known, Move(Act.GIVE_UP, SILENT), now_ms)
            continue
        state = NEXT[one.state, Act.HAND_OUT]
        change(
            connection,
            known,
            state=state,
            tries=one.tries + 1,
            sent_ms=now_ms,
            due_ms=now_ms + wait_ms(state, one.tries),
            moved_ms=now_ms if state is not one.state else known["moved_ms"],
        )
        gone.append(one)
    return gone


def any_live(connection: Connection) -> bool:
    """Whether any device shall have something that it has not got; all but always none has."""
    query = select(device_order.c.due_ms).where(device_order.c.due_ms.is_not(None)).limit(1)
    return connection.execute(query).first() is not None


def unheard(connection: Connection) -> list[dict[str, Any]]:
    """Signals of devices with a live order that were not looked at for it yet, oldest first."""
    seen = device_order.c
    query = (
        select(
            device_order, signal.c.frame, signal.c.epoch.label("said"), signal.c.number.label("nth")
        )
        .join(
            signal,
            and_(
                signal.c.device == seen.device,
                text(f"signal.{OF_ORDERS}"),
                or_(
                    signal.c.epoch > seen.epoch,
                    and_(signal.c.epoch == seen.epoch, signal.c.number > seen.number),
                ),
            ),
        )
        .where(seen.due_ms.is_not(None))
        .order_by(signal.c.epoch, signal.c.number)
        .limit(FOLDED_AT_ONCE)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def fold(connection: Connection, now_ms: int) -> int:
    """Move orders by what their devices have said since; how many signals were looked at."""
    rows = unheard(connection)
    for row in rows:
        known = of_device(connection, row["device"], What(row["what"]))
        if known is None or known["counter"] != row["counter"] or known["due_ms"] is None:
            continue
        said = signal_of(bytes(row["frame"])[:CONTENT_BYTES])
        change(connection, known, epoch=row["said"], number=row["nth"])
        move = _meant(connection, known, Said(said.kind, said.value, said.zone))
        if move is not None and (State(known["state"]), move.act) in NEXT:
            _move(connection, known, move, now_ms)
    return len(rows)


def _meant(connection: Connection, known: dict[str, Any], said: Said) -> Move | None:
    if known["what"] == What.IMAGE:
        return fetched(known["counter"], known["pieces"], said)
    names = sorted(json.loads(settings(connection, known["device"]) or b"{}"))
    return heard(known["counter"], names, said)


def _move(connection: Connection, known: dict[str, Any], move: Move, now_ms: int) -> None:
    state = NEXT[State(known["state"]), move.act]
    further = move.act is not Act.ASK or move.place != known["place"]
    change(
        connection,
        known,
        state=state,
        reason=move.reason[:200],
        tries=0 if further else known["tries"],
        moved_ms=now_ms,
        due_ms=now_ms + wait_ms(state, 0) if state in LIVE else None,
    )
    if move.act is Act.ASK:  # it speaks: what it wants goes out at once
        change(connection, known, place=move.place, due_ms=now_ms, sent_ms=0)
    elif move.place:
        change(connection, known, place=move.place)


def of_device(connection: Connection, device_id: str, what: What) -> dict[str, Any] | None:
    """The newest order of a kind for a device."""
    row = (
        connection.execute(
            select(device_order).where(
                device_order.c.device == device_id, device_order.c.what == what
            )
        )
        .mappings()
        .one_or_none()
    )
    return None if row is None else dict(row)


def change(connection: Connection, known: dict[str, Any], **values: Any) -> None:
    """Write these columns of an order, and into `known` too."""
    known.update(values)
    connection.execute(
        update(device_order)
        .where(device_order.c.device == known["device"], device_order.c.what == known["what"])
        .values(**values)
    )

"""When certificates end: those that devices told of, and those that endpoints have shown us.

It promises one row a device, what its newest sealed `certificate` signal says, and one row an
endpoint, what its server showed when a page went out last. Nothing here was typed in by anybody.
Never commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    String,
    Table,
    and_,
    literal,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.domain.expiry import HOUR_MS
from alarm_receiver.store.desk import endpoint
from alarm_receiver.store.tables import (
    OF_CERTIFICATES,
    device,
    metadata,
    one_of,
    signal,
    site,
    zone,
)
from alarm_wire.frame import CONTENT_BYTES, signal_of
from alarm_wire.signal import (
    CERTIFICATE_AUTHORITY,
    CERTIFICATE_OWN,
    CERTIFICATE_RECEIVER,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

FOLDED_AT_ONCE = 500
LISTED_MAX = 200
PARTS = {
    CERTIFICATE_OWN: "own",
    CERTIFICATE_AUTHORITY: "authority",
    CERTIFICATE_RECEIVER: "receiver",
}
OTHER = "other"
"""Of a part that this version does not know."""
ENDPOINT = "endpoint"

certificate = Table(
    "certificate",
    metadata,
    Column("device", ForeignKey("device.id"), primary_key=True),
    Column("part", String(16), nullable=False),
    Column("ends_ms", BigInteger, nullable=False),
    Column("epoch", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("told_ms", BigInteger),
    CheckConstraint(one_of("part", *PARTS.values(), OTHER), name="part_known"),
)
"""`part`: which certificate of the device ends first; `ends_ms` 0 when it uses none any more;
`epoch`, `number`: the signal that said so; `told_ms`: when people were told that it ends."""

endpoint_certificate = Table(
    "endpoint_certificate",
    metadata,
    Column("endpoint", ForeignKey("endpoint.id"), primary_key=True),
    Column("ends_ms", BigInteger, nullable=False),
)


def unread(connection: Connection) -> list[dict[str, Any]]:
    """Signals about certificates that are newer than what is known, the oldest first."""
    known = certificate
    query = (
        select(signal.c.device, signal.c.epoch, signal.c.number, signal.c.frame)
        .outerjoin(known, known.c.device == signal.c.device)
        .where(
            text(f"signal.{OF_CERTIFICATES}"),
            or_(
                known.c.device.is_(None),
                signal.c.epoch > known.c.epoch,
                and_(signal.c.epoch == known.c.epoch, signal.c.number > known.c.number),
            ),
        )
        .order_by(signal.c.epoch, signal.c.number)
        .limit(FOLDED_AT_ONCE)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def fold(connection: Connection) -> list[str]:
    """Learn what devices said since; those whose certificate was told of and is another one now."""
    renewed = []
    for row in unread(connection):
        said = signal_of(bytes(row["frame"])[:CONTENT_BYTES])
        before = connection.execute(
            select(certificate).where(certificate.c.device == row["device"])
        ).one_or_none()
        ends_ms = max(0, said.value) * HOUR_MS
        same = before is not None and before.ends_ms == ends_ms
        told_ms = before.told_ms if before is not None and same else None
        if before is not None and before.told_ms is not None and not same:
            renewed.append(row["device"])
        values = {
            "part": PARTS.get(said.zone, OTHER),
            "ends_ms": ends_ms,
            "epoch": row["epoch"],
            "number": row["number"],
            "told_ms": told_ms,
        }
        _upsert(connection, certificate, "device", row["device"], values)
    return renewed


def seen(connection: Connection, ends_ms: Iterable[tuple[str, int]]) -> None:
    """What endpoints have shown: pairs of an endpoint's id and when its certificate ends."""
    for id_, at_ms in ends_ms:
        _upsert(connection, endpoint_certificate, "endpoint", id_, {"ends_ms": at_ms})


def endpoints(connection: Connection) -> list[tuple[str, str, int]]:
    """Endpoints in use: id, URL, and when their certificate ends as far as known (else 0)."""
    query = (
        select(endpoint.c.id, endpoint.c.url, endpoint_certificate.c.ends_ms)
        .outerjoin(endpoint_certificate, endpoint_certificate.c.endpoint == endpoint.c.id)
        .where(endpoint.c.disabled_ms.is_(None))
    )
    return [(row.id, row.url, row.ends_ms or 0) for row in connection.execute(query)]


def due(connection: Connection, before_ms: int, count: int) -> list[Any]:
    """Devices whose certificate ends before `before_ms` and nobody was told: at most `count`."""
    query = (
        select(certificate.c.device, certificate.c.part, certificate.c.ends_ms)
        .add_columns(device.c.site, site.c.agency)
        .join(device, device.c.id == certificate.c.device)
        .join(site, site.c.id == device.c.site)
        .where(
            certificate.c.told_ms.is_(None),
            certificate.c.ends_ms.between(1, before_ms),
            device.c.revoked_ms.is_(None),
        )
        .limit(count)
    )
    return list(connection.execute(query))


def tell(connection: Connection, device_id: str, ends_ms: int, now_ms: int) -> bool:
    """Note that people are told; False when somebody did so already, or it is another one now."""
    changed = connection.execute(
        update(certificate)
        .where(
            certificate.c.device == device_id,
            certificate.c.ends_ms == ends_ms,
            certificate.c.told_ms.is_(None),
        )
        .values(told_ms=now_ms)
    )
    return changed.rowcount == 1


def whose(connection: Connection, device_id: str) -> str:
    """The site of a device."""
    query = select(device.c.site).where(device.c.id == device_id)
    return str(connection.execute(query).scalar_one())


def of_devices(connection: Connection, devices: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By device: `part` and `ends_ms` of the certificate that ends first, where one is used."""
    query = select(certificate.c.device, certificate.c.part, certificate.c.ends_ms).where(
        certificate.c.device.in_(devices), certificate.c.ends_ms > 0
    )
    return {row["device"]: dict(row) for row in connection.execute(query).mappings()}


def soon(connection: Connection, agency: str, before_ms: int) -> list[dict[str, Any]]:
    """What ends before `before_ms`, the first in front: devices with site and zone, endpoints."""
    of_devices = (
        select(
            certificate.c.part,
            certificate.c.ends_ms,
            device.c.id.label("device"),
            device.c.kind,
            device.c.zone,
            zone.c.name.label("zone_name"),
            site.c.id.label("site"),
            site.c.name.label("name"),
        )
        .join(device, device.c.id == certificate.c.device)
        .join(site, site.c.id == device.c.site)
        .outerjoin(zone, (zone.c.site == device.c.site) & (zone.c.number == device.c.zone))
        .where(
            site.c.agency == agency,
            device.c.revoked_ms.is_(None),
            certificate.c.ends_ms.between(1, before_ms),
        )
        .order_by(certificate.c.ends_ms)
        .limit(LISTED_MAX)
    )
    of_endpoints = (
        select(
            literal(ENDPOINT).label("part"),
            endpoint_certificate.c.ends_ms,
            null().label("device"),
            endpoint.c.name.label("name"),
        )
        .join(endpoint, endpoint.c.id == endpoint_certificate.c.endpoint)
        .where(
            endpoint.c.agency == agency,
            endpoint.c.disabled_ms.is_(None),
            endpoint_certificate.c.ends_ms <= before_ms,
        )
        .limit(LISTED_MAX)
    )
    found = [
        dict(row)
        for query in (of_devices, of_endpoints)
        for row in connection.execute(query).mappings()
    ]
    return sorted(found, key=lambda one: int(one["ends_ms"]))[:LISTED_MAX]


def _upsert(
    connection: Connection, table: Table, key: str, id_: str, values: dict[str, Any]
) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    put = dialect.insert(table).values(**{key: id_}, **values)
    connection.execute(put.on_conflict_do_update(index_elements=[key], set_=values))

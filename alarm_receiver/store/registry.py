"""Agencies, sites, zones, devices and their keys. Never commits; never shows a key.

It promises that a device's key is stored sealed and leaves the store only towards the intake
door, which checks seals with it, and that registering the same device with the same key twice
equals doing it once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alarm_receiver.store.keybox import ID_BYTES, KEY_BYTES, box_of
from alarm_receiver.store.listing import Listing, every
from alarm_receiver.store.sealing import row_of
from alarm_receiver.store.tables import agency, device, device_key, site, zone

if TYPE_CHECKING:
    from collections.abc import Iterator

OVERLAP_MS = 30 * 86_400_000
"""A retired key is believed this long, so that rotation reaches a keypad that was off."""
OWN = "own"
"""Id of the agency that a new receiver works for."""


class RegistryError(Exception):
    """What was asked of the registry cannot be; the text says why and what to do."""


class NotFound(RegistryError):
    """There is no such site or device."""


class NoAccount(RegistryError):
    """No site of the agency has this account."""


class Taken(RegistryError):
    """Somebody else has this account or device already."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the intake door knows of a device: whose it is, its active key, and retired ones.

    `older` are keys before the active one that are still believed, with the moment when not.
    """

    device: str
    agency: str
    site: str
    kind: str
    secret: bytes
    revoked: bool
    older: tuple[tuple[bytes, int], ...] = ()


def make_agency(connection: Connection, id_: str, name: str) -> None:
    """Make the agency `id_` unless it exists."""
    if connection.execute(select(agency.c.id).where(agency.c.id == id_)).scalar() is None:
        connection.execute(insert(agency).values(id=id_, name=name))


def make_site(
    connection: Connection, id_: str, *, agency_id: str, name: str, account: str, now_ms: int
) -> None:
    """Make a site. Raises Taken when the agency has this account already."""
    taken = select(site.c.id).where(site.c.agency == agency_id, site.c.account == account)
    if connection.execute(taken).scalar() is not None:
        raise Taken(f"account {account} belongs to another site; accounts are unique in an agency")
    connection.execute(
        insert(site).values(id=id_, agency=agency_id, name=name, account=account, made_ms=now_ms)
    )


def list_of_sites(agency_id: str) -> Listing:
    """The sites of an agency, by account."""
    query = select(site).where(site.c.agency == agency_id)
    return Listing("sites", query, (site.c.account,), (agency_id,))


def sites(connection: Connection, agency_id: str) -> list[dict[str, Any]]:
    """All sites of an agency, by account: for what goes over all of them."""
    return list(every(connection, list_of_sites(agency_id)))


def site_by_id(connection: Connection, agency_id: str, id_: str) -> dict[str, Any]:
    """One site of an agency. Raises NotFound."""
    query = select(site).where(site.c.agency == agency_id, site.c.id == id_)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"no site {id_}")
    return dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


def site_by_account(connection: Connection, agency_id: str, account: str) -> str:
    """The id of the agency's site with this account. Raises NoAccount."""
    query = select(site.c.id).where(site.c.agency == agency_id, site.c.account == account)
    found: str | None = connection.execute(query).scalar()
    if found is None:
        raise NoAccount(f"no site has the account {account}")
    return found


def name_zone(connection: Connection, site_id: str, number: int, name: str) -> None:
    """Give a zone of a site its name; the last name counts."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(zone)
        .values(site=site_id, number=number, name=name)
        .on_conflict_do_update(index_elements=["site", "number"], set_={"name": name})
    )


def zones(connection: Connection, site_id: str) -> dict[int, str]:
    """The named zones of a site, by number."""
    query = select(zone.c.number, zone.c.name).where(zone.c.site == site_id)
    return {row[0]: row[1] for row in connection.execute(query.order_by(zone.c.number))}


def move_device(connection: Connection, id_: str, zone_number: int) -> None:
    """Say in which zone of its site a device stands."""
    connection.execute(update(device).where(device.c.id == id_).values(zone=zone_number))


def register(
    connection: Connection,
    id_: str,
    *,
    site_id: str,
    kind: str,
    zone_number: int,
    secret: bytes,
    now_ms: int,
) -> None:
    """Register a device with its key. Raises Taken when it exists in another way."""
    found = connection.execute(select(device).where(device.c.id == id_)).one_or_none()
    if found is not None:
        same_key = _active(connection, id_) == secret
        if (found.site, found.kind, found.zone) != (site_id, kind, zone_number) or not same_key:
            raise Taken(f"device {id_} is registered already, otherwise; see GET /v1/devices/{id_}")
        return
    connection.execute(
        insert(device).values(id=id_, site=site_id, kind=kind, zone=zone_number, made_ms=now_ms)
    )
    connection.execute(
        insert(device_key).values(
            device=id_, generation=1, sealed=_seal(connection, id_, 1, secret), made_ms=now_ms
        )
    )


def revoke(connection: Connection, agency_id: str, id_: str, now_ms: int) -> None:
    """Believe nothing that `id_` says from now on. Raises NotFound."""
    device_by_id(connection, agency_id, id_)
    connection.execute(
        update(device)
        .where(device.c.id == id_, device.c.revoked_ms.is_(None))
        .values(revoked_ms=now_ms)
    )


def list_of_devices(agency_id: str, site_id: str = "") -> Listing:
    """The devices of an agency or of one site, without their keys; by site, zone and device."""
    query = _devices(agency_id)
    if site_id:
        query = query.where(device.c.site == site_id)
    keys = (device.c.site, device.c.zone, device.c.id)
    return Listing("devices", query, keys, (agency_id, site_id))


def devices(connection: Connection, agency_id: str) -> list[dict[str, Any]]:
    """All devices of an agency, without their keys: for what goes over all of them."""
    return list(every(connection, list_of_devices(agency_id)))


def device_by_id(connection: Connection, agency_id: str, id_: str) -> dict[str, Any]:
    """One device without its key. Raises NotFound."""
    query = _devices(agency_id).where(device.c.id == id_)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound(f"no device {id_}")
    return dict(row)


def _devices(agency_id: str) -> Any:
    return (
        select(device, zone.c.name.label("zone_name"), site.c.agency)
        .join(site, site.c.id == device.c.site)
        .outerjoin(zone, (zone.c.site == device.c.site) & (zone.c.number == device.c.zone))
        .where(site.c.agency == agency_id)
    )


def known(connection: Connection, id_: str | None = None) -> Iterator[Known]:
    """What intake needs of all devices, or of one."""
    query = (
        select(
            device.c.id,
            site.c.agency,
            device.c.site,
            device.c.kind,
            device_key.c.sealed,
            device.c.revoked_ms,
            device_key.c.retired_ms,
            device_key.c.generation,
        )
        .join(site, site.c.id == device.c.site)
        .join(device_key, device_key.c.device == device.c.id)
        .order_by(device.c.id, device_key.c.generation.desc())
    )
    if id_ is not None:
        query = query.where(device.c.id == id_)
    box = box_of(connection)

    def secret(one: Any) -> bytes:
        return box.open(bytes(one[4]), row_of(one[0], one[7]))

    for _, rows in groupby(connection.execute(query), key=lambda row: row[0]):
        keys = list(rows)
        active = [row for row in keys if row[6] is None]
        if not active:
            continue
        row = active[0]
        retired = [one for one in keys if one[6] is not None][:2]
        older = tuple((secret(one), one[6] + OVERLAP_MS) for one in retired)
        yield Known(row[0], row[1], row[2], row[3], secret(row), row[5] is not None, older)


def marker(connection: Connection) -> tuple[Any, ...]:
    """Changes whenever what `known` tells does: devices come, are revoked, get another key.

    Also when another process has sealed their keys anew; counted in the database, opened nowhere.
    """
    revoked = select(func.coalesce(func.sum(device.c.revoked_ms), 0)).scalar_subquery()
    retired = select(func.coalesce(func.sum(device_key.c.retired_ms), 0)).scalar_subquery()
    sealed_with = func.substr(device_key.c.sealed, 1, ID_BYTES)
    counts = connection.execute(select(sealed_with, func.count()).group_by(sealed_with))
    changes = connection.execute(select(revoked, retired)).one()
    return (*map(int, changes), *sorted((bytes(one), count) for one, count in counts))


def rotate(connection: Connection, id_: str, secret: bytes, now_ms: int) -> None:
    """Let `secret` be the device's key; the one before is retired now and overlaps for a while."""
    if _active(connection, id_) == secret:
        return
    query = select(func.max(device_key.c.generation)).where(device_key.c.device == id_)
    newest = connection.execute(query).scalar() or 0
    connection.execute(
        update(device_key)
        .where(device_key.c.device == id_, device_key.c.retired_ms.is_(None))
        .values(retired_ms=now_ms)
    )
    connection.execute(
        insert(device_key).values(
            device=id_,
            generation=newest + 1,
            sealed=_seal(connection, id_, newest + 1, secret),
            made_ms=now_ms,
        )
    )


def _seal(connection: Connection, id_: str, generation: int, secret: bytes) -> bytes:
    if len(secret) != KEY_BYTES:
        raise RegistryError(f"a device's key has {KEY_BYTES} bytes, not {len(secret)}")
    return box_of(connection).seal(secret, row_of(id_, generation))


def _active(connection: Connection, id_: str) -> bytes | None:
    query = select(device_key.c.sealed, device_key.c.generation).where(
        device_key.c.device == id_, device_key.c.retired_ms.is_(None)
    )
    found = connection.execute(query).one_or_none()
    if found is None:
        return None
    return box_of(connection).open(bytes(found[0]), row_of(id_, found[1]))

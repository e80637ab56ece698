"""Keypads and gateways over the API. Keys go in and never come out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection

from alarm_receiver.domain.supervision import Heard, Standing
from alarm_receiver.store import certificates, deeds, heard, registry
from alarm_receiver.web.access import Installer, Parts, Who
from alarm_receiver.web.context import Context
from alarm_receiver.web.listing import Listed
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import (
    DeviceForm,
    DeviceShown,
    DeviceZoneForm,
    Hex16,
    KeyForm,
    ProfileForm,
    iso,
)

router = APIRouter(prefix="/v1/devices", tags=["devices"])


@router.post("", status_code=201, responses=answers(401, 403, 404, 409, 422, 503))
def register_device(form: DeviceForm, parts: Parts, who: Installer) -> DeviceShown:
    """Register a device with its key. From the answer on, its signals are believed.

    Doing it again with the same values changes nothing; with other values it is refused (409).
    """
    now_ms = parts.clock.now_ms()

    def register(connection: Connection) -> dict[str, Any]:
        registry.site_by_id(connection, who.agency, form.site)
        registry.register(
            connection,
            form.device,
            site_id=form.site,
            kind=form.kind,
            zone_number=form.zone,
            secret=bytes.fromhex(form.key),
            now_ms=now_ms,
        )
        if form.zone_name:
            registry.name_zone(connection, form.site, form.zone, form.zone_name)
        deeds.write(connection, who, "register_device", form.device, now_ms, site=form.site)
        return registry.device_by_id(connection, who.agency, form.device)

    row = parts.writer.do(register)
    _learn(parts, form.device)
    return _shown(parts, row)


@router.get("", responses=answers(401, 422))
def list_devices(
    parts: Parts, who: Who, asked: Listed, site: Annotated[str, Query(max_length=36)] = ""
) -> list[DeviceShown]:
    """The devices of your agency, or of one site, without their keys; by site and zone."""
    with parts.reader.connect() as connection:
        rows = asked.rows(connection, registry.list_of_devices(who.agency, site))
        ids = [row["id"] for row in rows]
        known = heard.of_devices(connection, ids)
        ends = certificates.of_devices(connection, ids)
    return [_whole(parts, row, known.get(row["id"]), ends.get(row["id"])) for row in rows]


@router.get("/{device}", responses=answers(401, 403, 404, 422))
def read_device(device: Hex16, parts: Parts, who: Who) -> DeviceShown:
    """One device, without its key."""
    with parts.reader.connect() as connection:
        row = registry.device_by_id(connection, who.agency, device)
    return _shown(parts, row)


@router.patch("/{device}", responses=answers(401, 403, 404, 422, 503))
def change_device(device: Hex16, form: DeviceZoneForm, parts: Parts, who: Installer) -> DeviceShown:
    """Say in which zone of its site a device stands. Key and profile have routes of their own."""
    now_ms = parts.clock.now_ms()

    def change(connection: Connection) -> dict[str, Any]:
        before = registry.device_by_id(connection, who.agency, device)
        registry.move_device(connection, device, form.zone)
        told = {"before": {"zone": before["zone"]}, "after": {"zone": form.zone}}
        deeds.write(connection, who, "change_device", device, now_ms, **told)
        return registry.device_by_id(connection, who.agency, device)

    return _shown(parts, parts.writer.do(change))


@router.post("/{device}/revoke", responses=answers(401, 403, 404, 503))
def revoke_device(device: Hex16, parts: Parts, who: Installer) -> DeviceShown:
    """Believe nothing that the device says from now on."""
    now_ms = parts.clock.now_ms()

    def revoke(connection: Connection) -> dict[str, Any]:
        registry.revoke(connection, who.agency, device, now_ms)
        deeds.write(connection, who, "revoke_device", device, now_ms)
        return registry.device_by_id(connection, who.agency, device)

    row = parts.writer.do(revoke)
    _learn(parts, device)
    return _shown(parts, row)


@router.post("/{device}/key", responses=answers(401, 403, 404, 422, 503))
def rotate_key(device: Hex16, form: KeyForm, parts: Parts, who: Installer) -> DeviceShown:
    """Give the device a new key. The old one is believed for 30 days more, or until revoked."""
    now_ms = parts.clock.now_ms()

    def rotate(connection: Connection) -> dict[str, Any]:
        registry.device_by_id(connection, who.agency, device)
        registry.rotate(connection, device, bytes.fromhex(form.key), now_ms)
        deeds.write(connection, who, "rotate_key", device, now_ms)
        return registry.device_by_id(connection, who.agency, device)

    row = parts.writer.do(rotate)
    _learn(parts, device)
    return _shown(parts, row)


@router.put("/{device}/profile", responses=answers(401, 403, 404, 422, 503))
def put_profile(device: Hex16, form: ProfileForm, parts: Parts, who: Installer) -> DeviceShown:
    """Say by which profile a gateway is supervised; its own settings must poll as often."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> dict[str, Any]:
        if registry.device_by_id(connection, who.agency, device)["kind"] != "gateway":
            raise ApiError(422, "a keypad is supervised by its gateway, and has no profile here")
        heard.set_profile(connection, device, form.profile)
        deeds.write(connection, who, "put_profile", device, now_ms, profile=form.profile)
        return registry.device_by_id(connection, who.agency, device)

    return _shown(parts, parts.writer.do(put))


def _learn(parts: Context, device: str) -> None:
    """Let the intake door know at once; upkeep, which began to read earlier, comes first."""
    with parts.learning, parts.reader.connect() as connection:
        parts.keys.put(registry.known(connection, device))


def _shown(parts: Context, row: dict[str, Any]) -> DeviceShown:
    """A device, with what is known of its silence."""
    with parts.reader.connect() as connection:
        known = heard.one(connection, row["agency"], row["id"])
        ends = certificates.of_devices(connection, [row["id"]]).get(row["id"])
        return _whole(parts, row, known, ends)


def _whole(
    parts: Context, row: dict[str, Any], known: Heard | None, ends: dict[str, Any] | None
) -> DeviceShown:
    kept_ms = known.heard_ms if known else None
    return DeviceShown(
        device=row["id"],
        kind=row["kind"],
        site=row["site"],
        zone=row["zone"],
        zone_name=row["zone_name"],
        revoked=row["revoked_ms"] is not None,
        heard_at=iso(parts.hearing.heard_ms.get(bytes.fromhex(row["id"]), kept_ms)),
        profile=row["profile"],
        standing=str(known.standing if known else Standing.UNKNOWN),
        certificate=ends["part"] if ends else None,
        certificate_ends_at=iso(ends["ends_ms"]) if ends else None,
    )

"""Registry by the table: CSV in with a preview and per-line errors, and out.

It promises that an import is done whole or not at all, and that no cell of an export can be
taken for a formula by a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ValidationError

from alarm_receiver.store import boards, deeds, registry
from alarm_receiver.store.registry import RegistryError
from alarm_receiver.web.access import Installer, Parts, Supervisor
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import DeviceForm, iso
from alarm_receiver.web.site_forms import SiteForm
from alarm_receiver.web.turns import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection

    from alarm_receiver.store.people import Operator
    from alarm_receiver.store.registry import Known
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/v1", tags=["exchange"])
COLUMNS = ("account", "site_name", "device", "kind", "zone", "zone_name", "key")
LINES_MAX = 20_000
AT_ONCE = 500
BYTES_MAX = 8 * 1024 * 1024
_FORMULA = re.compile(r"^[=+\-@\t\r]")


class LineShown(BaseModel):
    """One line of an import: what it would do or did, or why it cannot be."""

    line: int
    what: str
    error: str | None = None


class ImportShown(BaseModel):
    """A preview (`done` false) or what was done."""

    done: bool
    errors: int
    lines: list[LineShown]


@dataclass(slots=True)
class _Table:
    """What a file asks for, checked line by line."""

    sites: dict[str, str] = field(default_factory=dict)
    devices: list[tuple[int, str, DeviceForm]] = field(default_factory=list)
    lines: list[LineShown] = field(default_factory=list)


@router.post(
    "/import/devices",
    responses=answers(401, 403, 409, 413, 422, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": ",".join(COLUMNS)
                    + "\n4711,Corner shop,a1b2c3d4e5f60718,keypad,1,Counter,"
                    + "00" * 32,
                }
            },
        }
    },
)
async def import_devices(
    request: Request,
    parts: Parts,
    who: Installer,
    commit: Annotated[
        bool, Query(description="false only checks and shows what would be done")
    ] = False,
) -> ImportShown:
    """Make sites and devices from a CSV file: all of it, or with any error nothing."""
    from fastapi.concurrency import run_in_threadpool

    body = bytearray()
    async for some in request.stream():
        body += some
        if len(body) > BYTES_MAX:
            raise ApiError(413, f"at most {BYTES_MAX} bytes in one file")
    return await run_in_threadpool(_import, parts, who, bytes(body), commit=commit)


@router.get("/export/devices.csv", responses=answers(401, 403, 503))
def export_devices(parts: Parts, who: Installer) -> Response:
    """All sites and devices, without keys."""
    now_ms = parts.clock.now_ms()
    with TABLES.turn(), parts.reader.connect() as connection:
        sites = {row["id"]: row for row in registry.sites(connection, who.agency)}
        rows = [
            [
                sites[row["site"]]["account"],
                sites[row["site"]]["name"],
                row["id"],
                row["kind"],
                row["zone"],
                row["zone_name"] or "",
                "revoked" if row["revoked_ms"] else "",
            ]
            for row in registry.devices(connection, who.agency)
        ]
    parts.writer.do(
        lambda connection: deeds.write(
            connection, who, "export_devices", "devices.csv", now_ms, rows=len(rows)
        )
    )
    return _csv("devices.csv", [*COLUMNS[:-1], "state"], rows)


@router.get("/export/tickets.csv", responses=answers(401, 403, 503))
def export_tickets(
    parts: Parts,
    who: Supervisor,
    below: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:
    """The register of tickets below number `below`, newest first, at most 20,000 in one file.

    When there are more, the `Link` header (`rel="next"`) says where the next file begins, and
    the file's name from which number to which it goes.
    """
    now_ms = parts.clock.now_ms()
    head = ["number", "class", "kind", "state", "account", "site", "opened", "closed", "outcome"]
    rows: list[list[Any]] = []
    with TABLES.turn(), parts.reader.connect() as connection:
        while found := boards.heads(connection, who.agency, below=below, count=AT_ONCE):
            if len(rows) >= LINES_MAX:
                break
            below = found[-1].ticket.number
            for one in found:
                ticket = one.ticket
                rows.append(
                    [
                        ticket.number,
                        ticket.class_,
                        ticket.kind,
                        ticket.state,
                        one.account,
                        one.site_name,
                        iso(ticket.opened_ms),
                        iso(ticket.closed_ms) or "",
                        ticket.outcome or "",
                    ]
                )
    parts.writer.do(
        lambda connection: deeds.write(
            connection, who, "export_tickets", "tickets.csv", now_ms, rows=len(rows)
        )
    )
    name = f"tickets-{rows[0][0]}-{rows[-1][0]}.csv" if found else "tickets.csv"
    answer = _csv(name, head, rows)
    if found:
        answer.headers["Link"] = f'</v1/export/tickets.csv?below={below}>; rel="next"'
    return answer


def _import(parts: Context, who: Operator, body: bytes, *, commit: bool) -> ImportShown:
    with TABLES.turn():
        return _in_turn(parts, who, body, commit=commit)


def _in_turn(parts: Context, who: Operator, body: bytes, *, commit: bool) -> ImportShown:
    table = _read(body)
    if not commit:
        with parts.reader.connect() as connection:
            errors = _check(connection, who, table)
        return ImportShown(done=False, errors=errors, lines=table.lines)
    now_ms = parts.clock.now_ms()

    def write(connection: Connection) -> None:
        errors = _check(connection, who, table)  # what the preview says, as of now
        if errors:
            raise ApiError(
                409, f"{errors} lines cannot be; nothing was done", lines=_plain(table.lines)
            )
        _write(connection, who, table, now_ms)

    try:
        parts.writer.do(write)
    except RegistryError as error:
        raise ApiError(409, f"{error}; nothing was done") from error
    parts.learn()
    return ImportShown(done=True, errors=0, lines=table.lines)


def _read(body: bytes) -> _Table:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ApiError(422, f"the file is not UTF-8: {error.reason} at {error.start}") from error
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ApiError(422, f"the first line names the columns: {','.join(COLUMNS)}")
        table, seen = _Table(), set[str]()
        for row in reader:
            if len(table.lines) >= LINES_MAX:
                raise ApiError(413, f"at most {LINES_MAX} lines in one file")
            _read_line(table, seen, reader.line_num, row)
    except csv.Error as error:
        raise ApiError(422, f"no CSV: {error}") from error
    return table


def _read_line(table: _Table, seen: set[str], line: int, row: dict[str, Any]) -> None:
    what = f"{row.get('kind')} {row.get('device')} at {row.get('account')}"[:120]
    try:
        site = SiteForm(name=row["site_name"], account=row["account"])
        device = DeviceForm(
            device=row["device"],
            kind=row["kind"],
            site="",
            zone=row["zone"],
            zone_name=row["zone_name"],
            key=row["key"],
        )
    except (ValidationError, KeyError, TypeError) as error:
        said = error.errors() if isinstance(error, ValidationError) else []
        told = "; ".join(f"{one['loc'][0]}: {one['msg']}" for one in said) or "a column is missing"
        table.lines.append(LineShown(line=line, what=what, error=told))
        return
    why: str | None = None
    if None in row:
        why = "there are more cells than columns"
    elif device.device in seen:
        why = f"device {device.device} is in the file twice"
    elif table.sites.setdefault(site.account, site.name) != site.name:
        why = f"account {site.account} has two names in the file"
    seen.add(device.device)
    table.devices.append((line, site.account, device))
    table.lines.append(LineShown(line=line, what=what, error=why))


def _check(connection: Connection, who: Operator, table: _Table) -> int:
    """Mark each line that the registry would refuse, or would not do as it says; how many."""
    zones = {row["id"]: row["zone"] for row in registry.devices(connection, who.agency)}
    sites = {row["account"]: row for row in registry.sites(connection, who.agency)}
    known = {one.device: one for one in registry.known(connection)}
    owners = {one.secret: one.device for one in known.values()}
    by_line = {one.line: one for one in table.lines}
    for line, account, device in table.devices:
        site, secret = sites.get(account), bytes.fromhex(device.key)
        owner = owners.setdefault(secret, device.device)
        found = known.get(device.device)
        why = None
        if site is not None and site["name"] != table.sites.get(account, site["name"]):
            why = f"account {account} is {site['name']!r} here; change it there, or in the file"
        elif owner != device.device:
            why = f"device {owner} has this key already; each device has one of its own"
        elif found is not None:
            why = _differs(found, device, site["id"] if site else None, zones.get(found.device))
        by_line[line].error = by_line[line].error or why
    return sum(one.error is not None for one in table.lines)


def _differs(found: Known, device: DeviceForm, site: str | None, zone: int | None) -> str | None:
    """Why a device that is registered cannot be what a line says; None when it is that."""
    if found.site != site:
        return f"device {found.device} is registered at another site"
    if found.revoked:
        return f"device {found.device} is revoked, and an import does not bring it back"
    if found.kind != device.kind:
        return f"device {found.device} is registered as a {found.kind}"
    if zone != device.zone:
        return f"device {found.device} is registered in zone {zone}"
    if found.secret != bytes.fromhex(device.key):
        return f"device {found.device} has another key; POST /v1/devices/{found.device}/key does it"
    return None


def _write(connection: Connection, who: Operator, table: _Table, now_ms: int) -> None:
    accounts = {row["account"]: row["id"] for row in registry.sites(connection, who.agency)}
    for account, name in table.sites.items():
        if account not in accounts:
            accounts[account] = str(uuid.uuid4())
            registry.make_site(
                connection,
                accounts[account],
                agency_id=who.agency,
                name=name,
                account=account,
                now_ms=now_ms,
            )
    for _, account, device in table.devices:
        registry.register(
            connection,
            device.device,
            site_id=accounts[account],
            kind=device.kind,
            zone_number=device.zone,
            secret=bytes.fromhex(device.key),
            now_ms=now_ms,
        )
        if device.zone_name:
            registry.name_zone(connection, accounts[account], device.zone, device.zone_name)
    deeds.write(connection, who, "import_devices", "csv", now_ms, lines=len(table.devices))


def _plain(lines: Iterable[LineShown]) -> list[dict[str, Any]]:
    return [one.model_dump() for one in lines if one.error][:100]


def _csv(name: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    for row in rows:
        # A cell that begins like a formula is text in every spreadsheet with an apostrophe.
        writer.writerow([f"'{cell}" if _FORMULA.match(str(cell)) else cell for cell in row])
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("\ufeff" + out.getvalue(), 200, headers, "text/csv; charset=utf-8")

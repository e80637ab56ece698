"""The whole registry as one archive, out and in again.

It promises that what an archive brings is checked row by row before anything is written, that all
of it goes in or nothing, and that it cannot unpack to more than it may. No key is in it.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from typing import IO, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from alarm_receiver.domain.picture import BYTES_MAX as PICTURE_MAX
from alarm_receiver.domain.picture import SVG, Unfit, checked
from alarm_receiver.store import archive, deeds, floors
from alarm_receiver.store.people import Operator
from alarm_receiver.web.access import Admin, Parts
from alarm_receiver.web.bounds import ARCHIVE_BYTES_MAX
from alarm_receiver.web.context import Context
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.turns import TABLES

router = APIRouter(prefix="/v1", tags=["exchange"])
MEDIA = "application/zip"
FORMAT = 1
TABLE_BYTES_MAX = 64 * 1024 * 1024
FILES_MAX = 20_000
SPOOL_BYTES = 8 * 1024 * 1024
WRONG_SHOWN = 100
_DAY = (1980, 1, 1, 0, 0, 0)


class WrongShown(BaseModel):
    """A row that cannot go in."""

    table: str
    row: int
    why: str


class ArchiveShown(BaseModel):
    """What an archive would bring (`done` false) or brought: rows by table, and what is wrong."""

    done: bool
    new: dict[str, int]
    errors: int
    wrong: list[WrongShown]


@router.get(
    "/export/registry.zip",
    response_class=Response,
    responses={
        **answers(401, 403, 503),
        200: {"description": "The archive", "content": {MEDIA: {}}},
    },
)
def export_registry(parts: Parts, who: Admin) -> Response:
    """Customers, sites, zones, devices, keyholders, agencies outside, floor plans, teams, policies.

    Without keys, operators' accounts, tickets and signals. The same registry gives the same bytes.
    """
    with TABLES.turn(), parts.reader.connect() as connection:
        data = _packed(connection, who)
    now_ms = parts.clock.now_ms()
    parts.writer.do(
        lambda connection: deeds.write(
            connection, who, "export_registry", "registry.zip", now_ms, bytes=len(data)
        )
    )
    headers = {"Content-Disposition": 'attachment; filename="registry.zip"'}
    return Response(data, 200, headers, MEDIA)


@router.post(
    "/import/registry",
    responses=answers(401, 403, 409, 413, 422, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {MEDIA: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_registry(
    request: Request,
    parts: Parts,
    who: Admin,
    commit: Annotated[
        bool, Query(description="false only checks and shows what would be done")
    ] = False,
) -> ArchiveShown:
    """Put an archive in: rows that are there already stay, and differing ones are named (409)."""
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as file:
        async for some in request.stream():
            file.write(some)
            if file.tell() > ARCHIVE_BYTES_MAX:
                raise ApiError(413, f"an archive has at most {ARCHIVE_BYTES_MAX} bytes")
        return await run_in_threadpool(_import, parts, who, file, commit=commit)


def _packed(connection: Connection, who: Operator) -> bytes:
    rows = archive.read(connection, who.agency)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        _put(packed, "manifest.json", {"holdfast": "registry", "format": FORMAT})
        for name, some in rows.items():
            _put(packed, f"{name}.json", some)
        for row in rows["floors"]:
            _, picture, _ = floors.picture(connection, row["site"], row["floor"])
            packed.writestr(zipfile.ZipInfo(_file(row), _DAY), picture)
    return out.getvalue()


def _put(packed: zipfile.ZipFile, name: str, said: Any) -> None:
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, indent=1)
    info = zipfile.ZipInfo(name, _DAY)
    info.compress_type = zipfile.ZIP_DEFLATED
    packed.writestr(info, text)


def _file(row: dict[str, Any]) -> str:
    ending = "svg" if row["media"] == SVG else "png"
    return f"floors/{row['site']}/{row['floor']}.{ending}"


def _import(parts: Context, who: Operator, file: IO[bytes], *, commit: bool) -> ArchiveShown:
    with TABLES.turn():
        return _in_turn(parts, who, file, commit=commit)


def _in_turn(parts: Context, who: Operator, file: IO[bytes], *, commit: bool) -> ArchiveShown:
    rows, pictures = _unpacked(file)
    with parts.reader.connect() as connection:
        wrong, new = archive.check(connection, who.agency, rows)
    errors = len(wrong)
    told = [WrongShown(table=one.table, row=one.row, why=one.why) for one in wrong[:WRONG_SHOWN]]
    counts = {name: len(some) for name, some in new.items()}
    if commit and errors:
        plain = [one.model_dump() for one in told]
        raise ApiError(409, f"{errors} rows cannot go in; nothing was done", wrong=plain)
    if not commit:
        return ArchiveShown(done=False, new=counts, errors=errors, wrong=told)
    now_ms = parts.clock.now_ms()

    def write(connection: Connection) -> None:
        late, fresh = archive.check(connection, who.agency, rows)
        if late:
            raise ApiError(409, "the registry changed meanwhile; nothing was done, ask again")
        count = archive.write(connection, who.agency, fresh, pictures)
        deeds.write(connection, who, "import_registry", "registry.zip", now_ms, rows=count)

    try:
        parts.writer.do(write)
    except (IntegrityError, DataError) as error:
        raise ApiError(
            409, f"the database refuses a row ({error.orig}); nothing was done"
        ) from error
    parts.learn()
    return ArchiveShown(done=True, new=counts, errors=0, wrong=[])


def _unpacked(
    file: IO[bytes],
) -> tuple[dict[str, list[dict[str, Any]]], dict[tuple[str, int], bytes]]:
    """Rows by table, and pictures by site and floor, as clean as an upload. Raises ApiError."""
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as packed:
            if len(packed.infolist()) > FILES_MAX:
                raise ApiError(413, f"an archive has at most {FILES_MAX} files")
            manifest = json.loads(_bounded(packed, "manifest.json", 10_000))
            if manifest != {"holdfast": "registry", "format": FORMAT}:
                raise ApiError(422, f"this is no registry of format {FORMAT}")
            rows = {name: _table(packed, name) for name in archive.TABLES}
            pictures = {
                (row["site"], row["floor"]): _picture(packed, row)
                for row in rows["floors"]
                if isinstance(row, dict) and {"site", "floor", "media"} <= set(row)
            }
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
        raise ApiError(422, f"this is no archive of a registry: {error}") from error
    return rows, pictures


def _table(packed: zipfile.ZipFile, name: str) -> list[dict[str, Any]]:
    rows = json.loads(_bounded(packed, f"{name}.json", TABLE_BYTES_MAX))
    if not isinstance(rows, list):
        raise ApiError(422, f"{name}.json is no list of rows")
    return rows


def _picture(packed: zipfile.ZipFile, row: dict[str, Any]) -> bytes:
    try:
        found = checked(str(row["media"]), _bounded(packed, _file(row), PICTURE_MAX))
    except Unfit as error:
        raise ApiError(422, f"{_file(row)}: {error}") from error
    return found.data


def _bounded(packed: zipfile.ZipFile, name: str, size: int) -> bytes:
    """A file of the archive, which never unpacks to more than `size`."""
    with packed.open(name) as file:
        data = file.read(size + 1)
    if len(data) > size:
        raise ApiError(413, f"{name} has at most {size} bytes")
    return data

"""Images for keypads over the API: put in once, checked, ordered for one keypad at a time.

It promises that nothing gets in that a maker whose key lies here has not signed, and that no keypad
is offered an image for another board, or one that is not newer than what it has.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import Connection

from alarm_receiver.domain.image import IMAGE_BYTES_MAX, version_text
from alarm_receiver.domain.orders import What
from alarm_receiver.store import deeds, images, ordering
from alarm_receiver.store.people import Operator
from alarm_receiver.web.access import Admin, Installer, Parts, Who
from alarm_receiver.web.context import Context
from alarm_receiver.web.orders import OrderShown, actor_of, check_keypad, newest, shown
from alarm_receiver.web.problems import ApiError, answers
from alarm_receiver.web.schemas import Form, Hex16, iso

router = APIRouter(prefix="/v1", tags=["devices"])


class ImageShown(BaseModel):
    """An image that keypads can be given."""

    version: int = Field(description="major << 16 | minor << 8 | patch")
    name: str = Field(description="MAJOR.MINOR.PATCH")
    boards: list[str]
    size: int
    digest: str = Field(description="SHA-256 of the whole file")
    made_by: str
    made_at: str


class ImageForm(Form):
    """Which image a keypad shall have."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class BoardForm(Form):
    """Which board a keypad has (firmware/boards)."""

    board: Annotated[str, Field(pattern="^[a-z0-9_]{1,32}$", examples=["esp32_s3"])]


@router.post(
    "/images",
    responses=answers(401, 403, 409, 413, 503),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    },
)
async def put_image(request: Request, parts: Parts, who: Admin) -> ImageShown:
    """Put an image in. One that is not signed by a maker whose key lies here is refused (409)."""
    from fastapi.concurrency import run_in_threadpool

    body = bytearray()
    async for some in request.stream():
        body += some
        if len(body) > IMAGE_BYTES_MAX:
            raise ApiError(413, f"an image has at most {IMAGE_BYTES_MAX} bytes")
    return await run_in_threadpool(_put, parts, who, bytes(body))


def _put(parts: Context, who: Operator, content: bytes) -> ImageShown:
    now_ms = parts.clock.now_ms()
    said = images.checked(content, images.makers(parts.settings.data))

    def put(connection: Connection) -> dict[str, Any]:
        if images.keep(connection, who.agency, content, said, actor_of(who), now_ms):
            deeds.write(connection, who, "put_image", version_text(said.version), now_ms)
        rows = images.listed(connection, who.agency)
        return next(row for row in rows if row["version"] == said.version)

    return _shown(parts.writer.do(put))


@router.get("/images", responses=answers(401))
def list_images(parts: Parts, who: Who) -> list[ImageShown]:
    """The images that keypads can be given, newest version first."""
    with parts.reader.connect() as connection:
        return [_shown(row) for row in images.listed(connection, who.agency)]


@router.post("/devices/{device}/image", responses=answers(401, 403, 404, 409, 422, 503))
def order_image(device: Hex16, form: ImageForm, parts: Parts, who: Installer) -> OrderShown:
    """Order an image for a keypad. It proves it, tries it, and goes back if nobody answers it."""
    now_ms = parts.clock.now_ms()

    def order(connection: Connection) -> dict[str, Any]:
        check_keypad(connection, who.agency, device)
        by = actor_of(who)
        if ordering.order_image(connection, who.agency, device, form.version, by, now_ms):
            name = version_text(form.version)
            deeds.write(connection, who, "order_image", device, now_ms, version=name)
        return newest(connection, who.agency, device, What.IMAGE)

    return shown(parts.writer.do(order))


@router.put("/devices/{device}/board", status_code=204, responses=answers(401, 403, 404, 422, 503))
def put_board(device: Hex16, form: BoardForm, parts: Parts, who: Installer) -> None:
    """Say which board a keypad has; unless said otherwise it is esp32_s3."""
    now_ms = parts.clock.now_ms()

    def put(connection: Connection) -> None:
        check_keypad(connection, who.agency, device)
        images.set_board(connection, device, form.board)
        deeds.write(connection, who, "put_board", device, now_ms, board=form.board)

    parts.writer.do(put)


def _shown(row: dict[str, Any]) -> ImageShown:
    return ImageShown(
        version=row["version"],
        name=version_text(row["version"]),
        boards=row["boards"].split(),
        size=row["size"],
        digest=row["digest"],
        made_by=row["made_by"],
        made_at=iso(row["made_ms"]) or "",
    )

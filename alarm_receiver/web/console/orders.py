"""Orders on screen: what keypads shall have, how far each got, and firmware for one of them.

It promises that settings, which hold passwords, are neither shown nor typed here, and that what a
keypad does not take is said with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from alarm_receiver.domain.image import BadImage, version_text
from alarm_receiver.domain.orders import LIVE, NotOrdered, What
from alarm_receiver.store import images, listing, orders
from alarm_receiver.web import images as images_api
from alarm_receiver.web import orders as api
from alarm_receiver.web.access import INSTALLER, Installer, Parts
from alarm_receiver.web.acts import OVERRIDES
from alarm_receiver.web.console import shell
from alarm_receiver.web.pages import Reader
from alarm_receiver.web.problems import ApiError
from alarm_receiver.web.refusals import worded
from alarm_receiver.web.schemas import Hex16

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarm_receiver.store.people import Operator
    from alarm_receiver.web.context import Context

router = APIRouter(prefix="/orders", include_in_schema=False)
SEES = (INSTALLER, *OVERRIDES)
SHOWN = 100
REFUSALS = (*shell.REFUSALS, NotOrdered, BadImage)


@router.get("")
def show_orders(
    request: Request,
    parts: Parts,
    site: Annotated[str, Query(max_length=36)] = "",
    device: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The newest order of each kind for every keypad, of one site or of one device."""
    who = shell.enter(request, parts)
    if isinstance(who, Response):
        return who
    return _screen(request, parts, who, site=site, device=device)


@router.post("")
def order_image(
    request: Request,
    parts: Parts,
    who: Installer,
    device: Annotated[str, Form(max_length=40)],
    version: Annotated[int, Form(ge=1, le=2**31 - 1)],
) -> Response:
    """Order firmware for one keypad."""
    plain = device.replace(" ", "").lower()
    form = images_api.ImageForm(version=version)
    return _then(
        request, parts, who, lambda: images_api.order_image(plain, form, parts, who), plain[:16]
    )


@router.post("/{device}/{what}/call-off")
def call_off(request: Request, device: Hex16, what: What, parts: Parts, who: Installer) -> Response:
    """Send it no longer."""
    return _then(request, parts, who, lambda: api.call_off(device, what, parts, who), device)


def _then(
    request: Request, parts: Context, who: Operator, do: Callable[[], object], device: str
) -> Response:
    try:
        do()
    except REFUSALS as error:
        said = shell.refused(request, error)
        return _screen(request, parts, who, device=device, said=said)
    return RedirectResponse(f"/orders?device={device}", 303)


def _screen(
    request: Request,
    parts: Context,
    who: Operator,
    site: str = "",
    device: str = "",
    said: str = "",
) -> Response:
    if who.role not in SEES:
        raise ApiError(403, f"this page is for: {', '.join(SEES)}")
    wanted = orders.list_of(who.agency, site_id=site, device_id=device)
    with parts.reader.connect() as connection:
        found = shell.listed(
            request, lambda cursor: listing.read(connection, wanted, cursor, SHOWN)
        )
        stored = images.listed(connection, who.agency)
    spoken = Reader.of(request).language
    values: dict[str, Any] = {
        "why": lambda reason: worded(reason, spoken)[0],
        "orders": found,
        "images": stored,
        "version": version_text,
        "live": LIVE,
        "device": device,
        "narrowed": bool(site or device),
        "said": said,
    }
    return shell.screen(request, parts, who, "orders.html", values, 422 if said else 200)

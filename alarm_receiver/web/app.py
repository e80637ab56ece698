"""Both doors as one ASGI application: the intake callable in front, FastAPI behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles

from alarm_receiver.web import (
    agencies,
    archive,
    callbacks,
    devices,
    directory,
    examples,
    exchange,
    floors,
    handed_over,
    health,
    images,
    installers,
    keyholders,
    orders,
    peer,
    problems,
    proposals,
    resets,
    retention,
    roster,
    setup,
    signin,
    sites,
    stream,
    team,
    tickets,
    undelivered,
    units,
    walk,
    zones,
)
from alarm_receiver.web.bounds import Bounds
from alarm_receiver.web.console import (
    account,
    contacts,
    helpers,
    plans,
    premises,
    queue,
    ticket,
    walking,
    watching,
)
from alarm_receiver.web.console import agencies as agency_pages
from alarm_receiver.web.console import holds as hold_pages
from alarm_receiver.web.console import orders as order_pages
from alarm_receiver.web.console import proposals as proposal_pages
from alarm_receiver.web.console import rollouts as roll_out_pages
from alarm_receiver.web.console import roster as roster_pages
from alarm_receiver.web.console import team as people_pages
from alarm_receiver.web.console import undelivered as undelivered_pages
from alarm_receiver.web.intake import Intake
from alarm_receiver.web.openapi import DESCRIPTION, INTAKE_PATHS, TAGS
from alarm_receiver.web.pages import STATIC, Headers
from alarm_receiver.web.proxied import Proxied

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import ModuleType

    from alarm_receiver.web.context import Context

VERSION = "1"

ROUTED = (
    setup,
    agencies,
    proposals,
    resets,
    retention,
    installers,
    sites,
    floors,
    keyholders,
    zones,
    devices,
    orders,
    images,
    team,
    roster,
    directory,
    exchange,
    archive,
    callbacks,
    peer,
    tickets,
    undelivered,
    units,
    stream,
    health,
    signin,
    queue,
    premises,
    plans,
    helpers,
    walking,
    people_pages,
    contacts,
    roster_pages,
    proposal_pages,
    hold_pages,
    order_pages,
    roll_out_pages,
    undelivered_pages,
    agency_pages,
    account,
    ticket,
    watching,
    walk,
)


DOORS = ("all", "intake", "console")
PEOPLE = ("all", "console")


def make(context: Context, part: str = "all") -> Callable[..., Awaitable[None]]:
    """The application of `context`: both doors, one, or none. Health has a door in each."""
    routed = ROUTED if part in PEOPLE else (health,)
    people = Proxied(Headers(Bounds(_people(context, routed))), context.log)
    if part in ("console", "engine"):
        return people
    intake = Intake(context)
    context.intake = intake

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "POST"
            and scope["path"] in ("/v1/signals", "/v1/receipts", "/v1/pieces")
        ):
            await intake(scope, receive, send)
        else:
            await people(scope, receive, send)

    return app


def _people(context: Context, routed: Sequence[ModuleType]) -> FastAPI:
    app = FastAPI(
        title="Holdfast alarm receiver",
        version=VERSION,
        description=DESCRIPTION,
        openapi_tags=TAGS,
        redoc_url=None,
    )
    app.state.context = context
    problems.install(app)
    problems.install_full(app)
    for module in routed:
        app.include_router(module.router)
        if module is sites:
            app.include_router(sites.tests_router)
    # What the table of doors does not know is closed to everybody; that it knows every route is
    # a test's to say (doors.check): here it would cost each restart 0.3 s before the intake opens.
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    def schema() -> dict[str, Any]:
        if not app.openapi_schema:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            made["paths"] = INTAKE_PATHS | made["paths"]
            schemes = made.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["bearer"] = {"type": "http", "scheme": "bearer"}
            made["security"] = [{"bearer": []}]
            made["webhooks"] = handed_over.webhooks(made["components"]["schemas"])
            examples.put_into(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = schema  # type: ignore[method-assign]  # FastAPI documents this way
    return app

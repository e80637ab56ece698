"""Errors as people and programs read them: pages and problem documents (RFC 9457), no bare 500."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import ValidationError
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection
from starlette.exceptions import HTTPException

from alarm_receiver.domain.image import BadImage
from alarm_receiver.domain.orders import NotOrdered
from alarm_receiver.domain.rollout import NotRolled
from alarm_receiver.domain.ticket import Refused, Stale
from alarm_receiver.store.agencies import Unusable
from alarm_receiver.store.listing import BadCursor
from alarm_receiver.store.people import NotAllowed, NotAlone
from alarm_receiver.store.proposals import NotDecided
from alarm_receiver.store.registry import NoAccount, NotFound, Taken
from alarm_receiver.store.tickets import Unknown
from alarm_receiver.store.waiting import Unavailable
from alarm_receiver.web.problem_pages import given, looks, problem_page, screen_of, words_of
from alarm_receiver.web.schemas import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI, Request, Response

NO_SUCH_METHOD = 405
MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Content Too Large",
    422: "Unprocessable Content",
    423: "Locked",
    429: "Too Many Requests",
    502: "Bad Gateway",
    503: "Service Unavailable",
}


PLAIN: dict[type[Exception], int] = {
    Refused: 409,
    Taken: 409,
    NotOrdered: 409,
    NotRolled: 409,
    BadImage: 409,
    NotDecided: 409,
    NotAlone: 409,
    Unknown: 404,
    NotFound: 404,
    NotAllowed: 403,
    BadCursor: 422,
    NoAccount: 422,
    Unusable: 422,
}
"""Errors of the lower layers whose text is the detail of the answer."""


class ApiError(Exception):
    """An answer that is not what was asked for; `more` are further fields of the document."""

    def __init__(
        self, status: int, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.more = more


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer with problems of `statuses`."""
    return {
        status: {
            "model": Problem,
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """The problem document of one error."""
    title = TITLES.get(status) or http.client.responses.get(status, "Error")
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, headers, MEDIA_TYPE)


async def told(
    request: Request,
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> Response:
    """The error as who asked reads it: at a screen his form, or a page; else a document."""
    if not looks(request):
        if not request.url.path.startswith("/v1/"):  # the console's own scripts ask
            more["said"] = words_of(request, status, detail).said
        return problem(status, detail, headers, **more)
    shown = await given(request, status, detail)
    if shown is None:
        shown = problem_page(request, status, detail)
    shown.headers.update(headers or {})
    return shown


def install_full(app: FastAPI) -> None:
    """Say what the store refuses, and when all connections to it are in use."""

    @app.exception_handler(NoConnection)
    async def _full(request: Request, _error: NoConnection) -> Response:
        headers = {"Retry-After": "1"}
        return await told(request, 503, "too many ask the store at the same time", headers)

    @app.exception_handler(IntegrityError)
    async def _conflict(request: Request, _error: IntegrityError) -> Response:
        said = "the database refused it: it exists already, or refers to what does not"
        return await told(request, 409, said)

    @app.exception_handler(DataError)
    @app.exception_handler(UnicodeError)
    @app.exception_handler(OverflowError)
    async def _no_text(request: Request, _error: Exception) -> Response:
        return await told(request, 422, "a value holds what no text or number of ours can be")


def install(app: FastAPI) -> None:
    """Turn every error of the lower layers into its problem document."""

    @app.exception_handler(ApiError)
    async def _api(request: Request, error: ApiError) -> Response:
        return await told(request, error.status, error.detail, error.headers, **error.more)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == NO_SUCH_METHOD and request.method == "GET" and looks(request):
            # The address of a form, reloaded or kept: its screen is what is meant.
            return RedirectResponse(screen_of(request), 303)
        headers = dict(error.headers or {})
        return await told(request, error.status_code, str(error.detail), headers)

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(ValidationError)  # the console fills the API's forms itself
    async def _invalid(
        request: Request, error: RequestValidationError | ValidationError
    ) -> Response:
        request.state.error = error
        errors = [
            {"where": ".".join(map(str, one["loc"])), "what": one["msg"]} for one in error.errors()
        ]
        said = "the request does not have the documented form"
        return await told(request, 422, said, errors=errors)

    @app.exception_handler(Stale)
    async def _stale(request: Request, error: Stale) -> Response:
        changed = [
            {"version": one.version, "act": str(one.act), "actor": one.actor}
            for one in error.unseen
        ]
        return await told(request, 409, str(error), version=error.version, changed=changed)

    for kind, status in PLAIN.items():
        app.add_exception_handler(kind, _plain(status))

    @app.exception_handler(MemoryError)
    @app.exception_handler(Unavailable)
    async def _unavailable(request: Request, error: Exception) -> Response:
        headers = {"Retry-After": "1"}
        if isinstance(error, MemoryError):  # a page would need some
            return problem(503, "no memory is left for this; ask again", headers)
        return await told(request, 503, str(error), headers)


def _plain(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def answer(request: Request, error: Exception) -> Response:
        return await told(request, status, str(error))

    return answer

"""How pages are made: templates, and the headers that every page carries."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi.templating import Jinja2Templates

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = Jinja2Templates(HERE / "templates")
HEADERS = [
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class Headers:
    """Adds HEADERS to every answer of `app`; plain ASGI, so that streams stay cheap."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(
        self, scope: dict[str, Any], receive: Any, send: Callable[[dict[str, Any]], Awaitable[None]]
    ) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or scope["path"] in ("/docs", "/redoc"):
            await self._app(scope, receive, send)
            return

        async def with_headers(part: dict[str, Any]) -> None:
            if part["type"] == "http.response.start":
                part["headers"] = [*part["headers"], *HEADERS]
            await send(part)

        await self._app(scope, receive, with_headers)

"""Bounds what people's requests may carry, before anything parses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BODY_BYTES_MAX = 10 * 1024 * 1024
ARCHIVE_BYTES_MAX = 256 * 1024 * 1024
LARGER = {"/v1/import/registry": ARCHIVE_BYTES_MAX}


class Bounds:
    """Answers 413 to a body beyond BODY_BYTES_MAX (or LARGER), whatever its headers claim."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size, most = 0, LARGER.get(scope["path"], BODY_BYTES_MAX)

        async def counted() -> dict[str, Any]:
            nonlocal size
            part: dict[str, Any] = await receive()
            size += len(part.get("body", b""))
            if size > most:
                raise HTTPException(413, f"at most {most} bytes in a body")
            return part

        await self._app(scope, counted, send)

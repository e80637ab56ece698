"""Bounds what people's requests may carry, before anything parses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BODY_BYTES_MAX = 10 * 1024 * 1024


class Bounds:
    """Answers 413 to a body beyond BODY_BYTES_MAX, whatever its headers claim."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size = 0

        async def counted() -> dict[str, Any]:
            nonlocal size
            part: dict[str, Any] = await receive()
            size += len(part.get("body", b""))
            if size > BODY_BYTES_MAX:
                raise HTTPException(413, f"at most {BODY_BYTES_MAX} bytes in a body")
            return part

        await self._app(scope, counted, send)

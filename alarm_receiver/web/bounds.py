"""Bounds what people's requests may carry, before anything parses them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

BODY_BYTES_MAX = 10 * 1024 * 1024
ARCHIVE_BYTES_MAX = 256 * 1024 * 1024
LARGER = {"/v1/import/registry": ARCHIVE_BYTES_MAX}
"""Goes to disk as it comes, and not before its sender is known."""
ALL_BYTES_MAX = 24 * 1024 * 1024
"""Of all bodies together that are on their way in; nobody need be known to send one."""
SMALL_BYTES = 64 * 1024
"""What people do while alarms wait fits in; it is never refused for others' sake."""


class Bounds:
    """Answers 413 to a body beyond BODY_BYTES_MAX (or LARGER), whatever its headers claim.

    And 503 to a large one while others fill ALL_BYTES_MAX: memory is for alarms.
    """

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self._app = app
        self._held = 0

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        size, most = 0, LARGER.get(scope["path"], BODY_BYTES_MAX)
        held = scope["path"] not in LARGER

        async def counted() -> dict[str, Any]:
            nonlocal size
            part: dict[str, Any] = await receive()
            count = len(part.get("body", b""))
            size += count
            self._held += count * held
            if size > most:
                raise HTTPException(413, f"at most {most} bytes in a body")
            if held and size > SMALL_BYTES and self._held > ALL_BYTES_MAX:
                raise HTTPException(503, "too many large bodies at once", {"Retry-After": "2"})
            return part

        try:
            await self._app(scope, counted, send)
        finally:
            self._held -= size * held
